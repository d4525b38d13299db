import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemRandomness } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { createApiKey, findApiKey } from '../../../src/store/access/api-keys.ts';
import { openSqliteAccess } from '../../../src/store/access/sqlite.ts';
import { openAccessStore, openServerStores } from '../../../src/store/open-stores.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { startWireMongo } from '../../fixtures/wire-mongo/server.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const made = { now: NOW, random: systemRandomness };

async function openFolder() {
  const server = await startWireMongo({ isReplicaSet: false });
  onTestFinished(() => server.close());
  const dataDir = makeTempFolder();
  return readConfig({ MONGODB_URI: server.uri, GROOVELAKE_DATA_DIR: dataDir });
}

describe('openServerStores(config), with MongoDB', () => {
  it('keeps keys, audit and deliveries in the database, where another process finds them', async () => {
    const config = await openFolder();
    const server = await openServerStores(config);
    onTestFinished(() => server.close());
    const { key, text } = await createApiKey(
      server.access,
      { name: 'k', scope: 'admin', createdBy: 'test' },
      made,
    );
    const commandLine = await openAccessStore(config);
    expect(await findApiKey(commandLine, text, NOW)).toMatchObject({ id: key.id });
    await commandLine.revokeKey(key.id, NOW);
    await commandLine.close();
    expect(await findApiKey(server.access, text, NOW)).toBeNull();
    expect(await server.deliveries.countByState()).toEqual({ PENDING: 0, DELIVERED: 0, GIVEN_UP: 0 });
  });

  it('takes over the keys of a folder that was served without it, once: what is revoked since stays so', async () => {
    const config = await openFolder();
    const file = openSqliteAccess(join(config.dataDir, 'access.sqlite'));
    const given = { name: 'k', scope: 'read' as const, createdBy: 'test' };
    const kept = await createApiKey(file, given, made);
    const revoked = await createApiKey(file, given, made);
    await file.revokeKey(revoked.key.id, NOW);
    await file.close();

    const first = await openServerStores(config);
    expect(await first.access.hasKeys()).toBe(true);
    expect(await findApiKey(first.access, kept.text, NOW)).toMatchObject({ id: kept.key.id });
    expect(await findApiKey(first.access, revoked.text, NOW)).toBeNull();
    await first.access.revokeKey(kept.key.id, NOW + 1);
    await first.close();

    const again = openSqliteAccess(join(config.dataDir, 'access.sqlite'));
    const owned = await createApiKey(again, { ...given, name: 'of Anna', accountId: 'aaaaaaaaaaaa' }, made);
    await again.close();
    const second = await openServerStores(config);
    onTestFinished(() => second.close());
    expect(await second.access.findKey(kept.key.id)).toMatchObject({ revokedAt: NOW + 1 });
    expect(await second.access.listKeys()).toHaveLength(3);
    const forget = { accountId: 'aaaaaaaaaaaa', runIds: [], at: NOW };
    expect(await second.access.forgetAccount(forget)).toBe(1);
    expect(await second.access.findKey(owned.key.id)).toMatchObject({ name: 'forgotten', revokedAt: NOW });
    const left = openSqliteAccess(join(config.dataDir, 'access.sqlite'));
    onTestFinished(() => left.close());
    expect(await left.findKey(owned.key.id)).toMatchObject({ name: 'forgotten', revokedAt: NOW });

    await second.access.removeKeys();
    expect(await left.hasKeys()).toBe(false);
    const third = await openServerStores(config);
    onTestFinished(() => third.close());
    expect(await third.access.hasKeys()).toBe(false);
  });
});
