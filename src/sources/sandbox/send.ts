// Writes an answer to the socket, whole or in one of the ways in which answers get lost.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompressSync, gzipSync, constants as zlib } from 'node:zlib';
import type { Clock } from '../../clock.ts';
import type { Answer } from './faults.ts';
import type { Reply } from './reply.ts';

/** Shorter bodies are not worth compressing. */
const COMPRESS_FROM = 1_024;

export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  given: Reply,
  fault: Answer | null,
  clock: Clock,
): Promise<void> {
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'slow') await clock.sleep(fault.ms);
  const { status, body, headers } = fault?.kind === 'status' ? toReply(fault) : given;
  const { bytes, encoding } = compress(Buffer.from(body), request, fault);
  const all = { ...headers, ...encoding, 'cache-control': 'private, max-age=0' };
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  switch (fault?.kind) {
    case 'reset':
    case 'wrongLength':
      response.writeHead(status, { ...all, 'content-length': bytes.length });
      response.write(half, () => (fault.kind === 'reset' ? response.destroy() : response.socket?.end()));
      return;
    case 'drip':
      return drip(
        response,
        status,
        { ...all, 'content-length': bytes.length },
        { bytes, ms: fault.ms, clock },
      );
    default: {
      const sent = fault?.kind === 'truncate' ? half : bytes;
      response.writeHead(status, status === 304 ? all : { ...all, 'content-length': sent.length });
      response.end(sent);
    }
  }
}

function toReply(fault: Answer & { kind: 'status' }): Reply {
  return {
    status: fault.status,
    body: fault.body ?? '',
    headers: fault.headers ?? { 'content-type': 'text/html' },
  };
}

function compress(
  body: Buffer,
  { headers }: IncomingMessage,
  fault: Answer | null,
): { bytes: Buffer; encoding: Record<string, string> } {
  if (fault?.kind === 'damagedGzip') {
    const bytes = gzipSync(body);
    bytes.fill(0, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 8);
    return { bytes, encoding: { 'content-encoding': 'gzip' } };
  }
  const accepted = String(headers['accept-encoding'] ?? '');
  if (body.length < COMPRESS_FROM) return { bytes: body, encoding: {} };
  if (/\bbr\b/.test(accepted))
    return {
      bytes: brotliCompressSync(body, { params: { [zlib.BROTLI_PARAM_QUALITY]: 3 } }),
      encoding: { 'content-encoding': 'br' },
    };
  if (/\bgzip\b/.test(accepted))
    return { bytes: gzipSync(body, { level: 1 }), encoding: { 'content-encoding': 'gzip' } };
  return { bytes: body, encoding: {} };
}

async function drip(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | number>>,
  { bytes, ms, clock }: { bytes: Buffer; ms: number; clock: Clock },
): Promise<void> {
  response.writeHead(status, headers);
  for (const byte of bytes) {
    if (response.destroyed) return;
    response.write(Uint8Array.of(byte));
    await clock.sleep(ms);
  }
  response.end();
}
