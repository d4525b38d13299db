import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CancelledError } from '../../../src/errors.ts';
import type { BuildSession } from '../../../src/pipeline/build/build-session.ts';
import { orderRelations, type RelationSql } from '../../../src/pipeline/build/relations.ts';
import {
  beginStaging,
  findKinds,
  openStaging,
  stageRelation,
  stopWithStep,
} from '../../../src/pipeline/build/stage-documents.ts';
import type { StepContext } from '../../../src/pipeline/step.ts';
import { openMemoryDb } from '../../fixtures/memory-db.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { addDocuments, lakehouse, openEmptyBuild } from '../../lakehouse/build-in-memory.ts';
import { openPublisher } from './publish-harness.ts';
import { makeFirstBatch, seeded } from './random-landing.ts';

const TRACKS = "select id from bronze.documents where kind = 'track'";
const ALBUMS = "select id from bronze.documents where kind = 'album'";
const BROKEN = "select error('no such luck') from bronze.documents where kind = 'album'";
/** Takes minutes unless it is interrupted. */
const ENDLESS =
  "select count(*) from range(1000000000000) where (select count(*) from bronze.documents where kind = 'album') > 0";

/** Relations of staging over bronze with one track and one album. */
async function open(sqls: Readonly<Record<string, string>>, folder = join(makeTempFolder(), 'staging')) {
  const db = await openMemoryDb(3);
  onTestFinished(() => db.close());
  await db.run('create schema bronze; create schema staging');
  await db.run("create table bronze.documents as from (values ('a', 'album'), ('t', 'track')) v(id, kind)");
  const relations = orderRelations(
    Object.entries(sqls).map(([name, sql]) => ({ layer: 'staging' as const, name, sql })),
  );
  const staging = openStaging(db, folder, new Set(['album', 'track']));
  const atOnce = 2;
  const session = { db, staging, atOnce, threads: 2, lakehouse: { relations } } as unknown as BuildSession;
  const events: string[] = [];
  const stop = new AbortController();
  const context = {
    signal: stop.signal,
    config: { buildThreads: 2 },
    progress: () => {},
    event: (_level: string, _type: string, message: string) => events.push(message),
  } as unknown as StepContext;
  const find = (name: string) => relations.find((relation) => relation.name === name) as RelationSql;
  const stageAll = () => Promise.all(relations.map((relation) => stageRelation(context, session, relation)));
  return { db, folder, staging, session, context, events, stop, find, stageAll };
}

describe('findKinds(sql)', () => {
  it('names all kinds of documents that a relation of staging makes rows of', async () => {
    const kinds = [
      'artist',
      'album',
      'track',
      'audio_features',
      'playlist',
      'ranking',
      'play',
      'dataset_row',
      'malformed_row',
      'name_match',
      'miss',
    ];
    const db = await openEmptyBuild();
    onTestFinished(() => db.close());
    const body = { id: 'x' };
    for (const source of ['spotify', 'tidytuesday', 'kaggle_1921_2020_artists'])
      await addDocuments(
        db,
        kinds.map((kind) => ({ source, kind, id: 'x', body })),
      );
    for (const { layer, name, sql } of lakehouse.relations) {
      if (layer !== 'staging') continue;
      const asked = findKinds(sql);
      expect(asked.length, name).toBeGreaterThan(0);
      const count = async (kind: string) => {
        const select = sql.replaceAll(
          'from bronze.documents',
          `from (from bronze.documents where kind = '${kind}')`,
        );
        return (await db.all<{ n: number }>(`select count(*) as n from (${select}\n)`))[0]?.n ?? 0;
      };
      const found = [];
      for (const kind of kinds) if ((await count(kind)) > 0) found.push(kind);
      expect(found.sort(), name).toEqual(asked);
    }
  });

  it('finds none where a select does not say', () => {
    expect(findKinds('select id from bronze.documents')).toEqual([]);
  });
});

describe('beginStaging', () => {
  it('begins with relations of which all documents are in bronze, and with no others', async () => {
    const { session, staging } = await open({
      tracks: TRACKS,
      albums: ALBUMS,
      both: `${TRACKS} union all ${ALBUMS}`,
      any: 'select id from bronze.documents',
    });
    const begun: string[] = [];
    const begin = ({ name }: RelationSql) => void begun.push(name);
    beginStaging({ ...session, staging: { ...staging, begin } }, (kind) => kind === 'track');
    expect(begun).toEqual(['tracks']);
  });
});

