// Checks that compare with the snapshot before, given facts instead of a whole build; and that every check has a header.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CheckFacts, showCheckFacts } from '../../src/pipeline/build/check-facts.ts';
import { readField } from '../../src/pipeline/build/relation-facts.ts';
import { runCheck } from '../../src/pipeline/build/run-check.ts';
import { type DuckDb, nameValue } from '../../src/store/duckdb.ts';
import type { Manifest } from '../../src/store/snapshots/manifest.ts';
import { buildAll, lakehouse, openEmptyBuild } from './build-in-memory.ts';

let db: DuckDb;
beforeEach(async () => {
  db = await openEmptyBuild();
  await buildAll(db);
});
afterEach(() => db.close());

const relation = (name: string, rows: number) => ({ layer: 'gold' as const, name, rows });
const column = (name: string, rows: number, present: number) => ({
  relation: 'gold.tracks',
  column: name,
  rows,
  present,
});

/** Serves these sources, and no others. */
async function serve(...sources: readonly string[]): Promise<void> {
  await db.run('delete from silver.served_sources');
  for (const source of sources) await db.run('insert into silver.served_sources values (?, 0)', [source]);
}

async function check(
  name: string,
  facts: Partial<CheckFacts>,
  before: Partial<Manifest> | null = null,
  servedBefore: readonly string[] = [],
) {
  const found = lakehouse.checks.find((other) => other.name === name);
  await showCheckFacts(db, {
    relations: [],
    documents: [],
    coverage: [],
    previous: before ? ({ relations: [], coverage: [], ...before } as unknown as Manifest) : null,
    better: [],
    dataDir: '',
    limits: { maxLossPercent: 20, maxCoverageDrop: 20, maxAgeHours: 24 },
    acceptLoss: false,
    now: Date.UTC(2026, 10, 10),
    ...facts,
  });
  for (const source of servedBefore) await db.run('insert into previous.served_sources values (?)', [source]);
  return runCheck(db, { name, sql: found?.sql ?? '' });
}

describe('volume_loss', () => {
  const before = { relations: [relation('tracks', 1_000), relation('genres', 99)] } as unknown as Manifest;

  it('blocks when a relation has lost more than the configuration allows, and says which', async () => {
    expect(
      await check('volume_loss', { relations: [relation('tracks', 799), relation('genres', 99)] }, before),
    ).toMatchObject({
      severity: 'BLOCK',
      passed: false,
      sample: [{ relation: 'gold.tracks', rows_before: 1_000, rows_now: 799 }],
    });
  });

  it('lets through what is within it, small relations, and a first snapshot', async () => {
    expect(
      await check('volume_loss', { relations: [relation('tracks', 800), relation('genres', 1)] }, before),
    ).toMatchObject({ passed: true });
    expect(await check('volume_loss', { relations: [relation('tracks', 1)] })).toMatchObject({
      passed: true,
    });
  });

  it('lets a loss through that is wanted', async () => {
    expect(
      await check('volume_loss', { relations: [relation('tracks', 0)], acceptLoss: true }, before),
    ).toMatchObject({ passed: true });
  });

  it('does not compare what follows on the sandbox alone, once something real is served', async () => {
    const lost = { relations: [relation('tracks', 1)] };
    await serve('sandbox');
    expect(await check('volume_loss', lost, before, ['sandbox'])).toMatchObject({ passed: false });
    await serve('spotify');
    expect(await check('volume_loss', lost, before, ['sandbox'])).toMatchObject({ passed: true });
  });

  it('blocks where another source is served no more, however little that had, or the sandbox beside real ones', async () => {
    const lost = { relations: [relation('tracks', 200)] };
    await serve('spotify');
    expect(await check('volume_loss', lost, before, ['kworb', 'spotify'])).toMatchObject({ passed: false });
    expect(await check('volume_loss', lost, before, ['sandbox', 'spotify'])).toMatchObject({ passed: false });
    const accepted = { ...lost, acceptLoss: true };
    expect(await check('volume_loss', accepted, before, ['kworb', 'spotify'])).toMatchObject({
      passed: true,
    });
  });
});

describe('sandbox_in_place_of_real', () => {
  const of = (before: string[], facts: Partial<CheckFacts> = {}) =>
    check('sandbox_in_place_of_real', facts, null, before);

  it('blocks when the sandbox would be served after something real', async () => {
    await serve('sandbox');
    expect(await of(['spotify'])).toMatchObject({
      severity: 'BLOCK',
      passed: false,
      sample: [{ source: 'sandbox' }],
    });
  });

  it('lets it through as the first, after itself, when it is wanted, and where the sandbox is kept', async () => {
    await serve('sandbox');
    expect(await of([])).toMatchObject({ passed: true });
    expect(await of(['sandbox'])).toMatchObject({ passed: true });
    expect(await of(['spotify'], { acceptLoss: true })).toMatchObject({ passed: true });
    // It was kept beside a source without tracks, and is kept no longer: it takes the place of nothing.
    expect(await of(['sandbox', 'spotify'])).toMatchObject({ passed: true });
    await db.run(nameValue('keep_sandbox', true));
    expect(await of(['spotify'])).toMatchObject({ passed: true });
  });
});

describe('sources_waiting', () => {
  it('warns of a real source that is not served yet, and names it', async () => {
    await db.run(
      "insert into silver.artists by name select 'a' as artist_id, 'kaggle_1921_2020_artists' as source",
    );
    await db.run("insert into silver.artists by name select 'b' as artist_id, 'sandbox' as source");
    await serve('sandbox');
    expect(await check('sources_waiting', {})).toMatchObject({
      severity: 'WARN',
      failures: 1,
      sample: [{ source: 'kaggle_1921_2020_artists' }],
    });
    await serve('kaggle_1921_2020_artists');
    expect(await check('sources_waiting', {})).toMatchObject({ passed: true });
  });
});

