// An export as an HTTP answer, sent as fast as the client takes it.
import { open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../../clock.ts';
import { TimeoutError } from '../../errors.ts';
import type { Export } from '../../store/export/open-export.ts';
import { answerError, DATA_HEADERS } from '../answers.ts';
import type { CachingHeaders } from '../etag.ts';
import { type ByteRange, readByteRange } from './byte-range.ts';

export interface ExportHeaders {
  readonly etag: string | null;
  readonly caching: CachingHeaders;
  readonly snapshotId: string;
  /** tracks.csv */
  readonly fileName: string;
  /** What was selected and has no column. */
  readonly leftOut?: readonly string[];
}

/** Names in a header at most; more say no more. */
const MOST_NAMES = 20;

export interface SendLimits {
  readonly clock: Clock;
  /** How long the client may take for all of it. */
  readonly exportTimeoutMs: number;
  /** How slowly it may read, in kB a second; 0: as slowly as it will. */
  readonly exportMinKbPerSecond: number;
}

/**
 * How long a client may hold an export up at once. What it reads wins it time back up to this, no more: the first megabytes lie in buffers of
 * the system at once, and would be time for minutes.
 */
const PATIENCE_MS = 60_000;

/**
 * Sends the bytes, or only the headers for HEAD. A client that leaves ends the export; an error before the first byte leaves the answer
 * to the caller, a later one cuts it, so that half a file is never taken for a whole one.
 *
 * @throws TimeoutError for a client that does not read on; what the export throws
 */
export async function sendExport(
  request: IncomingMessage,
  response: ServerResponse,
  file: Export,
  headers: ExportHeaders,
  limits: SendLimits,
): Promise<void> {
  const pieces = file.bytes[Symbol.asyncIterator]();
  const isWanted = request.method !== 'HEAD';
  const first = isWanted ? await pieces.next() : null;
  response.writeHead(200, toHeaders(file.contentType, headers));
  if (!first) {
    response.end();
    await file.close();
    return;
  }
  await send(resume(first, pieces), response, limits);
}

/**
 * Sends a file that is there already, or the part of it that is asked for, or only the headers for HEAD; `onShare` is told before how much of
 * it, from 0 to 1.
 *
 * @throws as sendExport does; what `onShare` throws
 */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: { readonly path: string; readonly bytes: number; readonly contentType: string },
  headers: ExportHeaders,
  limits: SendLimits & { readonly onShare: (share: number) => void },
): Promise<void> {
  const { range, 'if-range': ifRange } = request.headers;
  const isMeant = request.method === 'GET' && (ifRange === undefined || ifRange === headers.etag);
  const part = isMeant ? readByteRange(range, file.bytes) : null;
  if (part === 'BEYOND') {
    const message = `"Range" is "${range}"; bytes from 0 to ${file.bytes - 1} are expected.`;
    const extensions = { code: 'INVALID_INPUT', message, field: 'Range', given: range };
    answerError(response, 416, extensions, { 'content-range': `bytes */${file.bytes}` });
    return;
  }
  const { first, last }: ByteRange = part ?? { first: 0, last: file.bytes - 1 };
  limits.onShare(request.method === 'HEAD' ? 0 : (last - first + 1) / file.bytes);
  await using handle = await open(file.path);
  response.writeHead(part ? 206 : 200, {
    ...toHeaders(file.contentType, headers),
    'accept-ranges': 'bytes',
    'content-length': last - first + 1,
    ...(part && { 'content-range': `bytes ${first}-${last}/${file.bytes}` }),
  });
  if (request.method === 'HEAD') response.end();
  else await send(handle.createReadStream({ start: first, end: last, autoClose: false }), response, limits);
}

function toHeaders(contentType: string, headers: ExportHeaders): Record<string, string> {
  const { leftOut = [] } = headers;
  return {
    'content-type': contentType,
    'content-disposition': `attachment; filename="${headers.fileName}"`,
    ...headers.caching,
    'x-groovelake-snapshot': headers.snapshotId,
    ...DATA_HEADERS,
    ...(headers.etag && { etag: headers.etag }),
    ...(leftOut.length > 0 && { 'x-groovelake-left-out': leftOut.slice(0, MOST_NAMES).join(', ') }),
  };
}

/** @throws TimeoutError for a client that does not read on */
async function send(
  bytes: AsyncIterable<Uint8Array>,
  response: ServerResponse,
  limits: SendLimits,
): Promise<void> {
  const { clock, exportTimeoutMs } = limits;
  const late = new AbortController();
  const cut = (what: string) => late.abort(new TimeoutError(what));
  const stopTimer = clock.after(exportTimeoutMs, () =>
    cut(
      `The client took longer than ${exportTimeoutMs} ms to read the export. Raise GROOVELAKE_EXPORT_TIMEOUT_MS for slow lines.`,
    ),
  );
  try {
    await pipeline(atPace(bytes, limits, cut), response, { signal: late.signal });
  } catch (error) {
    late.signal.throwIfAborted();
    throw error;
  } finally {
    stopTimer();
  }
}

/** The pieces as they are taken: who takes them too slowly is cut. The time in which the next one is made is not the client's. */
async function* atPace(
  pieces: AsyncIterable<Uint8Array>,
  { clock, exportMinKbPerSecond: least }: SendLimits,
  cut: (what: string) => void,
): AsyncGenerator<Uint8Array> {
  if (least === 0) return yield* pieces;
  let left = PATIENCE_MS;
  for await (const piece of pieces) {
    left = Math.min(PATIENCE_MS, left + piece.byteLength / least);
    const given = clock.monotonic();
    const stop = clock.after(left, () =>
      cut(
        `The client reads the export at less than ${least} kB a second. Lower GROOVELAKE_EXPORT_MIN_KB_PER_SECOND for slow lines.`,
      ),
    );
    try {
      yield piece;
    } finally {
      stop();
    }
    left -= clock.monotonic() - given;
  }
}

/** All the pieces, of which one has been read; ends the others' source however it ends. */
async function* resume(
  first: IteratorResult<Uint8Array>,
  others: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    for (let piece = first; !piece.done; piece = await others.next()) yield piece.value;
  } finally {
    await others.return?.();
  }
}
