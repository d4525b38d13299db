import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { createCheckpoints } from '../../../src/store/snapshots/delta-checkpoint.ts';
import { toSchemaString } from '../../../src/store/snapshots/delta-schema.ts';
import { readDeltaState } from '../../../src/store/snapshots/delta-state.ts';
import { parseDictionary } from '../../../src/store/snapshots/dictionary.ts';
import { type Files, localFiles } from '../../../src/store/snapshots/files.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { openPublisher, type Publisher } from '../../fixtures/published.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

const NAME = 'gold.tracks';

/** With a dictionary, given as text, in the place of the project's own. */
async function open(
  files?: Files,
  { dictionary = '', dataDir = makeTempFolder() } = {},
): Promise<Publisher & { dataDir: string; log: string }> {
  const publisher = await openPublisher(dataDir, files, systemClock, parseDictionary(dictionary));
  onTestFinished(() => publisher.close());
  return { ...publisher, dataDir, log: join(dataDir, 'gold/tracks/_delta_log') };
}

const rows = (n: number) => ({ [NAME]: `select i as id, ${n} as n from range(3) t(i)` });

function readActions(log: string, version: number): Record<string, Record<string, unknown>>[] {
  const text = readFileSync(join(log, `${String(version).padStart(20, '0')}.json`), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function find(log: string, version: number, action: string): Record<string, unknown> | undefined {
  return readActions(log, version).find((each) => each[action])?.[action];
}

async function readState(dataDir: string, log: string) {
  const checkpoints = createCheckpoints(localFiles, dataDir, systemClock);
  try {
    return await readDeltaState(localFiles, checkpoints, log, -1);
  } finally {
    await checkpoints.close();
  }
}

const fileOf = (manifest: Manifest) => manifest.relations[0]?.files[0]?.path.split('/').at(-1) ?? '';

describe('the Delta log of a relation', () => {
  it('begins with protocol and schema; a later commit adds and removes files only', async () => {
    const { publish, log } = await open();
    const first = await publish(rows(1));
    const second = await publish(rows(2));
    expect(readActions(log, 0).map((each) => Object.keys(each)[0])).toEqual([
      'commitInfo',
      'protocol',
      'metaData',
      'add',
    ]);
    expect(readActions(log, 1).map((each) => Object.keys(each)[0])).toEqual(['commitInfo', 'remove', 'add']);
    expect(find(log, 0, 'protocol')).toEqual({ minReaderVersion: 1, minWriterVersion: 2 });
    expect(find(log, 1, 'remove')).toMatchObject({
      path: fileOf(first),
      extendedFileMetadata: true,
      partitionValues: {},
    });
    expect(find(log, 1, 'add')).toMatchObject({ path: fileOf(second), size: second.relations[0]?.bytes });
    expect(second.relations[0]?.deltaVersion).toBe(1);
  });

  it('says how many rows a file has, and of each column with one value a row the least, the greatest and how many are null', async () => {
    const { publish, log } = await open();
    await publish({
      [NAME]: `select * from (values
        (1, 9007199254740993::bigint, 'a', 0.5::double, date '1969-12-31', timestamptz '2026-11-20 01:02:03.123+00', 1.10::decimal(5,2), ['x'], 'nan'::double, repeat('é', 65), true),
        (2, null, 'ü', -1e300, null, timestamptz '2026-11-20 01:02:03.123456+00', -99.99, null, 1, 'b', null)
      ) t(id, streams, name, energy, day, fetched_at, price, genres, odd, long, flag)`,
    });
    const stats = String(find(log, 0, 'add')?.stats);
    expect(stats).toContain('"streams":9007199254740993');
    expect(stats).toContain('"price":-99.99');
    expect(JSON.parse(stats)).toEqual({
      numRecords: 2,
      minValues: {
        id: 1,
        streams: Number('9007199254740993'),
        name: 'a',
        energy: -1e300,
        day: '1969-12-31',
        fetched_at: '2026-11-20T01:02:03.123Z',
        price: -99.99,
        long: 'b',
      },
      maxValues: {
        id: 2,
        streams: Number('9007199254740993'),
        name: 'ü',
        energy: 0.5,
        day: '1969-12-31',
        fetched_at: '2026-11-20T01:02:03.124Z',
        price: 1.1,
      },
      nullCount: {
        id: 0,
        streams: 1,
        name: 0,
        energy: 0,
        day: 1,
        fetched_at: 0,
        price: 0,
        odd: 0,
        long: 0,
        flag: 1,
      },
    });
  });

  it('takes no more than a count for a file without rows', async () => {
    const { publish, log } = await open();
    await publish({ [NAME]: `select 1 as id, 'x' as name where false` });
    expect(JSON.parse(String(find(log, 0, 'add')?.stats))).toEqual({
      numRecords: 0,
      minValues: {},
      maxValues: {},
      nullCount: { id: 0, name: 0 },
    });
  });

  it('speaks of a new schema when columns change', async () => {
    const { publish, log } = await open();
    await publish(rows(1));
    await publish({ [NAME]: `select 1 as id, [{'url': 'x', 'width': 1::smallint}] as images` });
    const metaData = find(log, 1, 'metaData');
    expect(metaData?.id).toBe(find(log, 0, 'metaData')?.id);
    expect(JSON.parse(String(metaData?.schemaString)).fields[1]).toEqual({
      name: 'images',
      type: {
        type: 'array',
        elementType: {
          type: 'struct',
          fields: [
            { name: 'url', type: 'string', nullable: true, metadata: {} },
            { name: 'width', type: 'short', nullable: true, metadata: {} },
          ],
        },
        containsNull: true,
      },
      nullable: true,
      metadata: {},
    });
  });

  const WORDS = '## gold.tracks\n\nOne row per track.\n\n- n: How often, "a count".\n';

  it('says what the table is and its columns mean, where readers look for it', async () => {
    const { publish, log } = await open(undefined, { dictionary: WORDS });
    await publish(rows(1));
    const metaData = find(log, 0, 'metaData');
    expect(metaData?.description).toBe('One row per track.');
    expect(JSON.parse(String(metaData?.schemaString)).fields).toEqual([
      { name: 'id', type: 'long', nullable: true, metadata: {} },
      { name: 'n', type: 'integer', nullable: true, metadata: { comment: 'How often, "a count".' } },
    ]);
  });

  it.each([
    ['of a column', WORDS.replace('often', 'many')],
    ['of the table', WORDS.replace('track.', 'track, each once.')],
    ['none any more', ''],
  ])('speaks of it anew, and of no file, once other words are written down: %s', async (_, dictionary) => {
    const { publish, log, dataDir } = await open(undefined, { dictionary: WORDS });
    const before = await publish(rows(1));
    expect((await publish(rows(1))).relations[0]?.deltaVersion).toBe(0);
    const later = await open(undefined, { dictionary, dataDir });
    const after = await later.publish(rows(1));
    expect(after.relations).toEqual([{ ...before.relations[0], deltaVersion: 1 }]);
    expect(readActions(log, 1).map((each) => Object.keys(each)[0])).toEqual(['commitInfo', 'metaData']);
    expect((await later.publish(rows(1))).relations[0]?.deltaVersion).toBe(1);
  });

  it('knows behind a checkpoint what it has said', async () => {
    const { publish, log } = await open(undefined, { dictionary: WORDS });
    for (let n = 0; n <= 11; n++) await publish(rows(n));
    expect(readdirSync(log)).toContain('00000000000000000010.checkpoint.parquet');
    expect(readActions(log, 11).map((each) => Object.keys(each)[0])).toEqual(['commitInfo', 'remove', 'add']);
    expect((await publish(rows(11))).relations[0]?.deltaVersion).toBe(11);
  });

  it('writes a checkpoint every ten commits, with the whole state, and a file that points to it', async () => {
    const { publish, log, dataDir } = await open();
    let last: Manifest | undefined;
    for (let n = 0; n <= 21; n++) last = await publish(rows(n));
    const names = readdirSync(log);
    expect(names.filter((name) => name.includes('checkpoint'))).toEqual([
      '00000000000000000010.checkpoint.parquet',
      '00000000000000000020.checkpoint.parquet',
      '_last_checkpoint',
    ]);
    expect(JSON.parse(readFileSync(join(log, '_last_checkpoint'), 'utf8'))).toMatchObject({
      version: 20,
      size: 2 + 1 + 20,
      numOfAddFiles: 1,
    });
    // From here on nothing older is read: what lies before a checkpoint may go.
    writeFileSync(join(log, '00000000000000000005.json'), 'damaged');
    const state = await readState(dataDir, log);
    expect(state).toMatchObject({
      version: 21,
      checkpoint: 20,
      protocol: { minReaderVersion: 1, minWriterVersion: 2 },
      metaData: { format: { provider: 'parquet' }, partitionColumns: [] },
    });
    expect([...state.active.keys()]).toEqual([last && fileOf(last)]);
    expect(JSON.parse(state.active.get(fileOf(last as Manifest))?.stats ?? '')).toMatchObject({
      numRecords: 3,
    });
    expect((await publish(rows(99))).relations[0]?.deltaVersion).toBe(22);
  });

  it('restores the files of an older snapshot on rollback, statistics and all, and goes on from there', async () => {
    const { publish, store, log } = await open();
    const first = await publish(rows(1));
    await publish(rows(2));
    await store.rollback(first.id);
    expect(find(log, 2, 'commitInfo')).toMatchObject({ operation: 'RESTORE', txnId: first.id });
    expect(find(log, 2, 'add')).toMatchObject({ path: fileOf(first), stats: find(log, 0, 'add')?.stats });
    expect((await publish(rows(1))).relations[0]?.deltaVersion).toBe(2);
    expect((await publish(rows(3))).relations[0]?.deltaVersion).toBe(3);
  });

  it.each([
    '',
    '{"commitInfo":{}}\n{"add":{"path":"x',
    '{"commitInfo":{}}',
  ])('removes a newest entry that is torn and that no manifest names, and takes its version: %j', async (torn) => {
    const { publish, log } = await open();
    await publish(rows(1));
    writeFileSync(join(log, '00000000000000000001.json'), torn);
    expect((await publish(rows(2))).relations[0]?.deltaVersion).toBe(1);
    expect(find(log, 1, 'add')).toBeDefined();
  });

  it('says so where an entry that was published cannot be read, or is gone', async () => {
    const { publish, log, store } = await open();
    await publish(rows(1));
    await publish(rows(2));
    await publish(rows(3));
    writeFileSync(join(log, '00000000000000000001.json'), '{"add":');
    await expect(publish(rows(4))).rejects.toThrow(
      /Delta log of "gold\/tracks" is damaged: version 1 cannot be read/,
    );
    expect((await store.readCurrent())?.warnings).toEqual([]);
  });

  const flipped = (bytes: Buffer) => {
    bytes[bytes.length - 6] = (bytes.at(-6) ?? 0) ^ 1;
    return bytes;
  };
  it.each<[string, (whole: Buffer) => Buffer, number]>([
    ['has a flipped bit in its footer', flipped, 99],
    ['is cut', (whole) => whole.subarray(0, 100), 99],
    ['is empty, of a table that stays as it is', () => Buffer.alloc(0), 12],
  ])('is read around a checkpoint that %s, and has another then', async (_, damage, next) => {
    const { publish, log, dataDir, store } = await open();
    const first = await publish(rows(0));
    for (let n = 1; n <= 12; n++) await publish(rows(n));
    const path = join(log, '00000000000000000010.checkpoint.parquet');
    writeFileSync(path, damage(readFileSync(path)));
    const published = await publish(rows(next));
    const version = published.relations[0]?.deltaVersion ?? -1;
    expect(version).toBe(next === 12 ? 12 : 13);
    expect(readdirSync(log).filter((name) => name.includes('checkpoint'))).toEqual([
      `000000000000000000${version}.checkpoint.parquet`,
      '_last_checkpoint',
    ]);
    expect(JSON.parse(readFileSync(join(log, '_last_checkpoint'), 'utf8'))).toMatchObject({ version });
    const state = await readState(dataDir, log);
    expect(state).toMatchObject({ version, checkpoint: version, unreadable: [] });
    expect([...state.active.keys()]).toEqual([fileOf(published)]);
    await store.rollback(first.id);
  });

  it('says so where a checkpoint cannot be read and the entries before it are gone, and is begun anew once it is moved away', async () => {
    const { publish, log, store } = await open();
    const manifests = [];
    for (let n = 0; n <= 12; n++) manifests.push(await publish(rows(n)));
    const path = join(log, '00000000000000000010.checkpoint.parquet');
    writeFileSync(path, flipped(readFileSync(path)));
    rmSync(join(log, '00000000000000000004.json'));
    const said = {
      code: 'SNAPSHOT',
      message: expect.stringMatching(
        /Delta log of "gold\/tracks" is damaged: checkpoint 10 cannot be read\. Move its folder/,
      ),
    };
    await expect(publish(rows(99))).rejects.toMatchObject(said);
    await expect(store.rollback(manifests[11]?.id ?? '')).rejects.toMatchObject(said);
    expect(await store.readCurrent()).toMatchObject({ manifest: { id: manifests[12]?.id }, warnings: [] });
    renameSync(log, `${log}.away`);
    expect((await publish(rows(99))).relations[0]?.deltaVersion).toBe(0);
  });

  it('tries again when another writer has taken the version', async () => {
    let isFirst = true;
    const { publish, log } = await open({
      ...localFiles,
      link: async (from, to) => {
        if (to.endsWith('00000000000000000001.json') && isFirst) {
          isFirst = false;
          writeFileSync(to, `${JSON.stringify({ commitInfo: { engineInfo: 'another' } })}\n`);
        }
        return localFiles.link(from, to);
      },
    });
    await publish(rows(1));
    expect((await publish(rows(2))).relations[0]?.deltaVersion).toBe(2);
    expect(find(log, 1, 'commitInfo')).toEqual({ engineInfo: 'another' });
    expect(find(log, 2, 'add')).toBeDefined();
  });
});

describe('toSchemaString', () => {
  it('refuses a type that Delta does not have', () => {
    expect(() => toSchemaString([{ name: 'x', type: 'HUGEINT', description: null }])).toThrow(
      /Delta Lake has no type for "HUGEINT"/,
    );
  });
});
