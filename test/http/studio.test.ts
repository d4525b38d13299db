import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createStudio } from '../../src/http/studio.ts';

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const studio = createStudio();
  const server = createServer((request, response) => studio(request, response, request.url ?? ''));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, init);
}

describe('the studio over HTTP', () => {
  it('is a page whose policy allows nothing from elsewhere and no script but its own', async () => {
    const response = await ask('/studio/');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'( 'sha256-[^']+'){2};/);
    expect(policy).not.toMatch(/https?:|script-src[^;]*unsafe/);
  });

  it('hands out every module that the page names', async () => {
    const page = await (await ask('/studio/')).text();
    const named = [...page.matchAll(/(?:src|href)="([^"]+)"|"\.\/(vendor\/[^"]+)"/g)].map(
      (m) => m[1] ?? m[2] ?? '',
    );
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) {
      const response = await ask(`/studio/${name}`);
      expect([name, response.status]).toEqual([name, 200]);
      expect((await response.text()).length).toBeGreaterThan(50);
    }
  });

  it('answers 304 to who has the file already', async () => {
    const etag = (await ask('/studio/main.js')).headers.get('etag') ?? '';
    expect((await ask('/studio/main.js', { headers: { 'if-none-match': etag } })).status).toBe(304);
  });

  it.each([
    '/studio/..%2fpackage.json',
    '/studio/README.md',
    '/studio/tsconfig.json',
    '/studio/no-such.js',
  ])('does not hand out %s', async (path) => {
    expect((await ask(path)).status).toBe(404);
  });

  it('takes no POST', async () => {
    const response = await ask('/studio/', { method: 'POST' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });
});
