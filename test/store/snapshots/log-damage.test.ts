import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { createCheckpoints } from '../../../src/store/snapshots/delta-checkpoint.ts';
import { nameOf, nameOfCheckpoint } from '../../../src/store/snapshots/delta-names.ts';
import { localFiles } from '../../../src/store/snapshots/files.ts';
import { findLogDamage, type LogDamage } from '../../../src/store/snapshots/log-damage.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { openPublisher } from '../../fixtures/published.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

/** Publishes gold.tracks so often; with what is said of its log beside any of these snapshots. */
async function publish(times: number) {
  const dataDir = makeTempFolder();
  const publisher = await openPublisher(dataDir);
  const checkpoints = createCheckpoints(localFiles, dataDir, systemClock);
  onTestFinished(async () => {
    await checkpoints.close();
    await publisher.close();
  });
  const manifests: Manifest[] = [];
  for (let n = 0; n < times; n++)
    manifests.push(await publisher.publish({ 'gold.tracks': `select ${n} as n` }));
  const at = (index: number): Manifest => {
    const manifest = manifests.at(index);
    if (!manifest) throw new Error(`snapshot ${index} was not published`);
    return manifest;
  };
  const log = join(dataDir, 'gold/tracks/_delta_log');
  return {
    store: publisher.store,
    log,
    at,
    entry: (version: number) => join(log, nameOf(version)),
    look: (manifest: Manifest): Promise<LogDamage> => findLogDamage(dataDir, manifest, checkpoints),
  };
}

const WHOLE: LogDamage = { damaged: [], elsewhere: [] };
const damaged = (what: string): LogDamage => ({ damaged: [`gold.tracks: ${what}`], elsewhere: [] });

it('finds a log whole that began anew at 0, though the snapshot names a later version', async () => {
  const { store, log, at, look } = await publish(4);
  expect(at(-1).relations[0]?.deltaVersion).toBe(3);
  rmSync(log, { recursive: true });
  expect(await look(at(-1))).toEqual(damaged('version 0 is missing'));
  await store.restoreTables(async () => {});
  expect(await look(at(-1))).toEqual(WHOLE);
});

it('reads what a rollback wrote above the version that the snapshot names', async () => {
  const { store, at, entry, look } = await publish(3);
  await store.rollback(at(1).id);
  expect(await look(at(1))).toEqual(WHOLE);
  writeFileSync(entry(3), '{"add":');
  expect(await look(at(1))).toEqual(damaged('version 3 cannot be read'));
  rmSync(entry(2));
  expect(await look(at(1))).toEqual(damaged('version 2 is missing'));
});

it('names the tables of which the newest version holds other files, though each entry is whole', async () => {
  const { at, entry, look } = await publish(3);
  expect(await look(at(1))).toEqual({ damaged: [], elsewhere: ['gold.tracks'] });
  rmSync(entry(2));
  expect(await look(at(1))).toEqual(WHOLE);
  // The same number of files, and one of them another.
  copyFileSync(entry(0), entry(1));
  expect(await look(at(1))).toEqual({ damaged: [], elsewhere: ['gold.tracks'] });
});

it('reads from the newest checkpoint on, which has to be whole', async () => {
  const { log, at, entry, look } = await publish(12);
  const checkpoint = join(log, nameOfCheckpoint(10));
  rmSync(entry(4));
  expect(await look(at(-1))).toEqual(WHOLE);
  rmSync(entry(11));
  expect(await look(at(-2))).toEqual(WHOLE);
  writeFileSync(checkpoint, 'PAR1');
  expect(await look(at(-2))).toEqual(damaged('checkpoint 10 cannot be read'));
});
