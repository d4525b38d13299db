// What every outbox promises, run over SQLite and MongoDB.
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type Delivery,
  type DeliveryStore,
  LONGEST_PAUSE_MS,
} from '../../../src/store/deliveries/delivery-store.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const URL = 'https://example.test/hook?a=$b';

const delivery = (id: string, change: Partial<Delivery> = {}): Delivery => ({
  id,
  messageId: `m-${id}`,
  url: URL,
  type: 'run.failed',
  body: '{"a.b":{"$c":1}}',
  state: 'PENDING',
  tries: 0,
  createdAt: NOW,
  nextAt: NOW,
  lastError: null,
  ...change,
});

const take = (
  store: DeliveryStore,
  now: number,
  wanted: Partial<Parameters<DeliveryStore['take']>[1]> = {},
) => store.take(now, { urls: [URL], leaseMs: 1_000, first: 9, ...wanted });

/** @param openTwo the same new store, as two processes see it */
export function describeDeliveryStore(
  name: string,
  openTwo: () => Promise<[DeliveryStore, DeliveryStore]>,
): void {
  const open = async () => {
    const stores = await openTwo();
    onTestFinished(async () => {
      for (const store of stores) await store.close();
    });
    return stores;
  };
  const ids = (deliveries: readonly Delivery[]) => deliveries.map(({ id }) => id);

  describe(`DeliveryStore in ${name}`, () => {
    it('takes a delivery once, however often it is enqueued, and leaves what is known of it', async () => {
      const [store, other] = await open();
      expect(await store.enqueue([delivery('a'), delivery('b'), delivery('a')])).toBe(2);
      await store.settle('a', { state: 'DELIVERED', tries: 1, nextAt: 0, lastError: null });
      expect(await other.enqueue([delivery('a'), delivery('c')])).toBe(1);
      expect(await store.enqueue([])).toBe(0);
      expect(await other.countByState()).toEqual({ PENDING: 2, DELIVERED: 1, GIVEN_UP: 0 });
    });

    it('hands out what is for the addresses asked for, and leaves the others as they are', async () => {
      const [store, other] = await open();
      const theirs = delivery('theirs', { url: 'https://example.test/theirs' });
      await store.enqueue([delivery('a'), theirs]);
      expect(await take(store, NOW, { urls: [] })).toEqual([]);
      expect(ids(await take(store, NOW))).toEqual(['a']);
      expect(await other.countByState()).toEqual({ PENDING: 2, DELIVERED: 0, GIVEN_UP: 0 });
      expect(await take(other, NOW, { urls: [URL, theirs.url] })).toEqual([theirs]);
    });

    it('says of addresses what of that they refuse that is younger than the last they took, and what was given up', async () => {
      const [store] = await open();
      const other = 'https://example.test/other';
      await store.enqueue([
        ...['a', 'b', 'c', 'd'].map((id, n) => delivery(id, { createdAt: NOW + n })),
        delivery('x', { url: other, createdAt: NOW + 9 }),
      ]);
      const examine = async () => (await store.examine([URL, other]))[0];
      const none = { waiting: null, lost: null, givenUp: 0, whyGivenUp: null };
      expect(await store.examine([other, URL])).toEqual([
        { url: other, ...none },
        { url: URL, ...none },
      ]);
      const settle = (id: string, state: Delivery['state'], tries: number, at = NOW) =>
        store.settle(id, { state, tries, nextAt: at, lastError: state === 'DELIVERED' ? null : `of ${id}` });
      await settle('a', 'DELIVERED', 2);
      await settle('b', 'GIVEN_UP', 9, NOW + 7);
      await settle('c', 'GIVEN_UP', 9, NOW + 5);
      await settle('d', 'PENDING', 1);
      const gone = { givenUp: 2, whyGivenUp: 'of c' };
      expect(await examine()).toEqual({
        url: URL,
        waiting: { tries: 1, lastError: 'of d' },
        lost: { nextAt: NOW + 7, lastError: 'of b' },
        ...gone,
      });
      await settle('c', 'PENDING', 4);
      expect(await examine()).toMatchObject({ waiting: { tries: 4, lastError: 'of c' }, givenUp: 1 });
      await settle('c', 'DELIVERED', 5);
      expect(await examine()).toMatchObject({ waiting: { lastError: 'of d' }, lost: null, givenUp: 1 });
      await settle('d', 'DELIVERED', 2);
      expect(await examine()).toMatchObject({ waiting: null, lost: null, whyGivenUp: 'of b' });
    });

    it('hands out one by one, as it is on record, what waits for hours at an address, and nothing that may be under way', async () => {
      const [store, other] = await open();
      const later = NOW + LONGEST_PAUSE_MS;
      const late = delivery('late', { tries: 8, nextAt: later });
      await store.enqueue([
        late,
        delivery('later', { nextAt: later + 1 }),
        delivery('under way', { nextAt: NOW + 240_000 }),
        delivery('gone', { state: 'GIVEN_UP', nextAt: later }),
        delivery('theirs', { url: 'https://example.test/theirs', nextAt: later }),
      ]);
      const takeWaiting = async (...besides: string[]) =>
        (await other.takeWaiting(URL, NOW, { leaseMs: 1_000, besides: new Set(besides) }))?.id;
      const wanted = { leaseMs: 1_000, besides: new Set<string>() };
      expect(await store.takeWaiting(URL, NOW, wanted)).toEqual(late);
      expect(await takeWaiting('later')).toBeUndefined();
      expect(await takeWaiting()).toBe('later');
      expect(await takeWaiting()).toBeUndefined();
      expect(await take(store, NOW + 999)).toEqual([]);
      expect(ids(await take(store, NOW + 1_000))).toEqual(['late', 'later']);
    });

    it('says of an address what it refused of all that came with the last that it took', async () => {
      const [store] = await open();
      await store.enqueue([delivery('a'), delivery('b'), delivery('c')]);
      await store.settle('a', { state: 'DELIVERED', tries: 1, nextAt: 0, lastError: null });
      await store.settle('b', { state: 'GIVEN_UP', tries: 9, nextAt: NOW, lastError: 'HTTP 500' });
      await store.settle('c', { state: 'PENDING', tries: 3, nextAt: NOW, lastError: 'HTTP 501' });
      expect(await store.examine([URL])).toMatchObject([
        { waiting: { lastError: 'HTTP 501' }, lost: { lastError: 'HTTP 500' } },
      ]);
    });

    it('hands out what was put off for longer than anything is, as a clock that ran ahead does', async () => {
      const [store] = await open();
      const longest = NOW + LONGEST_PAUSE_MS;
      await store.enqueue([delivery('near', { nextAt: longest }), delivery('far', { nextAt: 2 * longest })]);
      expect(ids(await take(store, NOW))).toEqual(['far']);
      expect(ids(await take(store, longest))).toEqual(['far', 'near']);
    });

    it('hands out what is due, the longest due first, whole, and no more than asked for', async () => {
      const [store] = await open();
      const early = delivery('z', { nextAt: NOW - 5, tries: 3, lastError: 'HTTP 500' });
      await store.enqueue([delivery('b'), delivery('a'), early, delivery('later', { nextAt: NOW + 1 })]);
      expect(await take(store, NOW, { first: 2 })).toEqual([early, delivery('a')]);
      expect(ids(await take(store, NOW))).toEqual(['b']);
      expect(await take(store, NOW)).toEqual([]);
    });

    it('gives a delivery to one of two takers, and again when the lease of one that died is over', async () => {
      const [one, two] = await open();
      await one.enqueue(['a', 'b', 'c', 'd', 'e', 'f'].map((id) => delivery(id)));
      const taken = (
        await Promise.all([one, two, one, two].map((store) => take(store, NOW, { first: 3 })))
      ).flat();
      expect(new Set(ids(taken)).size).toBe(taken.length);
      const rest = await take(two, NOW);
      expect(ids([...taken, ...rest]).sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
      expect(await take(one, NOW + 999)).toEqual([]);
      expect(await take(one, NOW + 1_000)).toHaveLength(6);
    });

    it('keeps how a try ended', async () => {
      const [store] = await open();
      await store.enqueue([delivery('a'), delivery('b')]);
      await store.settle('a', { state: 'PENDING', tries: 1, nextAt: NOW + 7, lastError: 'HTTP 503' });
      await store.settle('b', { state: 'GIVEN_UP', tries: 9, nextAt: NOW, lastError: 'gone' });
      await store.settle('unknown', { state: 'DELIVERED', tries: 1, nextAt: 0, lastError: null });
      expect(await take(store, NOW + 6)).toEqual([]);
      expect(await take(store, NOW + 7, { leaseMs: 1 })).toEqual([
        delivery('a', { tries: 1, nextAt: NOW + 7, lastError: 'HTTP 503' }),
      ]);
      expect(await store.countByState()).toEqual({ PENDING: 1, DELIVERED: 0, GIVEN_UP: 1 });
    });

    it('removes what is about somebody, sent or not, and what it remembers of him', async () => {
      const [store, other] = await open();
      await store.enqueue([
        delivery('login.ends-anna-soon'),
        delivery('b', { body: '{"login":{"accountId":"anna"}}' }),
        delivery('c', { body: '{"run":{"id":"run-1"}}', state: 'DELIVERED' }),
        delivery('d', { body: '{"login":{"accountId":"bert"}}' }),
      ]);
      await store.setMark('anna was told', 'x');
      await store.setMark('bert was told', 'x');
      expect(await other.removeAbout(['anna', 'run-1'])).toBe(3);
      expect(ids(await take(store, NOW))).toEqual(['d']);
      expect([await store.getMark('anna was told'), await store.getMark('bert was told')]).toEqual([
        null,
        'x',
      ]);
      expect(await other.removeAbout(['anna'])).toBe(0);
      expect(await other.removeAbout([])).toBe(0);
    });

    it('forgets what was settled long ago, and what has been due for as long and nobody sends', async () => {
      const [store] = await open();
      const done = { state: 'DELIVERED' as const, tries: 1, nextAt: 0, lastError: null };
      const old = { createdAt: NOW - 9 };
      await store.enqueue([
        ...['old', 'tried'].map((id) => delivery(id, old)),
        ...[delivery('new'), delivery('given-up', { ...old, state: 'GIVEN_UP' })],
        delivery('unsent', { ...old, nextAt: NOW - 1, url: 'https://example.test/gone' }),
      ]);
      for (const id of ['old', 'new']) await store.settle(id, done);
      expect(await store.removeOld(NOW)).toEqual({ settled: 2, unsent: 1 });
      expect(ids(await take(store, NOW))).toEqual(['tried']);
      expect(await store.countByState()).toEqual({ PENDING: 1, DELIVERED: 1, GIVEN_UP: 0 });
      expect(await store.removeOld(NOW)).toEqual({ settled: 0, unsent: 0 });
    });

    it('remembers marks by name, for every process', async () => {
      const [store, other] = await open();
      expect(await store.getMark('seen')).toBeNull();
      await store.setMark('seen', '1');
      await store.setMark('failing.CRAWL', '{"$a":"b.c"}');
      await store.setMark('seen', '2');
      expect([await other.getMark('seen'), await other.getMark('failing.CRAWL')]).toEqual([
        '2',
        '{"$a":"b.c"}',
      ]);
      await other.setMark('seen', null);
      await other.setMark('never', null);
      expect(await store.getMark('seen')).toBeNull();
    });
  });
}
