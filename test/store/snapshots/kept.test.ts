import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { type AsOf, createKept, findAsOf } from '../../../src/store/snapshots/kept.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import type { Served } from '../../../src/store/snapshots/served.ts';
import type { SnapshotStore } from '../../../src/store/snapshots/snapshot-store.ts';
import { openPublisher } from '../../fixtures/published.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';

const DAYS = [4, 3, 2, 1];
const idOf = (day: number) => `2026110${day}-120000000-abcdef`;
const MANIFESTS = DAYS.map(
  (day) => ({ id: idOf(day), publishedAt: `2026-11-0${day}T12:00:00.000Z` }) as unknown as Manifest,
);
const store = {
  findManifest: async (id: string) => MANIFESTS.find((manifest) => manifest.id === id) ?? null,
  listManifests: async () => [...MANIFESTS],
  listRollbacks: async () => [],
  findDamage: async ({ id }: Manifest) => (id === idOf(1) ? 'gold/x.parquet is missing' : null),
} as unknown as SnapshotStore;

interface Opened {
  readonly id: string;
  isClosed: boolean;
  close(): Promise<void>;
}

/** Day 4 is served; what is opened beside it is on record. */
function openKept({ maxOpen = 1, idleMs = 1_000, findDamage = store.findDamage } = {}) {
  const opened: Opened[] = [];
  const looks: string[] = [];
  const clock = createVirtualClock();
  const toResource = (id: string): Opened => {
    const resource = {
      id,
      isClosed: false,
      close: async () => {
        resource.isClosed = true;
      },
    };
    return resource;
  };
  const [current] = MANIFESTS as [Manifest];
  const served = {
    findManifest: () => current,
    acquire: () => ({ manifest: current, resource: toResource('served'), release: () => {} }),
  } as unknown as Served<Opened>;
  const kept = createKept<Opened>({
    snapshots: {
      ...store,
      findDamage: (manifest) => {
        looks.push(manifest.id);
        return findDamage(manifest);
      },
    },
    served,
    open: async ({ id }) => {
      const resource = toResource(id);
      opened.push(resource);
      return resource;
    },
    maxOpen,
    idleMs,
    clock,
    log: silentLog,
  });
  return { kept, opened, looks, clock };
}

