import { describe, expect, it, onTestFinished } from 'vitest';
import type { LandedDocument } from '../../../src/store/landing/landing-store.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { selectFiles } from '../../../src/store/snapshots/relation-writer.ts';
import { openMemoryDb } from '../../fixtures/memory-db.ts';
import { contentOf } from './incremental-equality.ts';
import { openPublisher } from './publish-harness.ts';

/** A track, as it was fetched on a day. */
const track = (at: number, name: string, day = 1): LandedDocument => {
  const id = `3c${at}`.padEnd(22, 'x');
  return {
    source: 'spotify',
    kind: 'track',
    id,
    fetchedAt: day * 86_400_000,
    body: JSON.stringify({ id, name, artists: [{ id: '1a0'.padEnd(22, 'x'), name: 'One' }] }),
  };
};
const GOOD = [track(1, 'Song'), track(2, 'Other')];
const WRONG = [track(1, 'Gnos', 2)];

async function open() {
  const publisher = await openPublisher();
  onTestFinished(() => publisher.close());
  return publisher;
}

describe('a withdrawn batch', () => {
  it('is left out of builds as though it had never landed, and counts again once it is restored', async () => {
    const [without, publisher] = [await open(), await open()];
    await without.addBatch('good', GOOD);
    await publisher.addBatch('good', GOOD);
    await publisher.addBatch('wrong', WRONG);
    const wanted = (await without.publish()).manifest;
    const wrong = (await publisher.publish()).manifest;
    const withdrawn = await publisher.publish({ withdraw: ['wrong'] });
    expect(withdrawn.message).toContain('a batch of the served snapshot is gone or withdrawn; 1 withdrawn');
    expect(withdrawn.manifest?.batches).toEqual(['good']);
    expect(withdrawn.manifest && contentOf(withdrawn.manifest)).toEqual(wanted && contentOf(wanted));
    await publisher.addBatch('more', [track(3, 'Third')]);
    expect((await publisher.publish()).manifest?.batches).toEqual(['good', 'more']);
    await publisher.publish({ withdraw: ['more'] });
    const restored = await publisher.publish({ restore: ['wrong'] });
    expect(restored.message).toContain('1 new of 2 sealed batches');
    expect(restored.manifest && contentOf(restored.manifest)).toEqual(wrong && contentOf(wrong));
  });

  it('that the served snapshot does not hold leaves nothing to do, and the run says what it moved', async () => {
    const publisher = await open();
    await publisher.addBatch('good', GOOD);
    await publisher.publish();
    await publisher.addBatch('wrong', WRONG);
    expect(await publisher.publish({ withdraw: ['wrong'] })).toMatchObject({
      manifest: null,
      message: 'withdrawn: 1 batch; nothing new since the served snapshot',
    });
    expect(await publisher.publish()).toMatchObject({
      manifest: null,
      message: 'nothing new since the served snapshot',
    });
  });

  it('that was restored since is not withdrawn again by a retry of the run that withdrew it', async () => {
    const publisher = await open();
    await publisher.addBatch('good', GOOD);
    await publisher.addBatch('wrong', WRONG);
    await publisher.publish();
    const told = { withdraw: ['wrong'] };
    await publisher.publish(told);
    expect((await publisher.publish({ restore: ['wrong'] })).manifest?.batches).toContain('wrong');
    expect(await publisher.publish(told)).toMatchObject({ manifest: null });
    expect(await publisher.landing.findBatch('wrong')).toMatchObject({ withdrawnAt: null });
  });

  it('is refused before any other is changed where there is none of that id, or it is to be restored too', async () => {
    const publisher = await open();
    await publisher.addBatch('good', GOOD);
    await expect(publisher.publish({ withdraw: ['good', 'godo'] })).rejects.toThrow(
      '"godo" is no sealed batch; the id of one is expected',
    );
    await expect(publisher.publish({ withdraw: ['good'], restore: ['good'] })).rejects.toThrow(
      '"good" is to be withdrawn and restored',
    );
    expect(await publisher.landing.findBatch('good')).toMatchObject({ withdrawnAt: null });
  });
});

/** Several builds each: slack for a machine that many work on. */
const SLACK_MS = 600_000;

