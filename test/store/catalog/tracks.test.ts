import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../../src/store/catalog/catalog.ts';
import { listTracks } from '../../../src/store/catalog/tracks.ts';

/** The statement that reads a page of tracks with these properties. */
async function statementOf(properties: readonly string[]): Promise<string> {
  const asked: string[] = [];
  const catalog = {
    serving: null,
    all: async (sql: string) => {
      asked.push(sql);
      return [];
    },
  } as unknown as Catalog;
  await listTracks(catalog, {}, { maxPageSize: 100 }, new Set(properties)).page();
  return asked.join();
}

describe('listTracks', () => {
  it('has one statement for the same properties, in whatever order they are selected', async () => {
    const statement = await statementOf(['uri', 'audioFeatures.energy', 'name', 'audioFeatures']);
    expect(statement).toMatch(/^select t.track_id, t.name, t.uri, t.features_provider, t.energy,/);
    for (const properties of [
      ['name', 'uri', 'audioFeatures', 'audioFeatures.energy'],
      ['audioFeatures.provider', 'audioFeatures.energy', 'id', 'uri', 'name'],
    ])
      expect(await statementOf(properties)).toBe(statement);
  });

  it('reads every column for a property that it does not know', async () => {
    expect(await statementOf(['name', 'unheard'])).toContain('t.release_year, t.release_date, t.source,');
  });
});
