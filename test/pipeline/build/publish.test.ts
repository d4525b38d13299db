import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CancelledError } from '../../../src/errors.ts';
import { readLakehouse } from '../../../src/pipeline/build/relations.ts';
import { quoteText } from '../../../src/store/duckdb.ts';
import { openMemoryDb } from '../../fixtures/memory-db.ts';
import { openPublisher as openSelects } from '../../fixtures/published.ts';
import { interceptFiles } from '../../store/snapshots/fault-files.ts';
import { openPublisher } from './publish-harness.ts';
import { makeFirstBatch, seeded } from './random-landing.ts';

describe('publishStep', () => {
  it('puts the key of each relation into the manifest', async () => {
    const publisher = await openPublisher();
    onTestFinished(() => publisher.close());
    await publisher.addBatch('b1', makeFirstBatch(seeded(1)));
    const { manifest } = await publisher.publish();
    const stated = readLakehouse().relations.filter(
      ({ layer, key }) => layer !== 'staging' && key.length > 0,
    );
    expect(
      manifest?.relations.flatMap(({ layer, name, key }) => (key ? [[layer, name, key]] : [])).sort(),
    ).toEqual(stated.map(({ layer, name, key }) => [layer, name, key]).sort());
  });

  it('compresses files of ids and hashes only where less disk is asked for', async () => {
    const codecs = async (env: Record<string, string>) => {
      const publisher = await openPublisher(env);
      onTestFinished(() => publisher.close());
      await publisher.addBatch('b1', makeFirstBatch(seeded(1)));
      await publisher.publish();
      return Promise.all(
        ['gold/provenance', 'silver/audio_features', 'gold/tracks'].map((relation) =>
          findCodecs(join(publisher.dataDir, relation)),
        ),
      );
    };
    expect(await codecs({})).toEqual([['UNCOMPRESSED'], ['UNCOMPRESSED'], ['SNAPPY']]);
    expect(await codecs({ GROOVELAKE_PARQUET_COMPRESSION: 'zstd' })).toEqual([['ZSTD'], ['ZSTD'], ['ZSTD']]);
  });

  it('comes after steps that say how many rows they wrote, relations side by side as well', async () => {
    const publisher = await openPublisher();
    onTestFinished(() => publisher.close());
    await publisher.addBatch('b1', makeFirstBatch(seeded(1)));
    const { manifest, rowsOut } = await publisher.publish();
    for (const layer of ['silver', 'gold', 'warehouse']) {
      const written = manifest?.relations.filter((relation) => relation.layer === layer) ?? [];
      expect(rowsOut[layer], layer).toBe(written.reduce((sum, { rows }) => sum + rows, 0));
      expect(rowsOut[layer]).toBeGreaterThan(0);
    }
  });

  it('stands by its snapshot when it is cancelled while it keeps house afterwards', async () => {
    const publisher = await openPublisher({ GROOVELAKE_KEEP_LANDED_DAYS: '1' });
    onTestFinished(() => publisher.close());
    await publisher.addBatch('b1', makeFirstBatch(seeded(1)));
    await publisher.publish();
    const stop = new AbortController();
    const { landing, dataDir } = publisher;
    const listBatches = landing.listBatches.bind(landing);
    let asked = 0;
    Object.assign(landing, {
      listBatches: (...given: Parameters<typeof listBatches>) => {
        // The bronze step asks first.
        if (++asked === 2) stop.abort(new CancelledError('enough'));
        return listBatches(...given);
      },
    });
    const before = readFileSync(join(dataDir, 'CURRENT'), 'utf8');
    const { manifest } = await publisher.publish({ force: true }, stop.signal);
    expect(stop.signal.aborted).toBe(true);
    expect(readFileSync(join(dataDir, 'CURRENT'), 'utf8')).not.toBe(before);
    expect(JSON.parse(readFileSync(join(dataDir, 'CURRENT'), 'utf8')).snapshotId).toBe(manifest?.id);
  });

  it.each([
    ['has nothing to build', {}, 'nothing new since the served snapshot'],
    ['builds, before it does', { force: true }, '1 sealed batches, built anew: it was asked for'],
  ])('comes after a publish that died with tables put right by a run that %s', async (_, asked, said) => {
    const publisher = await openPublisher();
    onTestFinished(() => publisher.close());
    await publisher.addBatch('b1', makeFirstBatch(seeded(1)));
    const { manifest } = await publisher.publish();
    let isDead = false;
    const files = interceptFiles((_, name) => {
      isDead ||= files.calls.at(-1)?.startsWith('write snapshots/') === true;
      if (isDead) throw new Error(`the process is dead at ${name}`);
    });
    const dying = await openSelects(publisher.dataDir, files);
    await expect(dying.publish({ 'gold.genres': 'select 1 as n' })).rejects.toThrow('is dead');
    await dying.close();
    const log = join(publisher.dataDir, 'gold/genres/_delta_log');
    expect(readdirSync(log).filter((name) => name.endsWith('.json'))).toHaveLength(2);
    const { message, events } = await publisher.publish(asked);
    expect(message).toBe(said);
    expect(events).toContain('1 Delta table was brought back to what is served: gold.genres');
    const entry = readFileSync(join(log, '00000000000000000002.json'), 'utf8');
    expect(entry).toContain(
      basename(manifest?.relations.find(({ name }) => name === 'genres')?.files[0]?.path ?? ''),
    );
    expect((await publisher.publish()).events).toEqual([]);
  });

  it('publishes nothing once another may publish, and says that trying again may help', async () => {
    let asked = 0;
    let isLostAt = Number.POSITIVE_INFINITY;
    const publisher = await openPublisher({}, async () => (++asked < isLostAt ? { fence: 1 } : null));
    onTestFinished(() => publisher.close());
    await publisher.addBatch('b1', makeFirstBatch(seeded(1)));
    await publisher.publish();
    const withCommits = asked;
    asked = 0;
    const last = await publisher.publish({ force: true });
    const path = join(publisher.dataDir, 'CURRENT');
    const current = readFileSync(path, 'utf8');
    // Rows are as they were: before anything is committed, and right before CURRENT would move. Else before commits to tables too.
    const whenAsked = asked;
    expect(withCommits).toBeGreaterThan(whenAsked);
    for (const at of [whenAsked - 1, whenAsked]) {
      asked = 0;
      isLostAt = at;
      await expect(publisher.publish({ force: true })).rejects.toMatchObject({
        code: 'RUN_STATE',
        isRetryable: true,
      });
      expect(asked).toBe(at);
      expect(readFileSync(path, 'utf8')).toBe(current);
    }
    expect(last.manifest?.id).toBe(JSON.parse(current).snapshotId);
  });
});

/** How the columns of a relation's files are compressed. */
async function findCodecs(folder: string): Promise<string[]> {
  const db = await openMemoryDb();
  try {
    const found = await db.all<{ compression: string }>(
      `select distinct compression from parquet_metadata(${quoteText(join(folder, '*.parquet'))})`,
    );
    return found.map(({ compression }) => compression);
  } finally {
    await db.close();
  }
}
