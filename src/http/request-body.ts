// The body of a POST: which kinds are taken, and no more of one than may be.
import type { IncomingMessage } from 'node:http';

/** Why a body is not read, as answerError takes it. */
export interface BodyRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly [detail: string]: unknown;
}

const JSON_TYPES = new Set(['application/json', 'application/graphql-response+json']);

/** Looks at the headers alone; null for a body that may be read, and for a request that has none. */
export function refuseBody(request: IncomingMessage, limit: number): BodyRefusal | null {
  if (request.method !== 'POST') return null;
  const { 'content-type': contentType = '', 'content-encoding': encoding = 'identity' } = request.headers;
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!JSON_TYPES.has(type)) return unsupported('Content-Type', type, 'send "application/json"');
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(contentType)?.[1] ?? 'utf-8';
  if (!/^utf-?8$/i.test(charset)) return unsupported('charset', charset, 'send JSON in UTF-8');
  if (encoding.toLowerCase() !== 'identity')
    return unsupported('Content-Encoding', encoding, 'send the body uncompressed');
  const length = Number(request.headers['content-length'] ?? 0);
  return length > limit ? tooLarge(length, limit) : null;
}

function unsupported(what: string, given: string, advice: string): BodyRefusal {
  return {
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: `${what} "${given}" is not accepted; ${advice}.`,
  };
}

export function tooLarge(given: number | 'more', limit: number): BodyRefusal {
  return {
    status: 413,
    code: 'BODY_TOO_LARGE',
    message: `The body has ${given === 'more' ? 'more than the allowed' : given} bytes; the limit is ${limit}. Send less, or use variables and fragments.`,
    ...(given === 'more' ? {} : { given }),
    limit,
  };
}

/**
 * Reads a body up to the limit; null once it is longer, whatever length was announced, and what still comes is let go. By events: an
 * iteration over the stream costs as much as all else that is done for an answer that is known.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limit) chunks.push(chunk);
      else {
        chunks.length = 0;
        resolve(null);
      }
    });
    request.once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.once('error', reject);
  });
}
