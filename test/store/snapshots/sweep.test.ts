import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { openPublisher } from '../../fixtures/published.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';

const HOUR = 3_600_000;

/** A folder with snapshots that say 0..n-1, and a store whose clock says what the test wants. */
async function open(
  count: number,
  relations: (n: number) => Record<string, string> = (n) => ({ 'gold.tracks': `select ${n} as n` }),
) {
  const dataDir = makeTempFolder();
  const publisher = await openPublisher(dataDir);
  onTestFinished(() => publisher.close());
  const published = [];
  for (let n = 0; n < count; n++) published.push(await publisher.publish(relations(n)));
  const sweepAt = (ms: number, options: Parameters<ReturnType<typeof createSnapshotStore>['sweep']>[0]) =>
    createSnapshotStore({
      dataDir,
      clock: createVirtualClock(Date.now() + ms),
      random: seededRandomness(3),
    }).sweep(options);
  return { dataDir, publisher, published, sweepAt };
}

const pathOf = ({ relations }: Manifest) => relations[0]?.files[0]?.path ?? '';

/** A folder into which a snapshot is published every day. */
async function openDaily() {
  const dataDir = makeTempFolder();
  const clock = createVirtualClock(Date.UTC(2026, 10, 26));
  const publisher = await openPublisher(dataDir, undefined, clock);
  onTestFinished(() => publisher.close());
  const publish = async (n: number) => {
    await clock.advance(24 * HOUR);
    return publisher.publish({ 'gold.tracks': `select ${n} as n` });
  };
  return { dataDir, clock, publisher, publish };
}

const age = (path: string) => utimesSync(path, new Date(0), new Date(0));

