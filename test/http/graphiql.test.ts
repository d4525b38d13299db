import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { describe, expect, it } from 'vitest';
import { EXAMPLE_OPERATIONS, renderGraphiqlPage } from '../../src/http/graphiql.ts';
import { start } from './plain-server.ts';

describe('GraphiQL', () => {
  it('holds the example operations and loads nothing from elsewhere', async () => {
    const { url } = await start();
    const html = await (await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } })).text();
    for (const { query } of EXAMPLE_OPERATIONS) {
      expect(html).toContain(/(?:query|mutation) (\w+)/.exec(query)?.[1]);
    }
    expect(EXAMPLE_OPERATIONS).toHaveLength(5);
    expect(html).not.toMatch(/<(?:script|link|img)[^>]+(?:src|href)=["']?(?:https?:)?\/\//i);
  });

  it("takes out of the package's page what holds a dragged tab within its row", () => {
    const count = (page: string) => page.split('dragConstraints:').length;
    expect(count(renderGraphiqlPage({}))).toBe(count(renderGraphiQL({})) - 1);
  });

  it.each([
    '/graphql',
    '/graphql?query=%7Bhello%7D',
    '/studio/',
    '/studio/login.html',
    '/auth/spotify',
    '/callback',
  ])('is shown inside no other page, as no page of the server is: %s', async (path) => {
    const { url } = await start();
    const { headers } = await fetch(`${url}${path}`, { headers: { accept: 'text/html' } });
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
  });

  it('keeps these headers to pages', async () => {
    const { url } = await start();
    const { headers } = await fetch(`${url}/graphql?query=%7Bhello%7D`);
    expect(headers.get('content-security-policy')).toBeNull();
  });
});
