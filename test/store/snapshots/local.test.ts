import {
  appendFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seededRandomness, systemClock } from '../../../src/clock.ts';
import { type DuckDb, openDuckDb } from '../../../src/store/duckdb.ts';
import type { Files } from '../../../src/store/snapshots/files.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import type { SnapshotStore } from '../../../src/store/snapshots/snapshot-store.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { interceptFiles, WRITE_CALLS } from './fault-files.ts';

const FACTS = { runId: 'run-1', batches: ['b'], recipe: 'r', checks: [], coverage: [], lineage: [] };

let db: DuckDb;
let dataDir: string;
let ids = 0;

beforeAll(async () => {
  db = await openDuckDb({
    path: ':memory:',
    memoryMb: 256,
    threads: 1,
    maxConnections: 1,
    tempDir: tmpdir(),
    tempMaxMb: 64,
    clock: systemClock,
  });
});
afterAll(() => db.close());
beforeEach(() => {
  dataDir = makeTempFolder();
});

function openStore(files?: Files): SnapshotStore {
  ids += 1;
  return createSnapshotStore({
    dataDir,
    clock: systemClock,
    random: seededRandomness(ids),
    ...(files ? { files } : {}),
  });
}

/** Publishes two relations whose rows carry `n`, so that a mixture of two snapshots shows. */
async function publish(store: SnapshotStore, n: number): Promise<Manifest> {
  const candidate = await store.beginCandidate();
  try {
    for (const name of ['tracks', 'artists']) {
      await candidate.writeRelation(db, {
        layer: 'gold',
        name,
        select: `select i as id, ${n} as n from range(5) t(i)`,
        orderBy: 'id',
      });
    }
    return await candidate.publish(FACTS);
  } finally {
    await candidate.discard();
  }
}

/** The n of every row that a reader sees, each once. */
async function readNs(store: SnapshotStore): Promise<number[]> {
  const current = await store.readCurrent();
  const ns = new Set<number>();
  for (const relation of current?.manifest.relations ?? []) {
    for (const file of relation.files) {
      const rows = await db.all<{ n: number }>(
        `select distinct n from read_parquet('${join(dataDir, file.path)}')`,
      );
      for (const row of rows) ns.add(row.n);
    }
  }
  return [...ns];
}

