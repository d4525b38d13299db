// What tests make by hand is what the lakehouse makes: the fixture's columns are gold's, and what it leaves out is said.
import { expect, it } from 'vitest';
import { GOLD_COLUMNS } from '../fixtures/gold-columns.ts';
import { listPublished } from '../lakehouse/build-in-memory.ts';

/** Columns and whole relations of gold that no store reads, so that the fixture makes none of them. */
const NOT_IN_FIXTURES = [
  'album_copyrights',
  'albums.amgid',
  'albums.ean',
  'albums.is_compilation',
  'artist_names',
  'artists.is_various',
  'audio_features.key_name',
  'audio_features_by_provider.fetched_at',
  'external_ids',
  'images',
  'rankings',
  'tracks.is_local',
  'tracks.linked_from_id',
  'tracks.relinked_id',
];

it('GOLD_COLUMNS are columns of gold, of the same types, and all of them but those that are named here', async () => {
  const published = (await listPublished())
    .filter(({ layer }) => layer === 'gold')
    .map(
      ({ name, columns }) => [name, new Map(columns.map((column) => [column.name, column.type]))] as const,
    );
  const fixtures = new Map(
    Object.entries(GOLD_COLUMNS).map(([name, columns]) => [
      name,
      new Map<string, string>(Object.entries(columns)),
    ]),
  );
  const wrong = [...fixtures].flatMap(([relation, columns]) =>
    [...columns].flatMap(([name, type]) => {
      const found = new Map(published).get(relation)?.get(name);
      return found === inFull(type) ? [] : [`${relation}.${name} is ${found}, the fixture has ${type}`];
    }),
  );
  expect(wrong).toEqual([]);
  const left = published.flatMap(([relation, columns]) =>
    fixtures.has(relation)
      ? [...columns.keys()]
          .filter((name) => !fixtures.get(relation)?.has(name))
          .map((name) => `${relation}.${name}`)
      : [relation],
  );
  expect(left.sort()).toEqual(NOT_IN_FIXTURES);
});

/** A type as the engine writes it. */
const inFull = (type: string) => (type === 'TIMESTAMPTZ' ? 'TIMESTAMP WITH TIME ZONE' : type);
