import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { describe, expect, it, vi } from 'vitest';
import { dropJoined } from '../../../src/store/landing/joined-documents.ts';
import { openSqliteLanding } from '../../../src/store/landing/sqlite.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { describeLandingStore } from './landing-store-contract.ts';

// A process that has died reads nothing more: whichever of its calls was the last, nothing was written.
describeLandingStore('SQLite', [1], async () => {
  const folder = makeTempFolder();
  const path = join(folder, 'landing.sqlite');
  const store = openSqliteLanding(path);
  return {
    store,
    dieInSeal: async (batchId) => {
      const dying = openSqliteLanding(path);
      const sealing = dying.sealBatch(batchId, 1_000);
      await dying.close();
      await expect(sealing).rejects.toThrow('finalized');
    },
    close: async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
});

describe('the landing file', () => {
  it('is shared by two processes, each seeing what the other has landed', async () => {
    const path = join(makeTempFolder(), 'landing.sqlite');
    const one = openSqliteLanding(path);
    const two = openSqliteLanding(path);
    await one.openBatch({ id: 'b', source: 's', runId: 'r', openedAt: 1 });
    await one.land('b', [{ source: 's', kind: 'track', id: 'x', fetchedAt: 1, body: '{}' }]);
    expect(await two.findLandedIds('b', 's', 'track', ['x'])).toEqual(new Set(['x']));
    await Promise.all([one.close(), two.close()]);
  });

  it('is sealed with what another process lands while it is being counted', async () => {
    const path = join(makeTempFolder(), 'landing.sqlite');
    const one = openSqliteLanding(path);
    const two = openSqliteLanding(path);
    const document = (id: string) => ({ source: 's', kind: 'track' as const, id, fetchedAt: 1, body: '{}' });
    const many = Array.from({ length: 12_000 }, (_, at) => document(String(at)));
    await one.openBatch({ id: 'b', source: 's', runId: 'r', openedAt: 1 });
    await one.land('b', many);
    const sealing = one.sealBatch('b', 2);
    await two.land('b', [document('late')]);
    const sealed = await sealing;
    expect(sealed.counts).toEqual([{ source: 's', kind: 'track', documents: 12_001 }]);
    await one.openBatch({ id: 'c', source: 's', runId: 'r', openedAt: 1 });
    await one.land('c', [...many, document('late')]);
    expect((await one.sealBatch('c', 2)).contentHash).toBe(sealed.contentHash);
    await Promise.all([one.close(), two.close()]);
  });

  it('is sealed with a few counts, though another process lands in that batch without end', async () => {
    const path = join(makeTempFolder(), 'landing.sqlite');
    const one = openSqliteLanding(path);
    const two = openSqliteLanding(path);
    const document = (id: string) => ({ source: 's', kind: 'track' as const, id, fetchedAt: 1, body: '{}' });
    await one.openBatch({ id: 'b', source: 's', runId: 'r', openedAt: 1 });
    await one.land(
      'b',
      Array.from({ length: 12_000 }, (_, at) => document(String(at))),
    );
    let landed = 0;
    const landing = (async () => {
      for (; landed < 200; landed++) {
        await two.land('b', [document(`late-${landed}`)]);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const sealed = await one.sealBatch('b', 2);
    await expect(landing).rejects.toThrow('is sealed; land in a new one');
    expect(landed).toBeLessThan(50);
    expect(sealed.counts).toMatchObject([{ documents: 12_000 + landed }]);
    await Promise.all([one.close(), two.close()]);
  });

  it('is counted once while it is sealed, whatever lands in other batches meanwhile', async () => {
    const path = join(makeTempFolder(), 'landing.sqlite');
    const one = openSqliteLanding(path);
    const two = openSqliteLanding(path);
    const document = (id: string) => ({ source: 's', kind: 'track' as const, id, fetchedAt: 1, body: '{}' });
    for (const id of ['b', 'c']) await one.openBatch({ id, source: 's', runId: 'r', openedAt: 1 });
    await one.land(
      'b',
      Array.from({ length: 12_000 }, (_, at) => document(String(at))),
    );
    const pages = vi.spyOn(StatementSync.prototype, 'all');
    try {
      const sealing = one.sealBatch('b', 2);
      for (let n = 0; n < 3; n++) {
        await two.land('c', [document(`other-${n}`)]);
        await one.land('c', [document(`own-${n}`)]);
      }
      expect((await sealing).counts).toEqual([{ source: 's', kind: 'track', documents: 12_000 }]);
      // Pages of 5,000, each read once: a second time would be under the write lock.
      expect(pages.mock.calls).toHaveLength(3);
    } finally {
      pages.mockRestore();
    }
    await Promise.all([one.close(), two.close()]);
  });

  it('is sealed as it is when another process has begun it anew meanwhile', async () => {
    const path = join(makeTempFolder(), 'landing.sqlite');
    const one = openSqliteLanding(path);
    const two = openSqliteLanding(path);
    const document = (id: string) => ({ source: 's', kind: 'track' as const, id, fetchedAt: 1, body: '{}' });
    const batch = { id: 'b', source: 's', runId: 'r', openedAt: 1 };
    await one.openBatch(batch);
    const many = Array.from({ length: 12_000 }, (_, at) => document(String(at)));
    await one.land('b', many);
    const sealing = one.sealBatch('b', 2);
    const third = new DatabaseSync(path);
    third.exec("delete from documents where batch_id = 'b'; delete from batches where id = 'b'");
    third.close();
    await two.openBatch({ ...batch, runId: 'r2' });
    await two.land('b', [document('z')]);
    expect(await sealing).toMatchObject({ runId: 'r2', counts: [{ documents: 1 }] });
    await Promise.all([one.close(), two.close()]);
  });

  it('has pages of 16 kB, and keeps those it was made with', async () => {
    const pageBytes = (path: string) => {
      const db = new DatabaseSync(path);
      const { page_size: found } = db.prepare('pragma page_size').get() as { page_size: number };
      db.close();
      return found;
    };
    const made = join(makeTempFolder(), 'landing.sqlite');
    await openSqliteLanding(made).close();
    expect(pageBytes(made)).toBe(16_384);

    const older = join(makeTempFolder(), 'landing.sqlite');
    const db = new DatabaseSync(older);
    db.exec('pragma page_size = 4096; pragma journal_mode = wal');
    db.close();
    const store = openSqliteLanding(older);
    await store.openBatch({ id: 'b', source: 's', runId: 'r', openedAt: 1 });
    await store.close();
    expect(pageBytes(older)).toBe(4_096);
  });

  it('is read in pages of the same size whether its reader drops them or not', async () => {
    const store = openSqliteLanding(':memory:');
    const body = JSON.stringify('x'.repeat(1_000_000));
    await store.openBatch({ id: 'b', source: 's', runId: 'r', openedAt: 1 });
    await store.land(
      'b',
      Array.from({ length: 24 }, (_, n) => ({
        source: 's',
        kind: 'track' as const,
        id: String(n),
        fetchedAt: 1,
        body,
      })),
    );
    for (const drops of [false, true]) {
      const sizes: number[] = [];
      for await (const page of store.readJoined('b', 'track', 's', 20)) {
        sizes.push(page.documents);
        if (drops) dropJoined(page);
      }
      expect(sizes).toEqual(Array.from({ length: 24 }, () => 1));
    }
    await store.close();
  });

  it('is brought up from format 1, whose batches have their bodies', async () => {
    const path = join(makeTempFolder(), 'landing.sqlite');
    const db = new DatabaseSync(path);
    db.exec(`
      create table batches (
        id text primary key, source text not null, run_id text not null, opened_at integer not null, sealed_at integer,
        counts text not null default '[]', content_hash text, note text not null
      ) strict, without rowid;
      create table documents (
        batch_id text not null references batches (id), kind text not null, source text not null, id text not null,
        fetched_at integer not null, content_hash text not null, body text not null,
        primary key (batch_id, kind, source, id)
      ) strict, without rowid;
      insert into batches values ('b', 's', 'r', 1, 2, '[]', 'x', '{}');
      insert into documents values ('b', 'track', 's', 'old', 1, 'y', '{"a":1}');
      pragma user_version = 1`);
    db.close();
    const landing = openSqliteLanding(path);
    expect(await landing.findBatch('b')).toMatchObject({
      sealedAt: 2,
      releasingSince: null,
      isReleased: false,
      withdrawnAt: null,
    });
    const key = { batchId: 'b', kind: 'track', source: 's', id: 'old' } as const;
    expect(await landing.findDocument(key)).toMatchObject({ body: '{"a":1}' });
    expect(await landing.releaseBodies('b', 3)).toBe(1);
    await landing.close();
    const again = openSqliteLanding(path);
    expect(await again.findBatch('b')).toMatchObject({ releasingSince: 3, isReleased: true });
    await again.close();
  });

  it('is brought up from format 2, whose open batches go on', async () => {
    const path = join(makeTempFolder(), 'landing.sqlite');
    const before = openSqliteLanding(path);
    const document = (id: string) => ({ source: 's', kind: 'track' as const, id, fetchedAt: 1, body: '{}' });
    await before.openBatch({ id: 'b', source: 's', runId: 'r', openedAt: 1 });
    await before.land('b', [document('x')]);
    await before.close();
    const db = new DatabaseSync(path);
    db.exec(
      'alter table batches drop column writes; alter table batches drop column withdrawn_at; pragma user_version = 2',
    );
    db.close();
    const landing = openSqliteLanding(path);
    await landing.land('b', [document('y')]);
    expect((await landing.sealBatch('b', 2)).counts).toMatchObject([{ documents: 2 }]);
    await landing.close();
  });

  it('is refused when it has a newer format', () => {
    const path = join(makeTempFolder(), 'landing.sqlite');
    const db = new DatabaseSync(path);
    db.exec('pragma user_version = 99');
    db.close();
    expect(() => openSqliteLanding(path)).toThrow(/format 99; this version reads up to 4/);
  });

  it('is refused when it is no database', () => {
    const path = join(makeTempFolder(), 'landing.sqlite');
    writeFileSync(path, 'this is a text and no database, whatever its name says'.repeat(40));
    expect(() => openSqliteLanding(path)).toThrow(/no database/);
  });
});
