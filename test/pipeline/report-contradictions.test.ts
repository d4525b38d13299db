import { describe, expect, it, onTestFinished } from 'vitest';
import type { LandedDocument } from '../../src/store/landing/landing-store.ts';
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
    expect(await told()).toEqual([expect.stringContaining('artists of 1, album_name of 1')]);
  });
});
