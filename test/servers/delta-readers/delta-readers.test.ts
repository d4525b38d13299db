// The tables of the data folder, read by deltalake, Polars and DuckDB's delta extension at several versions: the same rows as ours.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import type { DuckDb } from '../../../src/store/duckdb.ts';
import { describeRelation, readDictionary } from '../../../src/store/snapshots/dictionary.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { selectFiles } from '../../../src/store/snapshots/relation-writer.ts';
import { openPublisher, type Publisher } from '../../fixtures/published.ts';
import { crawlAndPublish } from '../../fixtures/two-crawls.ts';
import { publishThings } from './things.ts';

const PYTHON = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'groovelake-test/delta-readers/bin/python',
);
const isInstalled = existsSync(PYTHON);
if (!isInstalled) console.log('delta-readers: skipped, .ci/servers/delta-readers.sh has not been run');
const SCRIPT = fileURLToPath(new URL('read.py', import.meta.url));

type Found = Record<string, Record<string, unknown>>;

/** What each reader finds, by reader and relation@version. */
function readWithOthers(dataDir: string, wanted: readonly (readonly [string, number])[]): Found {
  const { status, stdout, stderr } = spawnSync(PYTHON, [SCRIPT, dataDir], {
    input: JSON.stringify(wanted),
    encoding: 'utf8',
    maxBuffer: 64 * 1_048_576,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Found;
}

/** Rows and hash of every relation of a manifest, by relation@version. */
async function readOurs(db: DuckDb, dataDir: string, manifest: Manifest) {
  const ours: Record<string, [number, string]> = {};
  for (const relation of manifest.relations) {
    const [row] = await db.all<{ n: number; h: string }>(
      `select count(*) as n, coalesce(sum(md5_number_lower(to_json(r)::varchar)::hugeint), 0)::varchar as h
       from (${selectFiles(dataDir, relation)}) r`,
    );
    ours[`${relation.layer}.${relation.name}@${relation.deltaVersion}`] = [row?.n ?? -1, row?.h ?? ''];
  }
  return ours;
}

const toWanted = (ours: Record<string, unknown>) =>
  Object.keys(ours).map((key) => {
    const [relation = '', version] = key.split('@');
    return [relation, Number(version)] as const;
  });

const READERS = ['deltalake', 'polars', 'polars, lazily', 'duckdb'];
const WORDS = 'said by deltalake';

/** What the dictionary says of every relation of a manifest, by relation@version. */
function listOurWords({ relations }: Manifest) {
  return Object.fromEntries(
    relations.map((relation) => {
      const { description, columns } = describeRelation(relation, readDictionary());
      const comments = Object.fromEntries(columns.map((column) => [column.name, column.description]));
      return [`${relation.layer}.${relation.name}@${relation.deltaVersion}`, [description, comments]];
    }),
  );
}

describe.skipIf(!isInstalled)('the tables of the data folder', () => {
  let dataDir: string;
  let publisher: Publisher;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
    publisher = await openPublisher(dataDir);
  });
  afterAll(async () => {
    await publisher.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('are what we published, relation for relation and with what their columns mean, after each of two crawls', async () => {
    const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir });
    const ours: Record<string, [number, string]> = {};
    const words: Record<string, unknown> = {};
    for (const n of [0, 1] as const) {
      const { snapshotId } = await crawlAndPublish(config, n);
      const manifest = await publisher.store.findManifest(snapshotId);
      Object.assign(ours, manifest && (await readOurs(publisher.db, dataDir, manifest)));
      Object.assign(words, manifest && listOurWords(manifest));
    }
    expect(Object.keys(ours)).toContain('gold.artists@0');
    expect(Object.keys(ours)).toContain('gold.artists@1');
    expect(ours['gold.artists@0']).not.toEqual(ours['gold.artists@1']);
    const found = readWithOthers(dataDir, toWanted(ours));
    expect(Object.keys(found)).toEqual([...READERS, WORDS]);
    for (const reader of READERS) expect(found[reader], reader).toEqual(ours);
    expect(found[WORDS]).toEqual(words);
  });

  it('are read before, at and behind a checkpoint, with every type, and after a rollback', async () => {
    const ours: Record<string, [number, string]> = {};
    const words: Record<string, unknown> = {};
    for (const manifest of await publishThings(publisher)) {
      Object.assign(ours, await readOurs(publisher.db, dataDir, manifest));
      Object.assign(words, listOurWords(manifest));
    }
    expect(Object.keys(ours)).toHaveLength(14);
    expect(new Set(Object.values(ours).map(([, hash]) => hash)).size).toBe(13);
    const found = readWithOthers(dataDir, toWanted(ours));
    for (const reader of READERS) expect(found[reader], reader).toEqual(ours);
    expect(found[WORDS]).toEqual(words);
  });
});