describe('publishing', () => {
  it('makes a snapshot current that names every file with its hash', async () => {
    const store = openStore();
    expect(await store.readCurrent()).toBeNull();
    const manifest = await publish(store, 1);
    const current = await store.readCurrent();
    expect(current?.manifest).toEqual(manifest);
    expect(manifest.relations.map(({ name, rows, deltaVersion }) => [name, rows, deltaVersion])).toEqual([
      ['artists', 5, 0],
      ['tracks', 5, 0],
    ]);
    expect(await readNs(store)).toEqual([1]);
  });

  it('keeps the files of a relation whose content has not changed', async () => {
    const store = openStore();
    const first = await publish(store, 1);
    const second = await publish(store, 1);
    expect(second.id).not.toBe(first.id);
    expect(second.relations).toEqual(first.relations);
    expect(second.parentId).toBe(first.id);
  });

  it('hashes content without regard to the order of rows', async () => {
    const store = openStore();
    const hashOf = async (orderBy: string) => {
      const candidate = await store.beginCandidate();
      const { contentHash } = await candidate.writeRelation(db, {
        layer: 'gold',
        name: 'x',
        select: 'select i, i * 0.1 as f from range(100) t(i)',
        orderBy,
      });
      await candidate.discard();
      return contentHash;
    };
    expect(await hashOf('i')).toBe(await hashOf('i desc'));
  });

  it('writes a Delta log whose newest version holds the published files', async () => {
    const store = openStore();
    await publish(store, 1);
    const second = await publish(store, 2);
    const log = join(dataDir, 'gold/tracks/_delta_log');
    expect(readdirSync(log)).toEqual(['00000000000000000000.json', '00000000000000000001.json']);
    const actions = readFileSync(join(log, '00000000000000000001.json'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const file = second.relations.find(({ name }) => name === 'tracks')?.files[0];
    expect(actions.find((action) => action.add)?.add).toMatchObject({
      path: file?.path.split('/').at(-1),
      size: file?.bytes,
      dataChange: true,
    });
    expect(actions.filter((action) => action.remove)).toHaveLength(1);
  });

  it('says that a rollback is lost with CURRENT, which alone knows of it', async () => {
    const store = openStore();
    const first = await publish(store, 1);
    const second = await publish(store, 2);
    await store.rollback(first.id);
    writeFileSync(join(dataDir, 'CURRENT'), '{"snapshotId":');
    const found = await store.readCurrent();
    expect(found?.manifest.id).toBe(second.id);
    expect(found?.warnings.join('; ')).toMatch(
      /CURRENT is damaged; .*serving the newest whole snapshot \S+\. Where an older one had been rolled back to, do so again/,
    );
  });

  it('syncs the manifest before CURRENT moves, and every file before it has its name', async () => {
    const files = interceptFiles(() => {}, WRITE_CALLS);
    await publish(openStore(files), 1);
    const { calls } = files;
    const at = (text: string) => calls.findIndex((call) => call.includes(text));
    const last = (text: string) => calls.findLastIndex((call) => call.includes(text));
    expect(at('seal tracks/.')).toBeLessThan(at('rename tracks/.'));
    expect(last('syncFolder gold/tracks')).toBeLessThan(at('write snapshots/'));
    expect(at('write _delta_log/')).toBeLessThan(at('link _delta_log/'));
    expect(last('link _delta_log/')).toBeLessThan(at('write snapshots/'));
    expect(at('write snapshots/')).toBeLessThan(at('link snapshots/'));
    expect(last('syncFolder ')).toBe(calls.length - 1);
    const moved = calls.findIndex((call) => call.startsWith('rename') && call.includes('CURRENT'));
    const named = calls.findIndex((call) => call.startsWith('syncFolder') && call.endsWith('/snapshots'));
    expect(named).toBeGreaterThan(at('link snapshots/'));
    expect(moved).toBeGreaterThan(named);
    expect(calls.at(-1)).toMatch(/^syncFolder /);
  });
});

describe('a damaged folder', () => {
  it('falls back and says so when a file is cut or gone', async () => {
    const store = openStore();
    const older = await publish(store, 1);
    const newer = await publish(store, 2);
    truncateSync(join(dataDir, newer.relations[0]?.files[0]?.path ?? ''), 10);
    const current = await store.readCurrent();
    expect(current?.manifest.id).toBe(older.id);
    expect(current?.warnings.join(' ')).toContain('10 bytes instead of');
    rmSync(join(dataDir, older.relations[0]?.files[0]?.path ?? ''));
    expect(await store.readCurrent()).toBeNull();
  });

  it('is not disturbed by half files, temp files and foreign Parquet beside the relations', async () => {
    const store = openStore();
    await publish(store, 1);
    writeFileSync(join(dataDir, 'gold/tracks/foreign.parquet'), 'PAR1 but no footer');
    writeFileSync(join(dataDir, 'gold/tracks/.20260101-000000-abc.part'), '');
    expect(await readNs(store)).toEqual([1]);
    await publish(store, 2);
    expect(await readNs(store)).toEqual([2]);
  });

  it('keeps to what was not gone back from, when a file of what was gone back to is lost', async () => {
    const store = openStore();
    const oldest = await publish(store, 1);
    const kept = await publish(store, 2);
    const rejected = await publish(store, 3);
    await store.rollback(kept.id);
    const loseFile = ({ relations }: Manifest) => rmSync(join(dataDir, relations[0]?.files[0]?.path ?? ''));
    loseFile(kept);
    const found = await store.lookAtCurrent();
    expect([found.manifest?.id, found.damagedId]).toEqual([oldest.id, kept.id]);
    expect(found.warnings.at(-1)).toMatch(
      /serving .* instead, the newest whole one that was not gone back from/,
    );
    expect(found.warnings.join()).not.toContain('do so again');
    loseFile(oldest);
    const last = await store.lookAtCurrent();
    expect(last.manifest?.id).toBe(rejected.id);
    expect(last.warnings.at(-1)).toMatch(/though it was gone back from, as no other is whole/);
  });

  it('keeps to what was not gone back from when another has been published since', async () => {
    const store = openStore();
    const first = await publish(store, 1);
    const rejected = await publish(store, 2);
    await store.rollback(first.id);
    const third = await publish(store, 3);
    truncateSync(join(dataDir, third.relations[0]?.files[0]?.path ?? ''), 10);
    expect((await store.readCurrent())?.manifest.id).toBe(first.id);
    // Whoever goes back to it takes it for good again.
    await store.rollback(rejected.id);
    truncateSync(join(dataDir, rejected.relations[0]?.files[0]?.path ?? ''), 10);
    expect((await store.readCurrent())?.manifest.id).toBe(first.id);
  });

  it('refuses a manifest of a newer format', async () => {
    const store = openStore();
    const { id } = await publish(store, 1);
    const path = join(dataDir, 'snapshots', `${id}.json`);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"format": 1', '"format": 99'));
    await expect(store.findManifest(id)).rejects.toMatchObject({ code: 'FORMAT' });
  });
});

describe('rollback', () => {
  it('serves an older snapshot again', async () => {
    const store = openStore();
    const first = await publish(store, 1);
    await publish(store, 2);
    await store.rollback(first.id);
    expect(await readNs(store)).toEqual([1]);
    await publish(store, 3);
    expect(await readNs(store)).toEqual([3]);
  });

  it('refuses one that is not kept', async () => {
    await expect(openStore().rollback('20200101-000000-abcdef')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(openStore().rollback('../../etc/passwd')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('sweep', () => {
  const age = (path: string) => utimesSync(path, new Date(0), new Date(0));

  it('removes what no kept manifest names and is old enough, and nothing else', async () => {
    const store = openStore();
    const manifests: Manifest[] = [];
    for (let n = 1; n <= 4; n++) manifests.push(await publish(store, n));
    writeFileSync(join(dataDir, 'gold/tracks/young.part'), 'x');
    writeFileSync(join(dataDir, 'gold/tracks/old.part'), 'x');
    age(join(dataDir, 'gold/tracks/old.part'));
    const [first] = manifests;
    for (const relation of first?.relations ?? [])
      for (const file of relation.files) age(join(dataDir, file.path));
    age(join(dataDir, 'snapshots', `${first?.id}.json`));
    const sorted = (await store.listManifests()).map(({ id }) => id);
    const dry = await store.sweep({ keep: 2, graceMs: 60_000, dryRun: true });
    const swept = await store.sweep({ keep: 2, graceMs: 60_000 });
    expect(swept).toEqual(dry);
    expect(swept.removed).toContain('gold/tracks/old.part');
    expect(swept.removed).not.toContain('gold/tracks/young.part');
    const keptIds = (await store.listManifests()).map(({ id }) => id);
    expect(sorted.slice(0, 2).every((id) => keptIds.includes(id))).toBe(true);
    expect((await store.readCurrent())?.warnings).toEqual([]);
  });

  it('keeps the current snapshot even when it is older than all that are kept', async () => {
    const store = openStore();
    const first = await publish(store, 1);
    for (let n = 2; n <= 4; n++) await publish(store, n);
    await store.rollback(first.id);
    await store.sweep({ keep: 1, graceMs: 0 });
    expect(await readNs(store)).toEqual([1]);
  });
});

describe('a candidate', () => {
  it('leaves nothing behind when it is discarded, and a report when it is quarantined', async () => {
    const store = openStore();
    const candidate = await store.beginCandidate();
    await candidate.writeRelation(db, { layer: 'gold', name: 'tracks', select: 'select 1 as id' });
    const folder = await candidate.openArtifact('similarity');
    appendFileSync(join(folder, 'vectors'), 'x');
    await candidate.addArtifact('similarity');
    await candidate.quarantine({ reason: 'a check failed', checks: [] });
    expect(readdirSync(join(dataDir, 'gold/tracks'))).toEqual([]);
    expect(readdirSync(join(dataDir, 'artifacts'))).toEqual([]);
    expect(
      JSON.parse(readFileSync(join(dataDir, 'quarantine', `${candidate.snapshotId}.json`), 'utf8')),
    ).toMatchObject({ reason: 'a check failed' });
    await expect(candidate.publish(FACTS)).rejects.toMatchObject({ code: 'SNAPSHOT' });
    expect(statSync(dataDir).isDirectory()).toBe(true);
  });
});