describe('createKept', () => {
  it('opens a snapshot once for all who ask, and closes it a while after the last has let go', async () => {
    const { kept, opened, clock } = openKept();
    const [a, b] = await Promise.all([
      kept.acquire({ snapshot: idOf(2) }),
      kept.acquire({ snapshot: idOf(2) }),
    ]);
    expect(opened.map(({ id }) => id)).toEqual([idOf(2)]);
    expect(a.resource).toBe(b.resource);
    a.release();
    a.release();
    await clock.advance(5_000);
    expect(opened[0]?.isClosed).toBe(false);
    b.release();
    await clock.advance(500);
    expect(opened[0]?.isClosed).toBe(false);
    await clock.advance(1_000);
    expect([opened[0]?.isClosed, kept.open]).toEqual([true, 0]);
    (await kept.acquire({ snapshot: idOf(2) })).release();
    expect(opened).toHaveLength(2);
  });

  it('reads the served snapshot where that is the one asked for, and opens nothing', async () => {
    const { kept, opened } = openKept();
    expect((await kept.acquire({ snapshot: idOf(4) })).resource.id).toBe('served');
    expect((await kept.acquire({ time: Date.UTC(2030, 0, 1) })).resource.id).toBe('served');
    expect(opened).toEqual([]);
  });

  it('closes the one unused for longest to make room, and refuses when all are in use', async () => {
    const { kept, opened, clock } = openKept({ maxOpen: 2, idleMs: 60_000 });
    const second = await kept.acquire({ snapshot: idOf(2) });
    const third = await kept.acquire({ snapshot: idOf(3) });
    const more = { time: Date.UTC(2026, 10, 1, 12) };
    await expect(kept.acquire(more)).rejects.toMatchObject({
      code: 'OVERLOADED',
      isRetryable: true,
      message: expect.stringContaining('2 older snapshots are being read'),
    });
    third.release();
    await clock.advance(10);
    second.release();
    // Day 1 is damaged, but it had its room by then.
    await expect(kept.acquire(more)).rejects.toMatchObject({ code: 'SNAPSHOT' });
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([false, true]);
  });

  it('holds no place for one that could not be opened', async () => {
    const { kept } = openKept();
    for (let tries = 0; tries < 3; tries++) {
      await expect(kept.acquire({ snapshot: idOf(1) })).rejects.toMatchObject({
        code: 'SNAPSHOT',
        message: expect.not.stringContaining('parquet'),
      });
    }
    expect(kept.open).toBe(0);
  });

  it('says whether one is whole, and opens nothing for it', async () => {
    const { kept, opened, looks, clock } = openKept();
    const asOf = { snapshot: idOf(2) };
    const found = await Promise.all([kept.findWhole(asOf), kept.findWhole(asOf)]);
    expect(found.map(({ id }) => id)).toEqual([idOf(2), idOf(2)]);
    (await kept.acquire(asOf)).release();
    expect(looks).toEqual([idOf(2)]);
    await kept.findWhole({ snapshot: idOf(4) });
    expect([looks.length, opened.length]).toEqual([1, 1]);
    // A file may have come back, and one that was whole is looked at again when nobody asked for a while.
    for (let tries = 0; tries < 2; tries++)
      await expect(kept.findWhole({ snapshot: idOf(1) })).rejects.toMatchObject({ code: 'SNAPSHOT' });
    await clock.advance(5_000);
    await kept.findWhole(asOf);
    expect(looks).toEqual([idOf(2), idOf(1), idOf(1), idOf(2)]);
  });

  it('looks at one snapshot after the other, and keeps a look under way however long it takes', async () => {
    const ends: (() => void)[] = [];
    const { kept, looks, clock } = openKept({
      findDamage: () => new Promise((resolve) => ends.push(() => resolve(null))),
    });
    const asked = [2, 3, 2].map((day) => kept.findWhole({ snapshot: idOf(day) }));
    await clock.advance(5_000);
    expect(looks).toEqual([idOf(2)]);
    asked.push(kept.findWhole({ snapshot: idOf(2) }));
    ends[0]?.();
    await clock.advance(500);
    expect(looks).toEqual([idOf(2), idOf(3)]);
    // Known for as long as any other, from when it was known.
    await kept.findWhole({ snapshot: idOf(2) });
    ends[1]?.();
    await Promise.all(asked);
    expect(looks).toHaveLength(2);
  });

  it('closes all at the end', async () => {
    const { kept, opened } = openKept();
    await kept.acquire({ snapshot: idOf(2) });
    await kept.close();
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([true]);
  });
});

describe('findAsOf', () => {
  const find = async (asOf: AsOf) => (await findAsOf(store, asOf)).id;

  it('finds by id, and by time the last that was published by then', async () => {
    expect(await find({ snapshot: idOf(3), time: null })).toBe(idOf(3));
    expect(await find({ time: Date.UTC(2026, 10, 2, 12) })).toBe(idOf(2));
    expect(await find({ time: Date.UTC(2026, 10, 3, 12) - 1 })).toBe(idOf(2));
  });

  it('finds by time what was served then, after rollbacks too, as long as that is kept', async () => {
    const clock = createVirtualClock(Date.UTC(2026, 10, 1));
    const publisher = await openPublisher(makeTempFolder(), undefined, clock);
    onTestFinished(() => publisher.close());
    const times: number[] = [];
    const at = async <T>(work: () => Promise<T>): Promise<T> => {
      clock.step(60_000);
      times.push(clock.now());
      return work();
    };
    const publish = (n: number) => at(() => publisher.publish({ 'gold.tracks': `select ${n} as n` }));
    const [first, second] = [await publish(1), await publish(2)];
    await at(() => publisher.store.rollback(first.id));
    await at(() => publisher.store.rollback(second.id));
    await at(() => publisher.store.rollback(first.id));
    const third = await publish(3);
    const served = await Promise.all(
      times.map(async (time) => (await findAsOf(publisher.store, { time })).id),
    );
    expect(served).toEqual([first.id, second.id, first.id, second.id, first.id, third.id]);
    // The oldest snapshot goes, and with it what is known of the time before the one after it.
    clock.step(60_000);
    await publisher.store.sweep({ keep: 1, graceMs: 0 });
    await expect(findAsOf(publisher.store, { time: times[4] ?? 0 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await publish(4);
    expect(await publisher.store.listRollbacks()).toEqual([]);
  });

  it('says that nothing has been published yet', async () => {
    const empty = { ...store, listManifests: async () => [], findManifest: async () => null };
    await expect(findAsOf(empty, { time: 0 })).rejects.toMatchObject({
      hint: 'None has been published yet.',
    });
    await expect(findAsOf(empty, { snapshot: idOf(1) })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
