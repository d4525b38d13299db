import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock, systemRandomness } from '../../../src/clock.ts';
import { silentLog } from '../../../src/log.ts';
import { blameDamage } from '../../../src/pipeline/build/parent-damage.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { createServed } from '../../../src/store/snapshots/served.ts';
import { openPublisher } from './publish-harness.ts';
import { makeDocuments, makeFirstBatch, seeded } from './random-landing.ts';

/** A snapshot of a first batch, a second batch to land, and a way to flip a bit of a relation. */
async function open() {
  const publisher = await openPublisher();
  onTestFinished(() => publisher.close());
  const random = seeded(7);
  await publisher.addBatch('b1', makeFirstBatch(random));
  const { manifest } = await publisher.publish();
  if (!manifest) throw new Error('nothing was published');
  const store = createSnapshotStore({
    dataDir: publisher.dataDir,
    clock: systemClock,
    random: systemRandomness,
  });
  const fileOf = (relation: string, of: Manifest = manifest) =>
    of.relations.find(({ layer, name }) => `${layer}.${name}` === relation)?.files[0]?.path ?? '';
  const flip = (relation: string, at: (whole: Buffer) => number) => {
    const path = join(publisher.dataDir, fileOf(relation));
    const whole = readFileSync(path);
    const place = at(whole);
    whole[place] = (whole[place] ?? 0) ^ 1;
    writeFileSync(path, whole);
  };
  const landNext = () => publisher.addBatch('b2', makeDocuments(random, 20));
  return { publisher, store, fileOf, flip, landNext };
}

/** In the header of the first page, where the engine cannot read on; and in the footer's words, where it can. */
const HEADER = () => 40;
const WORDS = (whole: Buffer) => whole.lastIndexOf('DuckDB version');

describe('a flipped bit in the served snapshot', () => {
  it('is healed by a build that is forced, though all rows are as they were', async () => {
    const { publisher, store, fileOf, flip } = await open();
    flip('gold.images', WORDS);
    expect(await store.readCurrent()).toBeNull();
    const { manifest } = await publisher.publish({ force: true });
    const current = await store.readCurrent();
    expect(current).toEqual({ manifest, warnings: [] });
    expect(fileOf('gold.images', manifest as Manifest)).not.toBe(fileOf('gold.images'));
    // What is whole is named again.
    expect(fileOf('gold.recordings', manifest as Manifest)).toBe(fileOf('gold.recordings'));
  });

  it('is found by the server, which leaves word, so that the next build reads everything anew', async () => {
    const { publisher, store, flip, landNext } = await open();
    await landNext();
    const served = createServed({
      snapshots: store,
      clock: systemClock,
      log: silentLog,
      open: async () => ({ close: async () => {} }),
    });
    onTestFinished(() => served.close());
    flip('gold.images', WORDS);
    await served.refresh();
    expect(served.listWarnings().join()).toMatch(
      /gold\/images\/.* is not what was published.*no snapshot is whole/,
    );
    expect(() => served.acquire()).toThrow(/No published snapshot is whole.*TRANSFORM --force/);
    const { message } = await publisher.publish();
    expect(message).toMatch(/built anew: CURRENT, or what it names, is damaged/);
    await served.refresh();
    expect(served.listWarnings()).toEqual([]);
    expect((await store.readCurrent())?.manifest.id).toBe(served.findManifest()?.id);
  });

  it('is blamed for a batch that cannot be built, and the next try reads everything anew', async () => {
    const { publisher, store, flip, landNext } = await open();
    await landNext();
    flip('silver.tracks', HEADER);
    await expect(publisher.publish()).rejects.toMatchObject({
      code: 'SNAPSHOT',
      message: expect.stringMatching(/silver\/tracks\/.* is not what was published/),
      hint: expect.stringMatching(/Retry the run/),
    });
    const { message, manifest } = await publisher.publish();
    expect(message).toMatch(/is damaged/);
    expect((await store.readCurrent())?.manifest.id).toBe(manifest?.id);
  });
});

describe('a lost file of the served snapshot', () => {
  it.each([
    ['the one before it', false],
    ['the one that was gone back from', true],
  ])('is healed by the next build though nothing is new to %s, which is served meanwhile', async (_, isRolledBack) => {
    const { publisher, store } = await open();
    const first = (await store.readCurrent())?.manifest.id ?? '';
    const { manifest: second } = await publisher.publish({ force: true });
    if (isRolledBack) await store.rollback(first);
    rmSync(join(publisher.dataDir, 'snapshots', `${isRolledBack ? first : second?.id}.json`));
    expect((await store.readCurrent())?.manifest.id).toBe(isRolledBack ? second?.id : first);
    const { message, manifest } = await publisher.publish();
    expect(message).toMatch(/built anew: CURRENT, or what it names, is damaged/);
    expect(await store.readCurrent()).toEqual({ manifest, warnings: [] });
  });
});

describe('blameDamage', () => {
  const failure = new Error('Binder Error');
  /** What comes of work that fails, and of which snapshots word of damage was left. */
  async function blame(
    how: 'FULL' | 'INCREMENTAL',
    findDamage: () => Promise<string | null>,
    signal = new AbortController().signal,
  ): Promise<{ thrown: unknown; noted: string[] }> {
    const noted: string[] = [];
    const snapshots = { findDamage, noteDamage: async (id: string) => void noted.push(id) };
    const plan = { how, parent: { id: 's1' } };
    const thrown = await blameDamage({ snapshots, signal } as never, { plan } as never, () =>
      Promise.reject(failure),
    ).catch((error: unknown) => error);
    return { thrown, noted };
  }

  it('names the damaged file, and leaves word', async () => {
    const { thrown, noted } = await blame('INCREMENTAL', async () => 'gold/tracks/x.parquet cannot be read');
    expect(thrown).toMatchObject({
      code: 'SNAPSHOT',
      message: expect.stringContaining('x.parquet'),
      cause: failure,
    });
    expect(noted).toEqual(['s1']);
  });

  const looks: readonly [string, 'FULL' | 'INCREMENTAL', () => Promise<string | null>][] = [
    ['no file is damaged', 'INCREMENTAL', async () => null],
    ['the files cannot be looked at', 'INCREMENTAL', () => Promise.reject(new Error('EMFILE'))],
    ['everything is built anew', 'FULL', async () => 'gold/tracks/x.parquet is missing'],
  ];
  it.each(looks)('throws what the work threw where %s', async (_, how, findDamage) => {
    expect(await blame(how, findDamage)).toEqual({ thrown: failure, noted: [] });
  });

  it('looks at nothing when the run is told to stop', async () => {
    const stopped = AbortSignal.abort();
    const look = () => Promise.reject(new Error('looked'));
    expect(await blame('INCREMENTAL', look, stopped)).toEqual({ thrown: failure, noted: [] });
  });
});
