import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness, systemClock } from '../../../src/clock.ts';
import { StoreError } from '../../../src/errors.ts';
import type { Files } from '../../../src/store/snapshots/files.ts';
import { findAsOf } from '../../../src/store/snapshots/kept.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { openPublisher } from '../../fixtures/published.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';
import { haltFiles, interceptFiles, WRITE_CALLS } from './fault-files.ts';

const rows = (n: number) => ({
  'gold.artists': `select ${n} as n`,
  'gold.tracks': `select ${n} as n`,
});

const FACTS = { runId: null, batches: [], recipe: '', checks: [], coverage: [], lineage: [] };

let dataDir: string;
beforeEach(() => {
  dataDir = makeTempFolder();
});

/** Publishes from a process of its own, whose disk fails where `isBroken` says so of a call ("rename gold/tracks"). */
async function publish(n: number, isBroken: (call: string) => boolean = () => false): Promise<Manifest> {
  const files = interceptFiles((_, name) => {
    const call = files.calls.at(-1) ?? name;
    if (isBroken(call)) throw Object.assign(new Error(`no space at "${call}"`), { code: 'ENOSPC' });
  });
  const publisher = await openPublisher(dataDir, files);
  onTestFinished(() => publisher.close());
  return publisher.publish(rows(n));
}

/** A candidate with one relation, over a disk of its own. */
async function beginCandidate(files?: Files) {
  const publisher = await openPublisher(dataDir, files);
  onTestFinished(() => publisher.close());
  const candidate = await publisher.store.beginCandidate();
  await candidate.writeRelation(publisher.db, { layer: 'gold', name: 'tracks', select: 'select 2 as n' });
  return candidate;
}

const openStore = () => createSnapshotStore({ dataDir, clock: systemClock, random: seededRandomness(5) });

/** The files that a reader of the Delta table finds named in its newest version. */
function readDeltaFiles(relation: string): string[] {
  const log = join(dataDir, relation, '_delta_log');
  const active = new Set<string>();
  for (const name of readdirSync(log).filter((entry) => entry.endsWith('.json'))) {
    for (const line of readFileSync(join(log, name), 'utf8').trim().split('\n')) {
      const { add, remove } = JSON.parse(line) as { add?: { path: string }; remove?: { path: string } };
      if (remove) active.delete(remove.path);
      if (add) active.add(add.path);
    }
  }
  return [...active].map((path) => `${relation}/${path}`);
}

const namesOf = (manifest: Manifest, relation: string) =>
  manifest.relations
    .filter(({ layer, name }) => `${layer}/${name}` === relation)
    .flatMap(({ files }) => files.map(({ path }) => path));

/** A write of CURRENT under its temporary name. */
const isCurrent = (call: string) => call.startsWith('write ') && call.includes('.CURRENT');