describe('albums_years', () => {
  it('warns of a year before sound was recorded, and of one that is far off', async () => {
    for (const [id, year] of Object.entries({ a: 1859, b: 1860, c: 2036, d: 2037, e: null }))
      await db.run('insert into gold.albums by name select ? as album_id, ?::integer as release_year', [
        id,
        year,
      ]);
    const found = await check('albums_years', {});
    expect(found).toMatchObject({ severity: 'WARN', failures: 2 });
    expect(found.sample.map(({ album_id }) => album_id).sort()).toEqual(['a', 'd']);
  });
});

describe('rejects_share', () => {
  const documents = [
    { source: 'spotify', kind: 'artist' as const, documents: 20 },
    { source: 'spotify', kind: 'track' as const, documents: 300 },
    { source: 'tidytuesday', kind: 'dataset_row' as const, documents: 7 },
    { source: 'tidytuesday', kind: 'malformed_row' as const, documents: 3 },
  ];
  const reject = (
    kind: string,
    id: string,
    { source = 'spotify', field = null as string | null, batch = 'b' } = {},
  ) =>
    db.run(
      'insert into silver.rejects by name select ? as source, ? as kind, ? as document_id, ? as field, ? as batch_id',
      [source, kind, id, field, batch],
    );

  it('passes while no more than one document in ten of a kind and source is set aside, whatever other kinds have', async () => {
    await reject('artist', '1');
    await reject('artist', '2');
    for (let at = 0; at < 30; at++) await reject('name_match', `Name ${at}`);
    for (let at = 0; at < 300; at++) await reject('track', `${at % 100}`, { field: 'explicit' });
    expect(await check('rejects_share', { documents })).toMatchObject({ severity: 'WARN', passed: true });
  });

  it('warns of the kind and source of which more is, each version once', async () => {
    await reject('artist', '1');
    await reject('artist', '1', { batch: 'c' });
    await reject('artist', '1', { batch: 'c' });
    expect(await check('rejects_share', { documents })).toMatchObject({ passed: true });
    await reject('artist', '2');
    await reject('malformed_row', '1', { source: 'tidytuesday' });
    expect(await check('rejects_share', { documents })).toMatchObject({
      failures: 1,
      sample: [{ source: 'spotify', kind: 'artist', set_aside: 3 }],
    });
    await reject('dataset_row', '2', { source: 'tidytuesday' });
    expect(await check('rejects_share', { documents })).toMatchObject({ failures: 2 });
  });

  it('warns of more values that cannot be used than there are documents', async () => {
    for (let at = 0; at < 21; at++) await reject('artist', `${at % 10}`, { field: `field ${at}` });
    const found = await check('rejects_share', { documents });
    expect(found.sample).toMatchObject([{ source: 'spotify', kind: 'artist', fields: 21, set_aside: 0 }]);
  });
});

describe('coverage_drop', () => {
  it('warns when a column has lost its values, and names it', async () => {
    const of = { snapshotId: '20261101-000000000-abcdef', publishedAt: '2026-11-01T00:00:00.000Z' };
    const coverage = [column('isrc', 1_000, 700), column('name', 1_000, 900)];
    const better = [column('isrc', 1_000, 950), column('name', 1_000, 1_000)];
    const facts = { coverage, better: better.map((each) => ({ ...each, ...of })) };
    expect(await check('coverage_drop', facts)).toMatchObject({
      severity: 'WARN',
      failures: 1,
      sample: [{ column: 'isrc', share_before: 0.95, share_now: 0.7, snapshot_before: of.snapshotId }],
    });
  });
});

describe('freshness', () => {
  it('warns of a crawled source whose newest document is old, whether it gives figures or not, not of data sets and the sandbox', async () => {
    const documents = [
      ['spotify', 'artist', '2026-11-08'],
      ['reccobeats', 'audio_features', '2026-11-08'],
      ['kworb', 'ranking', '2026-11-08'],
      ['kworb', 'ranking', '2026-11-09 12:00'],
      ['sandbox', 'track', '2026-11-08'],
      ['tidytuesday', 'dataset_row', '2026-11-08'],
    ] as const;
    for (const [source, kind, fetchedAt] of documents)
      await db.run(
        "insert into gold.provenance by name select 'artist' as entity, ? as source, ? as kind, ?::timestamptz as fetched_at",
        [source, kind, fetchedAt],
      );
    const found = await check('freshness', {});
    expect(found).toMatchObject({ severity: 'WARN', failures: 2 });
    expect(found.sample.map(({ source }) => source).sort()).toEqual(['reccobeats', 'spotify']);
  });
});

describe('every check', () => {
  it('says what it looks at and how grave a find is, and has a name of its own', () => {
    for (const { sql } of lakehouse.checks) {
      expect(readField(sql, 'relation')).toHaveLength(1);
      expect(['BLOCK', 'WARN']).toContain(readField(sql, 'severity')[0]);
    }
    expect(new Set(lakehouse.checks.map(({ name }) => name)).size).toBe(lakehouse.checks.length);
  });

  it('finds a key that is doubled, a key that is null, and a reference that leads nowhere', async () => {
    const run = (name: string) =>
      runCheck(db, { name, sql: lakehouse.checks.find((other) => other.name === name)?.sql ?? '' });
    await db.run("insert into gold.track_artists values ('t', 'a', 1), ('t', 'a', 2), ('t', null, 3)");
    expect(await run('track_artists_key')).toMatchObject({ severity: 'BLOCK', failures: 2 });
    expect(await run('track_artists_tracks_reference')).toMatchObject({ failures: 3 });
    expect(await run('track_artists_artists_reference')).toMatchObject({ failures: 2 });
  });
});
