// An export as an HTTP answer, sent as fast as the client takes it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Export } from '../store/export/open-export.ts';

export interface ExportHeaders {
  readonly etag: string | null;
  readonly cacheControl: string;
  readonly snapshotId: string;
  /** tracks.csv */
  readonly fileName: string;
}

/** Sends the bytes, or only the headers for HEAD. A client that leaves ends the export; an error on the way cuts the answer. */
export async function sendExport(
  request: IncomingMessage,
  response: ServerResponse,
  file: Export,
  headers: ExportHeaders,
): Promise<void> {
  response.writeHead(200, {
    'content-type': file.contentType,
    'content-disposition': `attachment; filename="${headers.fileName}"`,
    'cache-control': headers.cacheControl,
    'x-groovelake-snapshot': headers.snapshotId,
    vary: 'Accept',
    ...(headers.etag && { etag: headers.etag }),
  });
  if (request.method === 'HEAD') {
    response.end();
    await file.close();
    return;
  }
  await pipeline(file.bytes, response);
}
