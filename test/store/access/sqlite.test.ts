import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import type { AccessStore, NewAuditEntry } from '../../../src/store/access/access-store.ts';
import { createApiKey, findApiKey, readScope } from '../../../src/store/access/api-keys.ts';
import { openSqliteAccess } from '../../../src/store/access/sqlite.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const random = seededRandomness(4);

function open(path = ':memory:'): AccessStore {
  const store = openSqliteAccess(path);
  onTestFinished(() => store.close());
  return store;
}

const create = (store: AccessStore, change: object = {}) =>
  createApiKey(
    store,
    { name: 'dashboard', scope: 'read', createdBy: 'test', ...change },
    { now: NOW, random },
  );

describe('createApiKey(store, given)', () => {
  it('keeps a hash and everything else but the text', async () => {
    const store = open();
    const { key, text } = await create(store, { expiresAt: NOW + 1 });
    expect(text).toMatch(/^gl_[0-9a-f]{12}_[0-9a-f]{48}$/);
    expect(await store.listKeys()).toEqual([key]);
    expect(JSON.stringify(key)).not.toContain(text.split('_')[2]);
    expect(key).toMatchObject({ name: 'dashboard', scope: 'read', lastUsedAt: null, revokedAt: null });
  });

  it.each([
    [{ name: ' ' }, /name has 0 characters; 1 to 100 characters are expected/],
    [{ name: 'x'.repeat(101) }, /name has 101 characters/],
    [{ expiresAt: NOW }, /expiresAt is over already/],
  ])('refuses %j', async (change, message) => {
    const store = open();
    await expect(create(store, change)).rejects.toThrow(message);
    expect(await store.listKeys()).toEqual([]);
  });

  it('knows three scopes', () => {
    expect(readScope('OPERATE')).toBe('operate');
    expect(() => readScope('root')).toThrow(/scope is "root"; read, operate, admin are expected/);
  });
});

describe('findApiKey(store, text, now)', () => {
  it('lets a key in whose use cannot be written down, for want of space', async () => {
    const store = open();
    const { key, text } = await create(store);
    const full = { ...store, touchKey: () => Promise.reject(new Error('database or disk is full')) };
    expect(await findApiKey(full, text, NOW)).toMatchObject({ id: key.id });
  });

  it('finds a key by its whole text only, until it expires or is revoked', async () => {
    const store = open();
    const { key, text } = await create(store, { expiresAt: NOW + 1_000 });
    const other = await create(store);
    expect(await findApiKey(store, text, NOW)).toMatchObject({ id: key.id });
    const swapped = `gl_${key.id}_${other.text.split('_')[2]}`;
    for (const wrong of ['', text.slice(0, -1), `${text}0`, swapped, key.hash]) {
      expect(await findApiKey(store, wrong, NOW)).toBeNull();
    }
    expect(await findApiKey(store, text, NOW + 1_000)).toBeNull();
    await store.revokeKey(other.key.id, NOW);
    expect(await findApiKey(store, other.text, NOW)).toBeNull();
  });

  it('keeps the last use to the minute', async () => {
    const store = open();
    const { key, text } = await create(store);
    for (const ms of [0, 59_999, 60_000]) await findApiKey(store, text, NOW + ms);
    expect(await store.findKey(key.id)).toMatchObject({ lastUsedAt: NOW + 60_000 });
    await findApiKey(store, text, NOW + 70_000);
    expect(await store.findKey(key.id)).toMatchObject({ lastUsedAt: NOW + 60_000 });
  });
});

describe('openSqliteAccess(path)', () => {
  it('shows a key that another process revoked as revoked at once, and keeps the first time', async () => {
    const path = join(makeTempFolder(), 'access.sqlite');
    const [server, commandLine] = [open(path), open(path)];
    expect(await server.hasKeys()).toBe(false);
    const { key, text } = await create(server);
    expect(await commandLine.hasKeys()).toBe(true);
    expect(await commandLine.revokeKey(key.id, NOW)).toMatchObject({ revokedAt: NOW });
    expect(await commandLine.revokeKey(key.id, NOW + 5)).toMatchObject({ revokedAt: NOW });
    expect(await findApiKey(server, text, NOW)).toBeNull();
    expect(await server.hasKeys()).toBe(false);
    expect(await server.revokeKey('unknown', NOW)).toBeNull();
  });

  it('forgets an account: its keys open nothing and have no name, here and in the audit log', async () => {
    const store = open();
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
    const store = open();
    const begin = (change: Partial<NewAuditEntry>) =>
      store.beginAudit({
        at: NOW,
        actor: 'loopback',
        scope: 'admin',
        action: 'cancelRun',
        input: {},
        ...change,
      });
    const first = await begin({ input: { runId: 'r1' } });
    const second = await begin({ action: 'triggerCrawl', at: NOW + 5, actor: 'key:1 x', input: undefined });
    await begin({ at: NOW + 9 });
    await store.endAudit(first, { outcome: 'CancelRunSuccess', runId: 'r1' });
    const all = await store.listAudit({ first: 9 });
    expect(all.map(({ sequence }) => sequence)).toEqual([third(second), second, first]);
    expect(all[2]).toMatchObject({ input: { runId: 'r1' }, outcome: 'CancelRunSuccess', runId: 'r1' });
    expect(all[1]).toMatchObject({ input: null, outcome: null, runId: null, actor: 'key:1 x' });
    const found = async (filter: object) => {
      const entries = await store.listAudit({ first: 9, filter });
      expect(await store.countAudit(filter)).toBe(entries.length);
      return entries.map(({ sequence }) => sequence);
    };
    expect(await found({ actions: ['triggerCrawl', 'other'] })).toEqual([second]);
    expect(await found({ actions: [] })).toEqual([]);
    expect(await found({ actor: 'key:1 x' })).toEqual([second]);
    expect(await found({ runId: 'r1' })).toEqual([first]);
    expect(await found({ after: NOW, before: NOW + 9 })).toEqual([second]);
    expect(await store.listAudit({ first: 1, beforeSequence: second })).toMatchObject([{ sequence: first }]);
  });
});

const third = (second: number) => second + 1;
