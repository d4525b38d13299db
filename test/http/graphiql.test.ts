import { describe, expect, it } from 'vitest';
import { EXAMPLE_OPERATIONS } from '../../src/http/graphiql.ts';
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
});
