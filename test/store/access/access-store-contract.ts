// What every access store promises, run over SQLite and MongoDB.
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import type { AccessStore, NewAuditEntry } from '../../../src/store/access/access-store.ts';
import { createApiKey, findApiKey } from '../../../src/store/access/api-keys.ts';

export const NOW = Date.UTC(2026, 10, 20, 12);
const random = seededRandomness(4);

export const create = (store: AccessStore, change: object = {}) =>
  createApiKey(
    store,
    { name: 'dashboard', scope: 'read', createdBy: 'test', ...change },
    { now: NOW, random },
  );

/** @param openTwo the same new store, as two processes see it */
export function describeAccessStore(name: string, openTwo: () => Promise<[AccessStore, AccessStore]>): void {
  const open = async () => {
    const stores = await openTwo();
    onTestFinished(async () => {
      for (const store of stores) await store.close();
    });
    return stores;
  };

  describe(`AccessStore in ${name}`, () => {
    it('keeps a key with all it has, newest first, and nothing of its text', async () => {
      const [store] = await open();
      expect(await store.listKeys()).toEqual([]);
      const { key, text } = await create(store, { expiresAt: NOW + 1, accountId: 'a1' });
      const later = await createApiKey(
        store,
        { name: 'second', scope: 'admin', createdBy: 'test' },
        { now: NOW + 5, random },
      );
      expect(await store.listKeys()).toEqual([later.key, key]);
      expect(await store.findKey(key.id)).toEqual(key);
      expect(JSON.stringify(await store.listKeys())).not.toContain(text.split('_')[2]);
      await store.saveKey({ ...key, name: 'renamed' });
      expect(await store.findKey(key.id)).toEqual({ ...key, name: 'renamed' });
    });

    it.each(['', 'x', '../', '$where', 'a.b'])('has no key %j', async (id) => {
      const [store] = await open();
      expect(await store.findKey(id)).toBeNull();
      expect(await store.revokeKey(id, NOW)).toBeNull();
      await store.touchKey(id, NOW);
      expect(await store.listKeys()).toEqual([]);
    });

    it('shows a key that another process revoked as revoked at once, and keeps the first time', async () => {
      const [server, commandLine] = await open();
      expect(await server.hasKeys()).toBe(false);
      const { key, text } = await create(server);
      expect(await commandLine.hasKeys()).toBe(true);
      expect(await commandLine.revokeKey(key.id, NOW)).toMatchObject({ revokedAt: NOW });
      expect(await commandLine.revokeKey(key.id, NOW + 5)).toMatchObject({ revokedAt: NOW });
      expect(await findApiKey(server, text, NOW)).toBeNull();
    });

    it('remembers that it had a key, revoked or forgotten with its account, until all are removed', async () => {
      const [server, commandLine] = await open();
      const { key } = await create(server, { accountId: 'aaaaaaaaaaaa' });
      await commandLine.revokeKey(key.id, NOW);
      await commandLine.forgetAccount({ accountId: 'aaaaaaaaaaaa', runIds: [], at: NOW });
      expect(await server.hasKeys()).toBe(true);
      await commandLine.removeKeys();
      expect([await server.hasKeys(), await server.listKeys()]).toEqual([false, []]);
    });

    it('keeps the last use to the minute', async () => {
      const [store] = await open();
      const { key, text } = await create(store);
      for (const ms of [0, 59_999, 60_000]) await findApiKey(store, text, NOW + ms);
      expect(await store.findKey(key.id)).toMatchObject({ lastUsedAt: NOW + 60_000 });
      await findApiKey(store, text, NOW + 70_000);
      expect(await store.findKey(key.id)).toMatchObject({ lastUsedAt: NOW + 60_000 });
    });

    it('forgets an account: its keys open nothing and have no name, here and in the audit log', async () => {
      const [store] = await open();
      const { key, text } = await create(store, { name: 'of Anna', accountId: 'aaaaaaaaaaaa' });
      const other = await create(store, { name: 'of Bert', accountId: 'bbbbbbbbbbbb' });
      const entry = { at: NOW, actor: 'command line', scope: 'admin', action: 'triggerPipeline' } as const;
      const asked = [
        { input: { account: 'aaaaaaaaaaaa' } },
        { input: { exports: ['anna.zip'] } },
        { input: { account: 'bbbbbbbbbbbb', exports: ['bert.zip'] } },
        { input: { id: 'aaaaaaaaaaaa' }, action: 'forgetAccount' },
        { input: { runId: 'r1' }, actor: `key:${key.id} of Anna` },
      ];
      for (const change of asked) await store.beginAudit({ ...entry, ...change });
      await store.endAudit(5, { outcome: 'done', runId: 'r1' });

      const forget = { accountId: 'aaaaaaaaaaaa', runIds: ['r1'], at: NOW };
      expect([await store.forgetAccount(forget), await store.forgetAccount(forget)]).toEqual([1, 1]);

      expect(await findApiKey(store, text, NOW)).toBeNull();
      expect(await findApiKey(store, other.text, NOW)).toMatchObject({ name: 'of Bert' });
      expect(await store.findKey(key.id)).toMatchObject({ name: 'forgotten', revokedAt: NOW });
      const audit = await store.listAudit({ first: 9 });
      expect(audit.map(({ actor, input }) => [actor, input])).toEqual([
        [`key:${key.id}`, null],
        ['command line', { id: 'aaaaaaaaaaaa' }],
        ['command line', { account: 'bbbbbbbbbbbb', exports: ['bert.zip'] }],
        ['command line', null],
        ['command line', null],
      ]);
    });

    it('keeps an audit log, newest first, with filters and pages', async () => {
      const [store] = await open();
      const begin = beginIn(store);
      const first = await begin({ input: { runId: 'r1', 'a.b': { $set: 1 } } });
      const second = await begin({ action: 'triggerCrawl', at: NOW + 5, actor: 'key:1 x', input: undefined });
      await begin({ at: NOW + 9 });
      await store.endAudit(first, { outcome: 'CancelRunSuccess', runId: 'r1' });
      const all = await store.listAudit({ first: 9 });
      expect(all.map(({ sequence }) => sequence)).toEqual([second + 1, second, first]);
      const { at, actor, scope, action } = ENTRY;
      const input = { runId: 'r1', 'a.b': { $set: 1 } };
      expect(all[2]).toEqual({
        ...{ sequence: first, at, actor, scope, action, input },
        ...{ outcome: 'CancelRunSuccess', runId: 'r1' },
      });
      expect(all[1]).toMatchObject({ input: null, outcome: null, runId: null, actor: 'key:1 x' });
      const found = async (filter: object) => {
        const entries = await store.listAudit({ first: 9, filter });
        expect(await store.countAudit(filter)).toBe(entries.length);
        return entries.map(({ sequence }) => sequence);
      };
      expect(await store.countAudit()).toBe(3);
      expect(await found({ actions: ['triggerCrawl', 'other'] })).toEqual([second]);
      expect(await found({ actions: [] })).toEqual([]);
      expect(await found({ actor: 'key:1 x' })).toEqual([second]);
      expect(await found({ runId: 'r1' })).toEqual([first]);
      expect(await found({ after: NOW, before: NOW + 9 })).toEqual([second]);
      expect(await store.listAudit({ first: 1, beforeSequence: second })).toMatchObject([
        { sequence: first },
      ]);
      expect(await store.listAudit({ first: 9, beforeSequence: first })).toEqual([]);
    });

    it('gives entries of two processes that write at once numbers without a gap or a double', async () => {
      const [one, two] = await open();
      const numbers = await Promise.all(
        Array.from({ length: 20 }, (_, at) => beginIn(at % 2 ? one : two)({ at: NOW + at })),
      );
      expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
      expect(await one.countAudit()).toBe(20);
    });
  });
}

const ENTRY: NewAuditEntry = { at: NOW, actor: 'loopback', scope: 'admin', action: 'cancelRun', input: {} };

function beginIn(store: AccessStore) {
  return (change: Partial<NewAuditEntry>) => store.beginAudit({ ...ENTRY, ...change });
}
