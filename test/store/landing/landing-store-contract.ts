// What every landing store promises. An adapter's test calls this with a way to open it.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  BatchFilter,
  LandedDocument,
  LandingStore,
  StoredDocument,
} from '../../../src/store/landing/landing-store.ts';

const document = (id: string, change: Partial<LandedDocument> = {}): LandedDocument => ({
  source: 'spotify',
  kind: 'track',
  id,
  fetchedAt: 1_000,
  body: JSON.stringify({ id }),
  ...change,
});

const BATCH = { id: 'batch-1', source: 'spotify', runId: 'run-1', openedAt: 500 };

async function readAll(
  store: LandingStore,
  batchId: string,
  kind: LandedDocument['kind'] = 'track',
): Promise<StoredDocument[]> {
  const all: StoredDocument[] = [];
  for await (const page of store.readBatch(batchId, kind, 2)) all.push(...page);
  return all;
}

/** @param sealCalls after which calls of its database, of those that a seal makes, a process may die with something written or not */
export function describeLandingStore(
  name: string,
  sealCalls: readonly [number, ...number[]],
  open: () => Promise<{
    store: LandingStore;
    /** Begins to seal a batch and dies after so many calls of its database. */
    dieInSeal(batchId: string, calls: number): Promise<void>;
    close(): Promise<void>;
  }>,
): void {
  describe(`${name} as a landing store`, () => {
    let store: LandingStore;
    let dieInSeal: (batchId: string, calls: number) => Promise<void>;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ store, dieInSeal, close } = await open());
    });
    afterEach(() => close());

    it('opens a batch once, whoever asks again', async () => {
      const first = await store.openBatch({ ...BATCH, note: { artists: 2 } });
      const second = await store.openBatch({ ...BATCH, runId: 'run-2', openedAt: 900 });
      expect(second).toEqual(first);
      expect(first).toMatchObject({
        runId: 'run-1',
        sealedAt: null,
        counts: [],
        contentHash: null,
        note: { artists: 2 },
      });
    });

    it('lets go of the bodies of a sealed batch, and keeps keys, times, hashes and what crawls read again', async () => {
      await store.openBatch(BATCH);
      const many = Array.from({ length: 30 }, (_, at) => document(`id-${String(at).padStart(2, '0')}`));
      await store.land('batch-1', [
        ...many,
        document('a', { kind: 'ranking' }),
        document('b', { kind: 'album' }),
        document('c', { kind: 'miss' }),
      ]);
      await expect(store.releaseBodies('batch-1', 5)).rejects.toMatchObject({ code: 'RUN_STATE' });
      await expect(store.releaseBodies('batch-9', 5)).rejects.toMatchObject({ code: 'RUN_STATE' });
      const sealed = await store.sealBatch('batch-1', 4);
      expect(sealed).toMatchObject({ releasingSince: null, isReleased: false });
      expect(await store.releaseBodies('batch-1', 5)).toBe(31);
      expect(await store.releaseBodies('batch-1', 6)).toBe(0);
      const released = { ...sealed, releasingSince: 5, isReleased: true };
      expect(await store.findBatch('batch-1')).toEqual(released);
      expect(await store.sealBatch('batch-1', 9)).toEqual(released);
      const gone = {
        code: 'RUN_STATE',
        message: expect.stringContaining('have left the landing store for bronze'),
      };
      await expect(readAll(store, 'batch-1')).rejects.toMatchObject(gone);
      const key = { source: 'spotify', batchId: 'batch-1' };
      await expect(store.findDocument({ ...key, kind: 'album', id: 'b' })).rejects.toMatchObject(gone);
      expect(await store.findDocument({ ...key, kind: 'album', id: 'x' })).toBeNull();
      expect(await readAll(store, 'batch-1', 'ranking')).toMatchObject([{ id: 'a', body: '{"id":"a"}' }]);
      expect(await store.findDocument({ ...key, kind: 'miss', id: 'c' })).toMatchObject({
        body: '{"id":"c"}',
      });
      expect(await store.findLandedIds('batch-1', 'spotify', 'track', ['id-07', 'id-99'])).toEqual(
        new Set(['id-07']),
      );
      expect(await store.findLatestFetches('spotify', 'track', ['id-00', 'id-99'])).toEqual(
        new Map([['id-00', 1_000]]),
      );
    });

    it('takes a sealed batch out of builds and back, keeps when it went, and lets nothing else of it change', async () => {
      await store.openBatch(BATCH);
      await store.land('batch-1', [document('a')]);
      await expect(store.withdrawBatch('batch-1', 5)).rejects.toMatchObject({ code: 'RUN_STATE' });
      await expect(store.withdrawBatch('batch-9', 5)).rejects.toMatchObject({ code: 'RUN_STATE' });
      for (const id of ['batch-1', 'batch-9'])
        await expect(store.restoreBatch(id)).rejects.toMatchObject({ code: 'RUN_STATE' });
      const sealed = await store.sealBatch('batch-1', 4);
      expect(sealed.withdrawnAt).toBeNull();
      expect(await store.restoreBatch('batch-1')).toEqual(sealed);
      for (const at of [5, 6])
        expect(await store.withdrawBatch('batch-1', at)).toEqual({ ...sealed, withdrawnAt: 5 });
      expect(await store.listBatches({ sealed: true })).toEqual([{ ...sealed, withdrawnAt: 5 }]);
      expect(await readAll(store, 'batch-1')).toHaveLength(1);
      const fetched = () => store.findLatestFetches('spotify', 'track', ['a']);
      expect(await fetched()).toEqual(new Map());
      expect(await store.restoreBatch('batch-1')).toEqual(sealed);
      expect(await store.findBatch('batch-1')).toEqual(sealed);
      expect(await fetched()).toEqual(new Map([['a', 1_000]]));
    });

    it('lands a document twice without a second one, and counts what was new', async () => {
      await store.openBatch(BATCH);
      expect(await store.land('batch-1', [document('a'), document('b')])).toEqual({ landed: 2 });
      expect(await store.land('batch-1', [document('b'), document('c')])).toEqual({ landed: 1 });
      expect((await readAll(store, 'batch-1')).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    });

    it('keeps the later body of a key that is landed again', async () => {
      await store.openBatch(BATCH);
      await store.land('batch-1', [document('a', { body: '{"popularity":80}' })]);
      await store.land('batch-1', [document('a', { body: '{"popularity":81}', fetchedAt: 2_000 })]);
      const [only] = await readAll(store, 'batch-1');
      expect(only).toMatchObject({ body: '{"popularity":81}', fetchedAt: 2_000 });
    });

    it('hashes the body as received', async () => {
      await store.openBatch(BATCH);
      const body = '{ "name" : "Beyoncé \\u0000 🎸" }';
      await store.land('batch-1', [document('a', { body })]);
      const [only] = await readAll(store, 'batch-1');
      expect(only?.body).toBe(body);
      expect(only?.contentHash).toBe(createHash('sha256').update(body).digest('hex'));
    });

    it('joins the documents of one kind and source, apart where one holds what separates them or is large', async () => {
      await store.openBatch(BATCH);
      const bodies = ['é', 'a', 'x\u001ey', 'b', 'c', '🎸'.repeat(3_000_000), 'd', '', 'e'];
      await store.land('batch-1', [
        ...bodies.map((body, at) => document(`id-${at}`, { body })),
        document('f', { source: 'spotify2' }),
        document('g', { kind: 'album' }),
      ]);
      await store.sealBatch('batch-1', 2_000);
      const pages: { documents: number; ids: string[]; bodies: string[]; at: string[]; hashes: string[] }[] =
        [];
      for await (const { documents, ...page } of store.readJoined('batch-1', 'track', 'spotify', 3)) {
        const split = (field: Uint8Array) => {
          const text = Buffer.from(field).toString();
          return documents === 1 ? [text] : text.split('\u001e');
        };
        const { ids, bodies, fetchedAts, contentHashes } = page;
        pages.push({
          documents,
          ids: split(ids),
          bodies: split(bodies),
          at: split(fetchedAts),
          hashes: split(contentHashes),
        });
      }
      expect(pages.flatMap(({ ids }) => ids)).toEqual(bodies.map((_, at) => `id-${at}`));
      expect(pages.flatMap((page) => page.bodies)).toEqual(bodies);
      expect(pages.flatMap(({ at }) => at)).toEqual(bodies.map(() => '1000'));
      expect(pages.flatMap(({ hashes }) => hashes)).toEqual(
        bodies.map((body) => createHash('sha256').update(body).digest('hex')),
      );
      expect(pages.every(({ documents, ids }) => documents === ids.length && documents <= 3)).toBe(true);
      const ends = pages.map((_, at) =>
        pages.slice(0, at + 1).reduce((sum, { documents }) => sum + documents, 0),
      );
      expect(ends).toEqual(expect.arrayContaining([3, 6, 9]));
    });

    it('lands all of a call or none of it', async () => {
      await store.openBatch(BATCH);
      const broken = [document('a'), { ...document('b'), body: null as unknown as string }];
      await expect(store.land('batch-1', broken)).rejects.toThrow();
      expect(await readAll(store, 'batch-1')).toEqual([]);
    });

    it('refuses a batch that was not opened, and one that is sealed', async () => {
      await expect(store.land('nowhere', [document('a')])).rejects.toMatchObject({ code: 'RUN_STATE' });
      await store.openBatch(BATCH);
      await store.sealBatch('batch-1', 2_000);
      await expect(store.land('batch-1', [document('a')])).rejects.toMatchObject({ code: 'RUN_STATE' });
      await expect(store.discardBatch('batch-1')).rejects.toMatchObject({ code: 'RUN_STATE' });
    });

    it('seals with counts per source and kind, once', async () => {
      await store.openBatch(BATCH);
      await store.land('batch-1', [
        document('a'),
        document('b'),
        document('x', { kind: 'artist' }),
        document('a', { source: 'sandbox' }),
      ]);
      const sealed = await store.sealBatch('batch-1', 2_000);
      expect(sealed.counts).toEqual([
        { source: 'sandbox', kind: 'track', documents: 1 },
        { source: 'spotify', kind: 'artist', documents: 1 },
        { source: 'spotify', kind: 'track', documents: 2 },
      ]);
      expect(await store.sealBatch('batch-1', 9_000)).toEqual(sealed);
    });

    it.each(
      sealCalls,
    )('takes documents or is sealed when it is opened after a seal that died at call %i', async (calls) => {
      const documents = [document('a'), document('b')];
      await store.openBatch({ ...BATCH, id: 'whole' });
      await store.land('whole', documents);
      const { counts, contentHash } = await store.sealBatch('whole', 2_000);

      await store.openBatch({ ...BATCH, note: { artists: 2 } });
      await store.land('batch-1', documents);
      await dieInSeal('batch-1', calls);
      expect(await store.findBatch('batch-1')).toMatchObject({ sealedAt: null });
      const again = await store.openBatch({ ...BATCH, runId: 'run-2', openedAt: 900 });
      expect(again).toMatchObject({ runId: 'run-1', openedAt: 500, note: { artists: 2 } });
      if (again.sealedAt === null) await store.land('batch-1', documents);
      else expect(again).toMatchObject({ sealedAt: 900, counts, contentHash });
      expect(await store.sealBatch('batch-1', 2_000)).toMatchObject({ counts, contentHash });
      expect(await readAll(store, 'batch-1')).toMatchObject([{ id: 'a' }, { id: 'b' }]);
    });

    it.each([
      sealCalls[0],
      Math.max(...sealCalls),
    ])('forgets a discarded batch whose seal died at call %i', async (calls) => {
      await store.openBatch(BATCH);
      await store.land('batch-1', [document('a')]);
      await dieInSeal('batch-1', calls);
      await store.discardBatch('batch-1');
      await store.openBatch(BATCH);
      expect(await store.land('batch-1', [document('a')])).toEqual({ landed: 1 });
    });

    it('gives the same content hash for the same documents in any order and repetition', async () => {
      const seed = 20261120;
      const keys = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 12 });
      let n = 0;
      await fc.assert(
        fc.asyncProperty(keys, fc.infiniteStream(fc.nat()), async (ids, chance) => {
          const hashOf = async (order: readonly string[]) => {
            const batch = { ...BATCH, id: `property-${n++}` };
            await store.openBatch(batch);
            for (const id of order) await store.land(batch.id, [document(id)]);
            return (await store.sealBatch(batch.id, 1)).contentHash;
          };
          const shuffled = [...ids].sort(() => (chance.next().value % 3) - 1);
          expect(await hashOf([...shuffled, ...ids])).toBe(await hashOf(ids));
        }),
        { seed, numRuns: 50 },
      );
    });

    it('lists batches oldest first, sealed or open', async () => {
      await store.openBatch({ ...BATCH, id: 'late', openedAt: 900 });
      await store.openBatch({ ...BATCH, id: 'early', openedAt: 100 });
      await store.sealBatch('late', 1_000);
      expect((await store.listBatches()).map(({ id }) => id)).toEqual(['early', 'late']);
      expect((await store.listBatches({ sealed: true })).map(({ id }) => id)).toEqual(['late']);
      expect((await store.listBatches({ sealed: false })).map(({ id }) => id)).toEqual(['early']);
    });

    it('lists batches newest first, by page and filter, and counts them', async () => {
      const seal = async (id: string, openedAt: number, change: object = {}) => {
        await store.openBatch({ ...BATCH, id, openedAt, ...change });
        return store.sealBatch(id, openedAt + 1);
      };
      const first = await seal('a', 1);
      // Of two opened at one instant the id decides.
      await seal('c', 2, { source: 'kworb', runId: 'run-2' });
      await seal('b', 2, { runId: 'origin', note: { wantedBy: 'run-2' } });
      await store.withdrawBatch('b', 9);
      await store.openBatch({ ...BATCH, id: 'd', openedAt: 3, note: { file: '"wantedBy":"run-2"' } });
      const list = async (filter: BatchFilter, page: { first: number; after?: string } = { first: 9 }) => {
        const { batches, hasMore } = await store.listNewestBatches({ filter, ...page });
        return [...batches.map(({ id }) => id), ...(hasMore ? ['...'] : [])].join(' ');
      };
      expect(await list({})).toBe('d c b a');
      expect(await list({}, { first: 2 })).toBe('d c ...');
      expect(await list({}, { first: 2, after: 'c' })).toBe('b a');
      expect(await list({}, { first: 1, after: 'c' })).toBe('b ...');
      const filters: [BatchFilter, string][] = [
        [{ sealed: true }, 'c b a'],
        [{ sealed: false }, 'd'],
        [{ statuses: ['OPEN'] }, 'd'],
        [{ statuses: ['SEALED'] }, 'c a'],
        [{ statuses: ['WITHDRAWN', 'OPEN'] }, 'd b'],
        [{ statuses: [] }, ''],
        [{ sources: ['kworb'] }, 'c'],
        [{ runIds: ['run-2'] }, 'c b'],
        [{ runIds: ['run-1', '.*', "'"] }, 'd a'],
        [{ ids: ['a', 'd', 'x'] }, 'd a'],
        [{ notIds: ['a', 'd', 'x'] }, 'c b'],
        [{ ids: ['a', 'c'], notIds: ['c'], statuses: ['SEALED'], sources: ['spotify'] }, 'a'],
      ];
      for (const [filter, ids] of filters) {
        expect([filter, await list(filter)]).toEqual([filter, ids]);
        expect(await store.countBatches(filter)).toBe(ids === '' ? 0 : ids.split(' ').length);
        const oldestFirst = (await store.listBatches(filter)).map(({ id }) => id);
        expect(oldestFirst.toReversed().join(' ')).toBe(ids);
      }
      expect((await store.listNewestBatches({ filter: { ids: ['a'] }, first: 1 })).batches).toEqual([first]);
      expect(await store.countBatches()).toBe(4);
    });

    it('forgets a discarded batch whole, and no other', async () => {
      await store.openBatch(BATCH);
      await store.openBatch({ ...BATCH, id: 'batch-10' });
      const many = Array.from({ length: 1_001 }, (_, n) => document(`t${n}`));
      await store.land('batch-1', [...many, document('a', { kind: 'artist' })]);
      await store.land('batch-10', [document('a')]);
      await store.discardBatch('batch-1');
      expect(await store.findBatch('batch-1')).toBeNull();
      await store.openBatch(BATCH);
      expect(await readAll(store, 'batch-1')).toEqual([]);
      expect(await store.findLandedIds('batch-1', 'spotify', 'artist', ['a'])).toEqual(new Set());
      expect(await readAll(store, 'batch-10')).toHaveLength(1);
      await store.discardBatch('batch-1');
      await expect(store.discardBatch('batch-1')).rejects.toMatchObject({ code: 'RUN_STATE' });
    });

    it('says which ids a batch holds', async () => {
      await store.openBatch(BATCH);
      await store.land('batch-1', [document('a'), document('b')]);
      expect(await store.findLandedIds('batch-1', 'spotify', 'track', ['a', 'c'])).toEqual(new Set(['a']));
      expect(await store.findLandedIds('batch-1', 'sandbox', 'track', ['a'])).toEqual(new Set());
    });

    it('finds one document by its key', async () => {
      await store.openBatch(BATCH);
      await store.land('batch-1', [document('a')]);
      const key = { source: 'spotify', kind: 'track', id: 'a', batchId: 'batch-1' } as const;
      expect(await store.findDocument(key)).toMatchObject({ id: 'a', runId: 'run-1', batchId: 'batch-1' });
      expect(await store.findDocument({ ...key, id: 'b' })).toBeNull();
    });

    it('leaves out batches that are excerpts where whole ones are asked for', async () => {
      const land = async (id: string, fetchedAt: number, note: Record<string, unknown>) => {
        await store.openBatch({ ...BATCH, id, note });
        await store.land(id, [document('a', { fetchedAt })]);
        await store.sealBatch(id, fetchedAt);
      };
      const find = (wholeOnly: boolean) => store.findLatestFetches('spotify', 'track', ['a'], { wholeOnly });
      await land('excerpt-1', 1_000, { isExcerpt: true });
      expect(await find(true)).toEqual(new Map());
      await land('whole', 2_000, { isExcerpt: false });
      await land('excerpt-2', 3_000, { isExcerpt: true });
      expect(await find(true)).toEqual(new Map([['a', 2_000]]));
      expect(await find(false)).toEqual(new Map([['a', 3_000]]));
    });

    it('leaves out versions that were fetched after a time', async () => {
      for (const fetchedAt of [1_000, 2_000, 3_000]) {
        const id = `batch-${fetchedAt}`;
        await store.openBatch({ ...BATCH, id });
        await store.land(id, [document('a', { fetchedAt })]);
        await store.sealBatch(id, fetchedAt);
      }
      const find = (notAfter: number) =>
        store.findLatestFetches('spotify', 'track', ['a'], { notAfter, wholeOnly: notAfter < 3_000 });
      expect(await find(999)).toEqual(new Map());
      expect(await find(2_000)).toEqual(new Map([['a', 2_000]]));
      expect(await find(9_000)).toEqual(new Map([['a', 3_000]]));
    });

    it('knows the latest fetch of sealed batches only', async () => {
      await store.openBatch(BATCH);
      await store.land('batch-1', [document('a', { fetchedAt: 1_000 })]);
      expect(await store.findLatestFetches('spotify', 'track', ['a', 'b'])).toEqual(new Map());
      await store.sealBatch('batch-1', 2_000);
      await store.openBatch({ ...BATCH, id: 'batch-2' });
      await store.land('batch-2', [document('a', { fetchedAt: 5_000 })]);
      expect(await store.findLatestFetches('spotify', 'track', ['a', 'b'])).toEqual(new Map([['a', 1_000]]));
      await store.sealBatch('batch-2', 6_000);
      expect(await store.findLatestFetches('spotify', 'track', ['a'])).toEqual(new Map([['a', 5_000]]));
    });
  });
}
