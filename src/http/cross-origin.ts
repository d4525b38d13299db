// Which pages of other origins may read answers in a browser (CORS). Who may ask is not decided here: such a page needs a key as anybody does.
import type { IncomingMessage, ServerResponse } from 'node:http';
import onHeaders from 'on-headers';
import vary from 'vary';

/** What a page may read besides the headers that every page may. */
const READABLE =
  'etag, retry-after, x-groovelake-cost, x-groovelake-left-out, x-groovelake-snapshot, content-disposition';
/** How long a browser may remember that it may ask; Chromium takes no longer. */
const REMEMBERED_SECONDS = '7200';

/**
 * Tells browsers that pages of the listed origins may read an answer.
 *
 * @param origins as browsers send them, e.g. http://localhost:3000; none: nothing is added to any answer
 * @returns of a request and its response, whether it was a browser's question before the request itself, and is answered
 */
export function createCrossOrigin(
  origins: readonly string[],
): (request: IncomingMessage, response: ServerResponse) => boolean {
  if (origins.length === 0) return () => false;
  const known = new Set(origins);
  return (request, response) => {
    const { origin, 'access-control-request-method': method, ...headers } = request.headers;
    // A cache must not hand a page what was answered to another origin, or to none.
    onHeaders(response, () => vary(response, 'Origin'));
    if (origin === undefined || !known.has(origin)) return false;
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-expose-headers', READABLE);
    if (request.method !== 'OPTIONS' || method === undefined) return false;
    const asked = headers['access-control-request-headers'];
    response.writeHead(204, {
      'access-control-allow-methods': 'GET, HEAD, POST',
      ...(asked === undefined ? {} : { 'access-control-allow-headers': asked }),
      'access-control-max-age': REMEMBERED_SECONDS,
    });
    response.end();
    return true;
  };
}
