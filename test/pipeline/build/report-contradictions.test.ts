import { describe, expect, it, onTestFinished } from 'vitest';
import { reportContradictions } from '../../../src/pipeline/build/report-contradictions.ts';
import type { StepContext } from '../../../src/pipeline/step.ts';
import type { LandedDocument } from '../../../src/store/landing/landing-store.ts';
import { openMemoryDb } from '../../fixtures/memory-db.ts';
import { openPublisher } from './publish-harness.ts';

const row = (at: number, track: number, cells: object = {}): LandedDocument => ({
  source: 'tidytuesday',
  kind: 'dataset_row',
  id: String(at),
  fetchedAt: 1,
  body: JSON.stringify({
    track_id: `3c${track}`.padEnd(22, 'x'),
    track_name: 'Song',
    energy: '0.5',
    ...cells,
  }),
});
const ofTrack = (track: number) => `3c${track}`.padEnd(22, 'x');

describe('reportContradictions', () => {
  it('says of new batches which fields the rows of a file contradict each other in, and no more', async () => {
    const publisher = await openPublisher();
    onTestFinished(() => publisher.close());
    const told = async () =>
      (await publisher.publish()).events.filter((message) => message.includes('several rows'));
    await publisher.addBatch('a', [
      row(1, 1, { energy: '0.1', tempo: '100' }),
      row(2, 1, { energy: '0.2', tempo: '110' }),
      row(3, 2, { energy: '0.1' }),
      row(4, 2, { energy: '0.2' }),
      // On two playlists, with a value that one of them does not know, and a row that is set aside.
      row(5, 3, { playlist_id: 'p' }),
      row(6, 3, { playlist_id: 'q', energy: 'NA' }),
      row(7, 3, { energy: '7' }),
      // Of an album and an artist that one of them does not know.
      row(8, 5),
      row(9, 5, { track_artist: 'One', track_album_name: 'Album' }),
    ]);
    expect(await told()).toEqual([
      `2 tracks are on several rows of one file that say different things, of which the last holds: energy of 2, tempo of 1; e.g. "${ofTrack(1)}"`,
    ]);
    // Another file may say something else: it is newer, and no mistake.
    await publisher.addBatch('b', [row(1, 3, { energy: '0.9' })]);
    expect(await told()).toEqual([]);
    await publisher.addBatch('c', [row(1, 4), row(2, 4, { track_name: 'Gnos' })]);
    expect(await told()).toEqual([
      `1 track is on several rows of one file that say different things, of which the last holds: name of 1; e.g. "${ofTrack(4)}"`,
    ]);
    await publisher.addBatch('d', [
      row(1, 6, { track_artist: 'One', track_album_name: 'Album' }),
      row(2, 6, { track_artist: 'Two', track_album_name: 'Other' }),
    ]);
    expect(await told()).toEqual([expect.stringContaining('album_name of 1, artists of 1')]);
  });

  it('compares every column that is not of the row itself, were it a new one', async () => {
    const db = await openMemoryDb();
    onTestFinished(() => db.close());
    await db.run(`create schema staging; create table staging.dataset_tracks as
      select 'b' as batch_id, 't' as track_id, 'Song' as name, '' as album_name, [] as artists,
        null as reject_reason, 'genre ' || i as genre, i as mood
      from range(2) r(i)`);
    const events: string[] = [];
    const event = (_level: string, _type: string, message: string) => events.push(message);
    const { signal } = new AbortController();
    await reportContradictions({ event, signal } as unknown as StepContext, {
      db,
      batches: ['b'],
      parent: null,
    });
    expect(events).toEqual([expect.stringContaining('last holds: mood of 1; e.g. "t"')]);
  });
});