describe('a publish that fails after its first Delta commit', () => {
  it('puts the tables back to what CURRENT names', async () => {
    const first = await publish(1);
    for (const isBroken of [isCurrent, (call: string) => call.startsWith('write snapshots/')]) {
      await expect(publish(2, isBroken)).rejects.toMatchObject({ code: 'ENOSPC' });
      for (const relation of ['gold/artists', 'gold/tracks'])
        expect(readDeltaFiles(relation)).toEqual(namesOf(first, relation));
    }
  });

  it('leaves tables that cannot be put back with every file they name, until the next publish', async () => {
    await publish(1);
    let hasFailed = false;
    // From CURRENT on there is no space for anything.
    const isBroken = (call: string) => {
      hasFailed ||= isCurrent(call);
      return hasFailed && call.startsWith('write ');
    };
    await expect(publish(2, isBroken)).rejects.toMatchObject({ code: 'ENOSPC' });
    for (const relation of ['gold/artists', 'gold/tracks'])
      expect(readDeltaFiles(relation).filter((path) => !existsSync(join(dataDir, path)))).toEqual([]);
    const third = await publish(3);
    expect(readDeltaFiles('gold/tracks')).toEqual(namesOf(third, 'gold/tracks'));
  });

  it('is no snapshot: it is not listed, not found by time or id, and takes no place of one that is kept', async () => {
    const first = await publish(1);
    let lost = '';
    await publish(2, (call) => {
      lost ||= /link snapshots\/\.([0-9a-f-]+)\.json/.exec(call)?.[1] ?? '';
      return isCurrent(call);
    }).catch(() => null);
    const store = openStore();
    expect((await store.listManifests()).map(({ id }) => id)).toEqual([first.id]);
    expect((await findAsOf(store, { time: Date.now() + 1_000 })).id).toBe(first.id);
    expect(lost).not.toBe('');
    expect(await store.findManifest(lost)).toBeNull();
    await expect(store.rollback(lost)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const { removed } = await store.sweep({ keep: 1, graceMs: 0 });
    expect(removed.filter((path) => namesOf(first, 'gold/tracks').includes(path))).toEqual([]);
  });
});

describe('a manifest that was written by a process which died before it moved CURRENT', () => {
  it('is no snapshot, and is swept once its grace is over', async () => {
    const first = await publish(1);
    let isDead = false;
    await publish(2, (call) => {
      isDead ||= isCurrent(call);
      return isDead;
    }).catch(() => null);
    expect(readdirSync(join(dataDir, 'snapshots')).filter((name) => name.endsWith('.json'))).toHaveLength(2);
    const store = openStore();
    expect((await store.listManifests()).map(({ id }) => id)).toEqual([first.id]);
    await store.sweep({ keep: 1, graceMs: 0 });
    expect(readdirSync(join(dataDir, 'snapshots'))).toEqual([`${first.id}.json`]);
    expect((await store.readCurrent())?.warnings).toEqual([]);
  });
});

describe('a publish whose last sync fails after CURRENT has moved', () => {
  it('keeps the snapshot that is current now whole', async () => {
    await publish(1);
    let hasMoved = false;
    const isBroken = (call: string) => {
      const isLast = hasMoved && call.startsWith('syncFolder ');
      hasMoved ||= call.startsWith('rename ') && call.includes('.CURRENT');
      return isLast;
    };
    await expect(publish(2, isBroken)).rejects.toMatchObject({ code: 'ENOSPC' });
    const current = await openStore().readCurrent();
    expect(current?.warnings).toEqual([]);
    expect(current?.manifest.parentId).not.toBeNull();
  });

  it('is published when it is tried again, once the sync is done', async () => {
    let failures = 0;
    const files = interceptFiles((_, name) => {
      const hasMoved = files.calls.some((call) => call.startsWith('rename ') && call.includes('.CURRENT'));
      if (hasMoved && name === 'syncFolder' && ++failures <= 2)
        throw Object.assign(new Error('busy'), { code: 'EIO' });
    });
    const candidate = await beginCandidate(files);
    for (const _ of [1, 2]) await expect(candidate.publish(FACTS)).rejects.toMatchObject({ code: 'EIO' });
    const manifest = await candidate.publish(FACTS);
    expect(failures).toBe(3);
    expect(await openStore().readCurrent()).toEqual({ manifest, warnings: [] });
  });
});

describe('a publish that is tried again after it has succeeded', () => {
  it('answers with the snapshot that it has published, and writes nothing', async () => {
    const files = interceptFiles(() => {}, WRITE_CALLS);
    const candidate = await beginCandidate(files);
    const manifest = await candidate.publish(FACTS);
    const before = files.calls.length;
    expect(await candidate.publish(FACTS)).toEqual(manifest);
    await candidate.discard();
    expect(files.calls).toHaveLength(before);
    expect(await openStore().readCurrent()).toEqual({ manifest, warnings: [] });
  });
});

describe('a publish whose last look at the lease fails', () => {
  it('is published when it is tried again, from the versions it had committed', async () => {
    await publish(1);
    const candidate = await beginCandidate();
    const busy = new StoreError('The database is locked.', { isRetryable: true });
    let asked = 0;
    const isBusyOnce = async () => {
      if (++asked === 2) throw busy;
    };
    await expect(candidate.publish(FACTS, isBusyOnce)).rejects.toBe(busy);
    const manifest = await candidate.publish(FACTS, isBusyOnce);
    await candidate.discard();
    expect(manifest.relations.map(({ deltaVersion }) => deltaVersion)).toEqual([1]);
    expect(await openStore().readCurrent()).toEqual({ manifest, warnings: [] });
  });
});

describe('a publish that is left behind, and whose candidate is discarded meanwhile', () => {
  it.each([
    ['a look at a Delta log', 'list tracks/_delta_log', 'old'],
    ['a Delta commit', 'link _delta_log/', 'old'],
    ['the write of its manifest', 'link snapshots/', 'old'],
    ['the move of CURRENT', 'rename ', 'new'],
  ])('at %s (%s) leaves the %s snapshot whole, with the tables that belong to it', async (_, point, outcome) => {
    const first = await publish(1);
    const halted = haltFiles(
      (call) => call.startsWith(point) && (outcome === 'old' || call.includes('.CURRENT')),
    );
    const publisher = await openPublisher(dataDir, halted.files);
    onTestFinished(() => publisher.close());
    const candidate = await publisher.store.beginCandidate();
    for (const name of ['artists', 'tracks'])
      await candidate.writeRelation(publisher.db, { layer: 'gold', name, select: 'select 2 as n' });
    writeFileSync(join(await candidate.openArtifact('similarity'), 'vectors'), 'x');
    await candidate.addArtifact('similarity');
    const publishing = candidate.publish(FACTS).then(
      () => 'new',
      () => 'old',
    );
    await halted.reached;
    const discarding = candidate.discard();
    halted.goOn();
    await discarding;
    expect(await publishing).toBe(outcome);
    const current = await openStore().readCurrent();
    expect(current?.warnings).toEqual([]);
    expect(current?.manifest.id).toBe(outcome === 'new' ? candidate.snapshotId : first.id);
    for (const relation of ['gold/artists', 'gold/tracks'])
      expect(readDeltaFiles(relation)).toEqual(namesOf(current?.manifest as Manifest, relation));
    expect(existsSync(join(dataDir, 'artifacts', candidate.snapshotId))).toBe(outcome === 'new');
    expect(existsSync(join(dataDir, 'snapshots', `${candidate.snapshotId}.json`))).toBe(outcome === 'new');
  });
});

describe('a publisher that stood still until another had published', () => {
  /** Stands still at a point of its publish, and is refused the lease from then on. */
  async function publishLate(
    point: string,
    names: readonly string[],
    meanwhile: () => Promise<unknown>,
  ): Promise<void> {
    const halted = haltFiles((call) => call.startsWith(point));
    const clock = createVirtualClock(Date.now());
    const publisher = await openPublisher(dataDir, halted.files, clock);
    onTestFinished(() => publisher.close());
    const candidate = await publisher.store.beginCandidate();
    for (const name of names)
      await candidate.writeRelation(publisher.db, { layer: 'gold', name, select: 'select 666 as n' });
    let isLost = false;
    const publishing = candidate.publish(FACTS, async () => {
      if (isLost) throw new Error('the lease was lost');
    });
    await halted.reached;
    isLost = true;
    await meanwhile();
    await clock.advance(60_000);
    halted.goOn();
    await expect(publishing).rejects.toThrow('the lease was lost');
    await candidate.discard();
  }

  it('commits to no table any more', async () => {
    await publish(1);
    let second: Manifest | undefined;
    await publishLate('list tracks/_delta_log', ['artists', 'tracks'], async () => {
      second = await publish(2);
    });
    for (const relation of ['gold/artists', 'gold/tracks'])
      expect(readDeltaFiles(relation)).toEqual(namesOf(second as Manifest, relation));
    expect((await openStore().readCurrent())?.manifest.id).toBe(second?.id);
  });

  it('and commits to a table that the other left as it was is served by none, and keeps its file until a publish puts that right', async () => {
    const publisher = await openPublisher(dataDir);
    onTestFinished(() => publisher.close());
    const rowsOf = (artist: number) => ({
      'gold.artists': `select ${artist} as n`,
      'gold.tracks': 'select 1 as n',
    });
    await publisher.publish(rowsOf(1));
    // Its last look at the lease is over: it writes the entry.
    await publishLate('write _delta_log/', ['tracks'], () => publisher.publish(rowsOf(2)));
    const store = openStore();
    const current = (await store.readCurrent())?.manifest as Manifest;
    const late = readDeltaFiles('gold/tracks')[0] ?? '';
    expect(late).not.toBe(namesOf(current, 'gold/tracks')[0]);
    expect((await store.sweep({ keep: 1, graceMs: 0 })).removed).not.toContain(late);
    expect(existsSync(join(dataDir, late))).toBe(true);
    const next = await publisher.publish(rowsOf(3));
    expect(readDeltaFiles('gold/tracks')).toEqual(namesOf(next, 'gold/tracks'));
    expect((await store.sweep({ keep: 1, graceMs: 0 })).removed).toContain(late);
  });
});

describe('a publish that fails beside a damaged snapshot', () => {
  it('puts the tables back to the snapshot that is served instead', async () => {
    const first = await publish(1);
    const second = await publish(2);
    rmSync(join(dataDir, namesOf(second, 'gold/tracks')[0] ?? ''));
    await expect(publish(3, isCurrent)).rejects.toMatchObject({ code: 'ENOSPC' });
    for (const relation of ['gold/artists', 'gold/tracks'])
      expect(readDeltaFiles(relation)).toEqual(namesOf(first, relation));
  });
});

describe('a snapshot that was published before a rollback', () => {
  it('stays a kept one, and can be gone back to', async () => {
    const first = await publish(1);
    const second = await publish(2);
    const store = openStore();
    await store.rollback(first.id);
    expect((await store.listManifests()).map(({ id }) => id)).toEqual([second.id, first.id]);
    expect((await store.rollback(second.id)).id).toBe(second.id);
  });
});

describe('a rollback that fails', () => {
  it('leaves the tables as the snapshot has them that is still served', async () => {
    const first = await publish(1);
    const second = await publish(2);
    const files = interceptFiles((_, name) => {
      if (isCurrent(files.calls.at(-1) ?? name))
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    });
    const store = createSnapshotStore({ dataDir, clock: systemClock, random: seededRandomness(6), files });
    await expect(store.rollback(first.id)).rejects.toMatchObject({ code: 'ENOSPC' });
    for (const relation of ['gold/artists', 'gold/tracks'])
      expect(readDeltaFiles(relation)).toEqual(namesOf(second, relation));
  });

  it('touches no table once the right to publish is lost, and what it had committed is put right by whoever has it', async () => {
    const first = await publish(1);
    const second = await publish(2);
    const store = openStore();
    let asked = 0;
    const lost = new Error('the lease was lost');
    const isLostAt = (at: number) => async () => {
      if (++asked >= at) throw lost;
    };
    await expect(store.rollback(first.id, isLostAt(1))).rejects.toBe(lost);
    expect(readDeltaFiles('gold/tracks')).toEqual(namesOf(second, 'gold/tracks'));
    expect(await store.restoreTables()).toEqual([]);
    asked = 0;
    await expect(store.rollback(first.id, isLostAt(2))).rejects.toBe(lost);
    expect(readDeltaFiles('gold/tracks')).toEqual(namesOf(first, 'gold/tracks'));
    expect(await store.restoreTables()).toEqual(['gold.artists', 'gold.tracks']);
    expect(readDeltaFiles('gold/tracks')).toEqual(namesOf(second, 'gold/tracks'));
    expect(await store.restoreTables()).toEqual([]);
  });
});
