import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../../src/store/catalog/catalog.ts';
import { failOnce } from '../../../src/store/catalog/fail-once.ts';

function scripted(answers: (() => Promise<unknown[]>)[], options?: Parameters<typeof failOnce>[1]) {
  const asked: unknown[] = [];
  const catalog = {
    serving: null,
    columns: null,
    all: (sql: string, params: unknown) => {
      asked.push([sql, params]);
      return (answers.shift() as () => Promise<unknown[]>)();
    },
  } as unknown as Catalog;
  return { catalog: failOnce(catalog, options), asked };
}

describe('failOnce', () => {
  it('starts no statement that has failed', async () => {
    const { catalog, asked } = scripted([() => Promise.reject(new Error('first')), async () => [1]]);
    await expect(catalog.all('select ?', [1n])).rejects.toThrow('first');
    await expect(catalog.all('select ?', [1n])).rejects.toThrow('first');
    expect(await catalog.all('select ?', [2n])).toEqual([1]);
    expect(asked).toHaveLength(2);
  });

  it('waits for a statement that is under way, and keeps no rows afterwards', async () => {
    const { catalog, asked } = scripted([async () => ['first'], async () => ['second']]);
    const both = await Promise.all([catalog.all('select 1'), catalog.all('select 1')]);
    expect(both).toEqual([['first'], ['first']]);
    expect(await catalog.all('select 1')).toEqual(['second']);
    expect(asked).toHaveLength(2);
  });

  it('keeps what was read for an operation that may be executed again', async () => {
    const { catalog, asked } = scripted([async () => ['first'], async () => ['other']], {
      mayExecuteTwice: true,
    });
    expect(await catalog.all('select ?', [1])).toEqual(['first']);
    expect(await catalog.all('select ?', [1])).toEqual(['first']);
    expect(await catalog.all('select ?', [2])).toEqual(['other']);
    expect(asked).toHaveLength(2);
  });

  it('asks the columns in memory once likewise', async () => {
    const asked: unknown[] = [];
    const columns = { rows: 7, ask: async (query: unknown) => asked.push(query) };
    const catalog = failOnce({ columns } as unknown as Catalog, { mayExecuteTwice: true });
    const query = { test: { all: [] }, groupBy: [], figures: [] };
    expect(catalog.columns?.rows).toBe(7);
    await catalog.columns?.ask(query);
    await catalog.columns?.ask(query);
    expect(asked).toEqual([query]);
  });
});