describe('stageRelation', () => {
  it('takes no columns from the names of the folders in which the lake lies', async () => {
    const folder = join(makeTempFolder(), 'id=elsewhere', 'env=test', 'staging');
    const { db, stageAll } = await open({ tracks: TRACKS }, folder);
    await stageAll();
    expect(await db.all('select * from staging.tracks')).toEqual([{ id: 't' }]);
  });

  it('waits for what has begun, writes the rest, and each relation once', async () => {
    const { db, session, stageAll } = await open({ tracks: TRACKS, albums: ALBUMS });
    beginStaging(session, (kind) => kind === 'track');
    await stageAll();
    expect(await db.all('select (from staging.tracks) as track, (from staging.albums) as album')).toEqual([
      { track: 't', album: 'a' },
    ]);
    const before = db.statements;
    await stageAll();
    expect(db.statements).toBe(before);
  });

  it('says which relation could not be built where it failed before anybody waited for it', async () => {
    const { session, events, staging, find, stageAll } = await open({ albums: BROKEN, tracks: TRACKS });
    beginStaging(session, () => true);
    // They are begun one after the other.
    await staging.write(find('tracks'));
    await expect(stageAll()).rejects.toMatchObject({
      code: 'TRANSFORM',
      message: expect.stringContaining('"staging.albums" could not be built'),
    });
    expect(events).toEqual(['staging.albums could not be built']);
  });
});

describe('stopWithStep', () => {
  it('interrupts what was begun when the step is to stop, or does not let it begin', async () => {
    const { session, context, stop, stageAll } = await open({ albums: ENDLESS, tracks: TRACKS });
    beginStaging(session, (kind) => kind === 'album');
    {
      using _ = stopWithStep(context, session);
      const staged = stageAll();
      stop.abort(new CancelledError('enough'));
      await expect(staged).rejects.toThrow('enough');
    }
    expect(() => stopWithStep(context, session)).toThrow('enough');
  });
});

describe('stop', () => {
  it('interrupts what is under way, after which it can be written', async () => {
    const { folder, session, staging, find } = await open({ albums: ENDLESS, tracks: TRACKS });
    beginStaging(session, () => true);
    await staging.stop();
    await staging.write(find('tracks'));
    expect(existsSync(join(folder, 'tracks.parquet'))).toBe(true);
    const again = staging.write(find('albums'));
    await staging.stop(new CancelledError('enough'));
    await expect(again).rejects.toThrow('enough');
  });
});

describe('a build of everything', () => {
  it('has the same rows whether documents are typed beside bronze or after it', async () => {
    const batches = [1, 2, 3].map((seed) => makeFirstBatch(seeded(seed)));
    const build = async (threads: string) => {
      const publisher = await openPublisher({ GROOVELAKE_BUILD_THREADS: threads });
      onTestFinished(() => publisher.close());
      for (const [at, documents] of batches.entries()) await publisher.addBatch(`b${at}`, documents);
      const { manifest } = await publisher.publish();
      // Once more, with bronze there already.
      const again = await publisher.publish({ force: true });
      const hashes = (given: typeof manifest) =>
        given?.relations.map(({ layer, name, contentHash }) => [layer, name, contentHash]);
      expect(hashes(again.manifest)).toEqual(hashes(manifest));
      return hashes(manifest);
    };
    expect(await build('2')).toEqual(await build('1'));
  }, 120_000);

  it('stops with its step while documents are typed beside bronze', async () => {
    const publisher = await openPublisher({ GROOVELAKE_BUILD_THREADS: '2' });
    onTestFinished(() => publisher.close());
    await publisher.addBatch('b1', makeFirstBatch(seeded(1)));
    const stop = new AbortController();
    const { landing, dataDir } = publisher;
    const readJoined = landing.readJoined.bind(landing);
    let kinds = 0;
    Object.assign(landing, {
      readJoined: (...given: Parameters<typeof readJoined>) => {
        if (++kinds === 3) stop.abort(new CancelledError('enough'));
        return readJoined(...given);
      },
    });
    await expect(publisher.publish({}, stop.signal)).rejects.toThrow('enough');
    expect(existsSync(join(dataDir, 'CURRENT'))).toBe(false);
    const { manifest } = await publisher.publish();
    expect(manifest).not.toBeNull();
  }, 120_000);
});
