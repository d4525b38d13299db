// Tokens at rest: encrypted with a key from the environment (AES-256-GCM), so that a copy of the data folder opens no account.
import { createCipheriv, createDecipheriv, scryptSync } from 'node:crypto';
import type { Randomness } from '../../clock.ts';
import { ConfigError, GroovelakeError, HOW_TO_LOG_IN } from '../../errors.ts';

const FORMAT = 'v1';
const TAG_BYTES = 16;

/** Encrypts any JSON value. @param secret GROOVELAKE_TOKEN_KEY; stretched by scrypt with a salt of its own */
export function seal(value: unknown, secret: string, random: Randomness): string {
  const salt = Buffer.from(random.hex(16), 'hex');
  const nonce = Buffer.from(random.hex(12), 'hex');
  const cipher = createCipheriv('aes-256-gcm', stretch(secret, salt), nonce);
  const data = Buffer.concat([
    cipher.update(JSON.stringify(value), 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return [FORMAT, ...[salt, nonce, data].map((part) => part.toString('base64url'))].join('.');
}

/** @throws ConfigError for another key, GroovelakeError FORMAT for what is no sealed value */
export function unseal(sealed: string, secret: string): unknown {
  const [format, ...parts] = sealed.split('.');
  const [salt, nonce, data] = parts.map((part) => Buffer.from(part, 'base64url'));
  if (format !== FORMAT || !salt || !nonce || !data || data.length <= TAG_BYTES) {
    throw new GroovelakeError(
      'FORMAT',
      `The stored login is not in a form that this version reads. Log in again ${HOW_TO_LOG_IN}.`,
    );
  }
  const decipher = createDecipheriv('aes-256-gcm', stretch(secret, salt), nonce);
  decipher.setAuthTag(data.subarray(-TAG_BYTES));
  try {
    const text = Buffer.concat([decipher.update(data.subarray(0, -TAG_BYTES)), decipher.final()]);
    return JSON.parse(text.toString('utf8'));
  } catch (error) {
    throw new ConfigError(
      `The stored login was encrypted with another GROOVELAKE_TOKEN_KEY, or is damaged. Set the key it was made with, or log in again ${HOW_TO_LOG_IN}.`,
      { cause: error },
    );
  }
}

function stretch(secret: string, salt: Buffer): Buffer {
  return scryptSync(secret, salt, 32);
}