describe('sweep', () => {
  it('counts the grace from when newer snapshots pushed a file out, however old it is', async () => {
    const { dataDir, published, sweepAt } = await open(3);
    const paths = published.map((manifest) => manifest.relations[0]?.files[0]?.path ?? '');
    for (const path of paths) age(join(dataDir, path));
    const young = await sweepAt(0, { keep: 1, graceMs: HOUR });
    expect(young.removed).toEqual([]);
    expect(young.waiting).toEqual(
      expect.arrayContaining([paths[0], paths[1], `snapshots/${published[0]?.id}.json`]),
    );
    const old = await sweepAt(2 * HOUR, { keep: 1, graceMs: HOUR });
    expect(old.removed).toEqual(expect.arrayContaining([paths[0], paths[1]]));
    expect(existsSync(join(dataDir, paths[2] ?? ''))).toBe(true);
    expect(old.bytes).toBeGreaterThan(0);
  });

  it('gives the grace to a snapshot that a rollback had served until now, though it was pushed out long ago', async () => {
    const { clock, publisher, publish } = await openDaily();
    const [first, second] = [await publish(0), await publish(1)];
    await publish(2);
    await publisher.store.rollback(first.id);
    await publish(3);
    const options = { keep: 1, graceMs: HOUR };
    const young = await publisher.store.sweep(options);
    expect(young.removed).toContain(pathOf(second));
    expect(young.removed).not.toContain(pathOf(first));
    expect(young.waiting).toEqual(expect.arrayContaining([pathOf(first), `snapshots/${first.id}.json`]));
    await clock.advance(HOUR);
    expect((await publisher.store.sweep(options)).removed).toContain(pathOf(first));
  });

  it('gives it also to one that another rollback has ended', async () => {
    const { clock, publisher, publish } = await openDaily();
    const [first, second] = [await publish(0), await publish(1)];
    await publisher.store.rollback(first.id);
    await clock.advance(24 * HOUR);
    await publisher.store.rollback(second.id);
    const needed = [pathOf(first), `snapshots/${first.id}.json`];
    const options = { keep: 1, graceMs: HOUR };
    await clock.advance(HOUR - 1);
    const young = await publisher.store.sweep(options);
    expect([young.removed, young.waiting]).toEqual([[], expect.arrayContaining(needed)]);
    await clock.advance(1);
    expect((await publisher.store.sweep(options)).removed).toEqual(expect.arrayContaining(needed));
  });

  it('removes nothing while a kept manifest cannot be read, and says which', async () => {
    const { dataDir, published, sweepAt } = await open(3);
    writeFileSync(join(dataDir, 'snapshots', `${published[1]?.id}.json`), '{');
    expect(await sweepAt(HOUR, { keep: 2, graceMs: 0 })).toEqual({
      removed: [],
      bytes: 0,
      waiting: [],
      blockedBy: published[1]?.id,
    });
    expect((await sweepAt(HOUR, { keep: 1, graceMs: 0 })).blockedBy).toBeNull();
  });

  it('removes entries of a Delta log before the checkpoint that the oldest kept snapshot needs', async () => {
    const { dataDir, publisher, sweepAt } = await open(24);
    const log = join(dataDir, 'gold/tracks/_delta_log');
    await sweepAt(HOUR, { keep: 6, graceMs: 0 });
    expect(readdirSync(log)[0]).toBe('00000000000000000010.checkpoint.parquet');
    await sweepAt(HOUR, { keep: 2, graceMs: 0 });
    expect(readdirSync(log).filter((name) => /^\d/.test(name))).toEqual([
      '00000000000000000020.checkpoint.parquet',
      '00000000000000000020.json',
      '00000000000000000021.json',
      '00000000000000000022.json',
      '00000000000000000023.json',
    ]);
    expect((await publisher.publish({ 'gold.tracks': 'select 99 as n' })).relations[0]?.deltaVersion).toBe(
      24,
    );
  });

  it('keeps the entries from which a version can be read for as long as its files wait', async () => {
    const { dataDir, clock, publisher, publish } = await openDaily();
    const published = [];
    for (let n = 0; n <= 11; n++) published.push(await publish(n));
    const log = join(dataDir, 'gold/tracks/_delta_log');
    const entries = () => readdirSync(log).filter((name) => /^\d+\.json$/.test(name));
    for (const name of readdirSync(log)) age(join(log, name));
    const options = { keep: 2, graceMs: HOUR };
    const { waiting } = await publisher.store.sweep(options);
    // Version 11 has just pushed out version 9, which no checkpoint holds.
    const pushedOut = published[9] as Manifest;
    expect(waiting).toEqual([`snapshots/${pushedOut.id}.json`, pathOf(pushedOut)]);
    expect(entries()).toHaveLength(12);
    await clock.advance(HOUR);
    await publisher.store.sweep(options);
    expect(entries()).toEqual(['00000000000000000010.json', '00000000000000000011.json']);
  });

  it('keeps the log of a relation that no kept snapshot has for as long as its files wait', async () => {
    const { dataDir, sweepAt } = await open(2, (n) =>
      n === 0 ? { 'silver.old': 'select 1 as x' } : { 'gold.tracks': `select ${n} as n` },
    );
    age(join(dataDir, 'silver/old/_delta_log'));
    await sweepAt(0, { keep: 1, graceMs: HOUR });
    expect(readdirSync(join(dataDir, 'silver/old/_delta_log'))).toHaveLength(1);
    await sweepAt(2 * HOUR, { keep: 1, graceMs: HOUR });
    expect(readdirSync(join(dataDir, 'silver/old'))).toEqual([]);
  });

  it('removes the table of a relation that no kept snapshot has', async () => {
    const { dataDir, sweepAt } = await open(3, (n) =>
      n === 0 ? { 'silver.old': 'select 1 as x' } : { 'gold.tracks': `select ${n} as n` },
    );
    await sweepAt(HOUR, { keep: 2, graceMs: 0 });
    expect(readdirSync(join(dataDir, 'silver/old'))).toEqual([]);
  });

  it('removes strangers, temporary files, left exports and old reports, each after its own time', async () => {
    const { dataDir, sweepAt } = await open(1);
    mkdirSync(join(dataDir, 'quarantine'));
    mkdirSync(join(dataDir, 'tmp/export-abc'), { recursive: true });
    mkdirSync(join(dataDir, 'artifacts/20260101-000000000-abcdef/similarity'), { recursive: true });
    const strangers = [
      'gold/tracks/foreign.parquet',
      'gold/tracks/.20260101-000000000-abcdef.part',
      'gold/tracks/_delta_log/.00000000000000000001.json.77.part',
      'snapshots/.x.json.77.part',
      '.CURRENT.77.part',
    ];
    for (const path of strangers) writeFileSync(join(dataDir, path), 'x');
    writeFileSync(join(dataDir, 'quarantine/20260101-000000000-abcdef.json'), '{}');
    const options = { keep: 1, graceMs: HOUR, quarantineMs: 48 * HOUR };
    expect((await sweepAt(0, options)).removed).toEqual([]);
    const slow = await sweepAt(2 * HOUR, { ...options, exportMs: 3 * HOUR, dryRun: true });
    expect(slow.waiting).toEqual(['tmp/export-abc']);
    const dry = await sweepAt(2 * HOUR, { ...options, dryRun: true });
    expect(dry.removed.sort()).toEqual(
      [...strangers, 'tmp/export-abc', 'artifacts/20260101-000000000-abcdef'].sort(),
    );
    expect((await sweepAt(2 * HOUR, options)).removed.sort()).toEqual(dry.removed);
    expect((await sweepAt(72 * HOUR, options)).removed).toEqual([
      'quarantine/20260101-000000000-abcdef.json',
    ]);
    expect((await sweepAt(72 * HOUR, options)).removed).toEqual([]);
  });

  it('removes word of damage to snapshots that are no more, and keeps that of others', async () => {
    const { dataDir, publisher, published, sweepAt } = await open(2);
    for (const { id } of published) await publisher.store.noteDamage(id);
    await publisher.store.noteDamage('20200101-000000000-abcdef');
    const { removed } = await sweepAt(2 * HOUR, { keep: 2, graceMs: HOUR });
    expect(removed).toEqual(['snapshots/20200101-000000000-abcdef.damage']);
    expect(await publisher.store.hasDamageNote(published[0]?.id ?? '')).toBe(true);
    expect(existsSync(join(dataDir, 'snapshots', '20200101-000000000-abcdef.damage'))).toBe(false);
  });
});
