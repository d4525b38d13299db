import { describe, expect, it, onTestFinished } from 'vitest';
import type { Mongo } from '../../../src/store/mongo/connection.ts';
import { listApplied, migrate, type NamedMigration } from '../../../src/store/mongo/migrations.ts';
import { openWire } from './fault-sweep.ts';

const open = async () => {
  const wire = await openWire(false);
  onTestFinished(() => wire.mongo.close());
  return wire;
};

/** A migration that notes what is done to it. */
const noted = (version: number, notes: string[], fail = () => false): NamedMigration => ({
  version,
  name: `000${version}_note`,
  up: async () => {
    if (fail()) throw new Error('the disk is gone');
    notes.push(`up ${version}`);
  },
  down: async () => void notes.push(`down ${version}`),
});

const versions = async (mongo: Mongo) => (await listApplied(mongo)).map(({ _id }) => _id);

describe('migrate(mongo)', () => {
  it('has applied every file of migrations/, with indexes that are unique', async () => {
    const { server, mongo } = await open();
    expect((await listApplied(mongo)).map(({ name }) => name)).toEqual([
      '0001_create_landing_indexes',
      '0002_create_run_indexes',
      '0003_create_access_and_delivery_indexes',
      '0004_create_run_end_indexes',
      '0005_create_delivery_url_index',
    ]);
    const paths = server.engine.collection('runs').unique.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['underWay', 'sameWork', 'queueSlot', 'idempotencyKey']));
  });

  it('applies nothing twice, goes down in reverse order and up again', async () => {
    const { server, mongo } = await open();
    server.engine.clear();
    const notes: string[] = [];
    const migrations = [1, 2, 3].map((version) => noted(version, notes));
    expect(await migrate(mongo, { migrations })).toMatchObject({ version: 3, reverted: [] });
    expect(await migrate(mongo, { migrations })).toEqual({ version: 3, applied: [], reverted: [] });
    expect(await migrate(mongo, { migrations, to: 1 })).toEqual({
      version: 1,
      applied: [],
      reverted: ['0003_note', '0002_note'],
    });
    expect(await versions(mongo)).toEqual([1]);
    await migrate(mongo, { migrations, to: 2 });
    expect(notes).toEqual(['up 1', 'up 2', 'up 3', 'down 3', 'down 2', 'up 2']);
  });

  it('goes down and up with the real files, and no document is lost', async () => {
    const { server, mongo } = await open();
    server.engine.collection('runs').docs.push({ _id: 'r' });
    expect(await migrate(mongo, { to: 0 })).toMatchObject({ version: 0 });
    expect(server.engine.collection('runs')).toMatchObject({
      docs: [{ _id: 'r' }],
      unique: [{ name: '_id_' }],
    });
    await migrate(mongo);
    expect(server.engine.collection('runs').unique).toHaveLength(5);
  });

  it('may be run by two processes at once', async () => {
    const { server, mongo } = await open();
    server.engine.clear();
    const notes: string[] = [];
    const migrations = [1, 2].map((version) => noted(version, notes));
    const both = await Promise.all([migrate(mongo, { migrations }), migrate(mongo, { migrations })]);
    expect(both.map(({ version }) => version)).toEqual([2, 2]);
    expect(await versions(mongo)).toEqual([1, 2]);
    expect(new Set(notes)).toEqual(new Set(['up 1', 'up 2']));
  });

  it('goes on where an earlier start was stopped', async () => {
    const { server, mongo } = await open();
    server.engine.clear();
    const notes: string[] = [];
    let isBroken = true;
    const migrations = [noted(1, notes), noted(2, notes, () => isBroken)];
    await expect(migrate(mongo, { migrations })).rejects.toThrow('the disk is gone');
    expect(await versions(mongo)).toEqual([1]);
    isBroken = false;
    await migrate(mongo, { migrations });
    expect(notes).toEqual(['up 1', 'up 2']);
  });

  it('refuses a database of a newer version, and a version that does not exist', async () => {
    const { mongo } = await open();
    await mongo.db
      .collection<{ _id: number; name: string }>('migrations')
      .insertOne({ _id: 99, name: '0099_fly' });
    await expect(migrate(mongo)).rejects.toMatchObject({
      code: 'FORMAT',
      message: expect.stringMatching(
        /is at migration 99 \(0099_fly\); this version knows those up to 5\. Use a newer/,
      ),
    });
    await expect(migrate(mongo, { to: 7 })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});
