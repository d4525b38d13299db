import { describe, expect, it, onTestFinished } from 'vitest';
import type { AccessStore } from '../../../src/store/access/access-store.ts';
import { findApiKey, readScope } from '../../../src/store/access/api-keys.ts';
import { openSqliteAccess } from '../../../src/store/access/sqlite.ts';
import { create, NOW } from './access-store-contract.ts';

function open(): AccessStore {
  const store = openSqliteAccess(':memory:');
  onTestFinished(() => store.close());
  return store;
}

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
});
