// What every outbox promises, run over SQLite and MongoDB.
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Delivery, DeliveryStore } from '../../../src/store/deliveries/delivery-store.ts';

const NOW = Date.UTC(2026, 10, 20, 12);

const delivery = (id: string, change: Partial<Delivery> = {}): Delivery => ({
  id,
  messageId: `m-${id}`,
  url: 'https://example.test/hook?a=$b',
  type: 'run.failed',
  body: '{"a.b":{"$c":1}}',
  state: 'PENDING',
  tries: 0,
  createdAt: NOW,
  nextAt: NOW,
  lastError: null,
  ...change,
});

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

    it('gives up what is pending for other addresses, and says why', async () => {
      const [store, other] = await open();
      const kept = delivery('kept', { url: 'https://example.test/kept' });
      await store.enqueue([delivery('a'), delivery('told'), kept]);
      await store.settle('told', { state: 'DELIVERED', tries: 1, nextAt: 0, lastError: null });
      expect(await store.giveUpOthers([kept.url], 'no longer configured')).toBe(1);
      expect(await other.countByState()).toEqual({ PENDING: 1, DELIVERED: 1, GIVEN_UP: 1 });
      expect(ids(await other.take(NOW, 1_000, 9))).toEqual(['kept']);
      expect(await other.giveUpOthers([], 'no longer configured')).toBe(1);
    });

    it('has nothing wait beyond an instant that is stated', async () => {
      const [store] = await open();
      await store.enqueue([delivery('near', { nextAt: NOW + 10 }), delivery('far', { nextAt: NOW + 9_000 })]);
      await store.pullForward(NOW + 1_000);
      expect(ids(await store.take(NOW + 999, 1, 9))).toEqual(['near']);
      expect(ids(await store.take(NOW + 1_000, 9_000, 9))).toEqual(['far', 'near']);
    });

    it('hands out what is due, the longest due first, whole, and no more than asked for', async () => {
      const [store] = await open();
      const early = delivery('z', { nextAt: NOW - 5, tries: 3, lastError: 'HTTP 500' });
      await store.enqueue([delivery('b'), delivery('a'), early, delivery('later', { nextAt: NOW + 1 })]);
      expect(await store.take(NOW, 1_000, 2)).toEqual([early, delivery('a')]);
      expect(ids(await store.take(NOW, 1_000, 9))).toEqual(['b']);
      expect(await store.take(NOW, 1_000, 9)).toEqual([]);
    });

    it('gives a delivery to one of two takers, and again when the lease of one that died is over', async () => {
      const [one, two] = await open();
      await one.enqueue(['a', 'b', 'c', 'd', 'e', 'f'].map((id) => delivery(id)));
      const taken = (
        await Promise.all([one, two, one, two].map((store) => store.take(NOW, 1_000, 3)))
      ).flat();
      expect(new Set(ids(taken)).size).toBe(taken.length);
      const rest = await two.take(NOW, 1_000, 9);
      expect(ids([...taken, ...rest]).sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
      expect(await one.take(NOW + 999, 1_000, 9)).toEqual([]);
      expect(await one.take(NOW + 1_000, 1_000, 9)).toHaveLength(6);
    });

    it('keeps how a try ended', async () => {
      const [store] = await open();
      await store.enqueue([delivery('a'), delivery('b')]);
      await store.settle('a', { state: 'PENDING', tries: 1, nextAt: NOW + 7, lastError: 'HTTP 503' });
      await store.settle('b', { state: 'GIVEN_UP', tries: 9, nextAt: NOW, lastError: 'gone' });
      await store.settle('unknown', { state: 'DELIVERED', tries: 1, nextAt: 0, lastError: null });
      expect(await store.findNextAt()).toBe(NOW + 7);
      expect(await store.take(NOW + 7, 1, 9)).toEqual([
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
      expect(ids(await store.take(NOW, 1_000, 9))).toEqual(['d']);
      expect([await store.getMark('anna was told'), await store.getMark('bert was told')]).toEqual([
        null,
        'x',
      ]);
      expect(await other.removeAbout(['anna'])).toBe(0);
      expect(await other.removeAbout([])).toBe(0);
    });

    it('forgets settled ones that are old, and never one that is pending', async () => {
      const [store] = await open();
      const done = { state: 'DELIVERED' as const, tries: 1, nextAt: 0, lastError: null };
      await store.enqueue(['old', 'waiting'].map((id) => delivery(id, { createdAt: NOW - 1 })));
      await store.enqueue([delivery('new'), delivery('given-up', { createdAt: NOW - 9, state: 'GIVEN_UP' })]);
      await store.settle('old', done);
      await store.settle('new', done);
      expect(await store.removeSettled(NOW)).toBe(2);
      expect(await store.countByState()).toEqual({ PENDING: 1, DELIVERED: 1, GIVEN_UP: 0 });
      expect(await store.removeSettled(NOW)).toBe(0);
    });

    it('has nothing next when nothing is pending', async () => {
      const [store] = await open();
      expect(await store.findNextAt()).toBeNull();
      expect(await store.take(NOW, 1, 1)).toEqual([]);
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
