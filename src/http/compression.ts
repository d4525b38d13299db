// Compression of answers, by npm compression: brotli or gzip where the client accepts it and the content gains by it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import compression from 'compression';

/** Wraps a response before it is written. Event streams and Parquet, which is compressed already, pass as they are. */
export function createCompression(
  isOn: boolean,
): (request: IncomingMessage, response: ServerResponse) => void {
  if (!isOn) return () => {};
  const compress = compression({
    threshold: 1_024,
    filter: (_request, response) =>
      /json|text\/(csv|html|plain)|arrow/.test(String(response.getHeader('content-type') ?? '')),
  });
  // The middleware reads headers and wraps write and end; it uses nothing of Express.
  return (request, response) => compress(request as never, response as never, () => {});
}
