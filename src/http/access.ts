// Who may ask: the key check, and on an open loopback the Host check that stops DNS rebinding.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '../config.ts';

export interface Refusal {
  readonly status: number;
  readonly code: 'UNAUTHENTICATED' | 'FORBIDDEN';
  readonly message: string;
}

/** Decides about a request by its headers alone. Null: let it in. */
export type AccessCheck = (headers: IncomingHttpHeaders) => Refusal | null;

/**
 * Makes the check that fits the configuration: with a key every request must carry it; without one only
 * requests that name a loopback host are answered.
 */
export function createAccessCheck(options: { apiKey: string | undefined; host: string }): AccessCheck {
  const { apiKey } = options;
  if (apiKey === undefined) return checkHost;
  const expected = sha256(apiKey);
  return (headers) => checkKey(headers, expected);
}

function checkKey(headers: IncomingHttpHeaders, expected: Buffer): Refusal | null {
  const given = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (given === undefined) {
    return {
      status: 401,
      code: 'UNAUTHENTICATED',
      message: 'This server wants a key. Send the header "Authorization: Bearer KEY".',
    };
  }
  if (timingSafeEqual(sha256(given), expected)) return null;
  return {
    status: 401,
    code: 'UNAUTHENTICATED',
    message: 'The key is not one of this server. Check GROOVELAKE_API_KEY.',
  };
}

function checkHost(headers: IncomingHttpHeaders): Refusal | null {
  const host = hostOf(headers.host ?? '');
  if (isLoopback(host)) return null;
  return {
    status: 403,
    code: 'FORBIDDEN',
    message:
      `Host "${host}" is not a loopback name, and this server has no key. ` +
      'Ask it as 127.0.0.1 or localhost, or start it with GROOVELAKE_API_KEY.',
  };
}

function hostOf(header: string): string {
  return /^(\[[^\]]*\]|[^:]*)/.exec(header)?.[1] ?? '';
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