describe('a loss of rows by withdrawing', () => {
  const many = (from: number, count: number) =>
    Array.from({ length: count }, (_, at) => track(from + at, `Song ${from + at}`));
  const ranking: LandedDocument = {
    source: 'kworb',
    kind: 'ranking',
    id: '1a0'.padEnd(22, 'x'),
    fetchedAt: 1,
    body: JSON.stringify({
      list: 'artists',
      artist_id: '1a0'.padEnd(22, 'x'),
      name: 'One',
      cells: { Streams: '1' },
    }),
  };
  const invented = (at: number): LandedDocument => ({ ...track(at, 'Invented'), source: 'sandbox' });

  it(
    'is blocked until it is accepted, whatever else is withdrawn meanwhile',
    async () => {
      const publisher = await open();
      await publisher.addBatch('ranking', [ranking]);
      await publisher.addBatch('few', many(1_000, 30));
      await publisher.addBatch('many', many(2_000, 120));
      await publisher.publish();
      await expect(publisher.publish({ withdraw: ['many'] })).rejects.toThrow('volume_loss found');
      await expect(publisher.publish({ withdraw: ['ranking'] })).rejects.toThrow('volume_loss found');
      const { manifest } = await publisher.publish({ acceptLoss: true });
      expect(manifest?.batches).toEqual(['few']);
      expect(rowsOf(manifest, 'gold', 'tracks')).toBe(30);
    },
    SLACK_MS,
  );

  it(
    'that leaves nothing but the sandbox is blocked however small it is, and goes through when it is accepted',
    async () => {
      const publisher = await open();
      await publisher.addBatch('sandbox', [invented(1), invented(2)]);
      await publisher.publish();
      // One track takes the place of two: the sandbox leaves, however little has landed.
      await publisher.addBatch('real', [track(3, 'Real')]);
      expect((await publisher.publish()).manifest).not.toBeNull();
      await expect(publisher.publish({ withdraw: ['real'] })).rejects.toThrow(
        'sandbox_in_place_of_real found',
      );
      const { manifest } = await publisher.publish({ acceptLoss: true });
      expect(manifest?.batches).toEqual(['sandbox']);
      expect((await publisher.publish({ restore: ['real'] })).manifest?.batches).toEqual(['real', 'sandbox']);
    },
    SLACK_MS,
  );
});

describe('a first batch of a real source', () => {
  it(
    'whose rows are all set aside leaves the sandbox served, which leaves with the first row that is a track',
    async () => {
      const publisher = await open();
      await publisher.addBatch('sandbox', [{ ...track(1, 'Invented'), source: 'sandbox' }]);
      await publisher.publish();
      const row = (at: number, trackId: string): LandedDocument => ({
        ...{ source: 'tidytuesday', kind: 'dataset_row', id: `${at}`, fetchedAt: 1 },
        body: JSON.stringify({ track_id: trackId, track_name: 'Real', track_artist: 'One' }),
      });
      const isServed = async (built: ReturnType<typeof publisher.publish>, source: string) => {
        const { manifest, message } = await built;
        const served = manifest?.relations.find(({ name }) => name === 'served_sources');
        if (!manifest || !served) throw new Error('nothing was published');
        const db = await openMemoryDb();
        expect(await db.all(`select source from (${selectFiles(publisher.dataDir, served)})`)).toEqual([
          { source },
        ]);
        await db.close();
        return { message, rejects: rowsOf(manifest, 'silver', 'rejects') };
      };
      await publisher.addBatch('wrong', [row(1, 'none')]);
      expect((await isServed(publisher.publish(), 'sandbox')).rejects).toBe(1);
      await publisher.addBatch('wrong too', [row(2, 'neither')]);
      expect(await isServed(publisher.publish(), 'sandbox')).toMatchObject({ rejects: 2 });
      await publisher.addBatch('right', [row(3, '3c9'.padEnd(22, 'x'))]);
      const { message } = await isServed(publisher.publish(), 'tidytuesday');
      expect(message).toContain('the sandbox is served, and tracks of a real source have landed');
      await publisher.addBatch('more', [row(4, '3c8'.padEnd(22, 'x'))]);
      expect((await isServed(publisher.publish(), 'tidytuesday')).message).toContain('1 new of');
    },
    SLACK_MS,
  );

  it(
    'without a track leaves the sandbox served, warns that it waits, and is served with the first track',
    async () => {
      const publisher = await open();
      await publisher.addBatch('sandbox', [{ ...track(1, 'Invented'), source: 'sandbox' }]);
      await publisher.publish();
      const id = '1a1'.padEnd(22, 'x');
      const artist = (name: string, day: number): LandedDocument => ({
        ...{ source: 'spotify', kind: 'artist', id, fetchedAt: day * 86_400_000 },
        body: JSON.stringify({ id, name, genres: [], images: [] }),
      });
      await publisher.addBatch('artists', [artist('Two', 1)]);
      const waiting = await publisher.publish();
      expect(waiting.message).toContain('"spotify" has landed for the first time');
      expect(waiting.events).toContain('sources_waiting: 1 row of silver.served_sources');
      expect(rowsOf(waiting.manifest, 'gold', 'artists')).toBe(1);
      await publisher.addBatch('more artists', [artist('Deux', 2)]);
      const more = await publisher.publish();
      expect(more.message).toContain('1 new of 3 sealed batches');
      expect(rowsOf(more.manifest, 'gold', 'artists')).toBe(1);
      const anew = (await publisher.publish({ force: true })).manifest;
      expect(more.manifest && contentOf(more.manifest)).toEqual(anew && contentOf(anew));
      await publisher.addBatch('tracks', [track(2, 'Real')]);
      const served = await publisher.publish();
      expect(served.message).toContain('the sandbox is served, and tracks of a real source have landed');
      expect(served.events.filter((told) => told.startsWith('sources_waiting'))).toEqual([]);
      expect(rowsOf(served.manifest, 'gold', 'artists')).toBe(2);
      expect(rowsOf(served.manifest, 'gold', 'tracks')).toBe(1);
    },
    SLACK_MS,
  );
});

function rowsOf(manifest: Manifest | null, layer: string, name: string): number | undefined {
  return manifest?.relations.find((each) => each.layer === layer && each.name === name)?.rows;
}
