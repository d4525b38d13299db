// The studio: web pages for people who would rather look than read. A fixed list of files, read once, none from elsewhere.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answerError, PAGE_HEADERS } from './answers.ts';

interface StudioFile {
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
}

const FOLDER = fileURLToPath(new URL('../../studio/', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** What the pages import by name, and where it lies in its package. */
const VENDOR: Readonly<Record<string, { name: string; path: string }>> = {
  'preact.js': { name: 'preact', path: 'dist/preact.mjs' },
  'preact-hooks.js': { name: 'preact', path: 'hooks/dist/hooks.mjs' },
  'htm.js': { name: 'htm', path: 'dist/htm.mjs' },
  'chart.js': { name: 'chart.js', path: 'dist/chart.umd.min.js' },
};

/** Answers `/studio/` and what lies under it. Holds no data: the pages ask the API, with the reader's own key. */
export function createStudio(): (request: IncomingMessage, response: ServerResponse, path: string) => void {
  let files: ReadonlyMap<string, StudioFile> | undefined;
  let policy = '';
  return (request, response, path) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return answerError(
        response,
        405,
        { code: 'METHOD_NOT_ALLOWED', message: `"${request.method}" is not accepted here; GET is expected.` },
        { allow: 'GET, HEAD' },
      );
    }
    if (!files) {
      files = readStudio();
      const pages = [...files].filter(([name]) => name.endsWith('.html'));
      policy = contentPolicy(pages.map(([, { body }]) => body.toString()));
    }
    const file = files.get(path.slice('/studio/'.length) || 'index.html');
    if (!file) {
      return answerError(response, 404, {
        code: 'NOT_FOUND',
        message: `There is nothing at "${path}". The studio begins at /studio/.`,
      });
    }
    const isKnown = request.headers['if-none-match'] === file.etag;
    response.writeHead(isKnown ? 304 : 200, {
      'content-type': file.type,
      etag: file.etag,
      'cache-control': 'no-cache',
      'content-security-policy': policy,
      ...PAGE_HEADERS,
    });
    response.end(isKnown || request.method === 'HEAD' ? undefined : file.body);
  };
}

function readStudio(): Map<string, StudioFile> {
  const files = new Map<string, StudioFile>();
  const add = (name: string, path: string) => {
    const type = TYPES[extname(name)];
    if (!type) return;
    const body = readFileSync(path);
    files.set(name, {
      type,
      body,
      etag: `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`,
    });
  };
  for (const name of readdirSync(FOLDER)) add(name, join(FOLDER, name));
  for (const [name, { name: pack, path }] of Object.entries(VENDOR))
    add(`vendor/${name}`, join(findPackage(pack), path));
  return files;
}

/** The folder of an installed package, wherever npm has put it. */
function findPackage(name: string): string {
  const require = createRequire(import.meta.url);
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      readFileSync(join(folder, name, 'package.json'));
      return join(folder, name);
    } catch {}
  }
  return dirname(require.resolve(name));
}

/** Scripts and styles of our own and the import maps of the pages; nothing from elsewhere. */
function contentPolicy(pages: readonly string[]): string {
  const hashes = pages.map((page) => {
    const map = /<script type="importmap">([\s\S]*?)<\/script>/.exec(page)?.[1] ?? '';
    return `'sha256-${createHash('sha256').update(map).digest('base64')}'`;
  });
  return [
    "default-src 'none'",
    `script-src 'self' ${hashes.join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
