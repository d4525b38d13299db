// Names that were imported without ids become the artists that a crawl finds (DESIGN 4), from the landed bytes to gold.
import { describe, expect, it } from 'vitest';
import { addDocuments, type BronzeRow, buildAll, openEmptyBuild } from '../../lakehouse/build-in-memory.ts';
import { openCrawl } from './open-crawl.ts';

describe('an artist whom a data set only names', () => {
  it('is merged into the one that a crawl finds by that name with a track in common, and into no other', async () => {
    const { sandbox, run, landing } = await openCrawl({ artists: 42 });
    const artist = sandbox.catalogue.artists.find(({ name }) => name === 'Rush');
    const track = artist?.albums[0]?.tracks[0];
    const row = (id: string, trackId: string | undefined, name: string): BronzeRow => ({
      source: 'tidytuesday',
      kind: 'dataset_row',
      id,
      batch_id: 'imported',
      body: {
        track_id: trackId,
        track_name: track?.name,
        track_artist: name,
        track_album_id: track?.album.id,
        track_album_name: track?.album.name,
        playlist_id: 'p1',
        playlist_name: 'P',
        playlist_genre: 'rock',
        duration_ms: '200000',
      },
    });
    const imported = [
      row('1', track?.id, 'RUSH '),
      // The same name without anything in common is somebody else until more is known.
      {
        ...row('2', '7yyyyyyyyyyyyyyyyyyyyy', 'Asia'),
        body: { track_id: '7yyyyyyyyyyyyyyyyyyyyy', track_name: 'T', track_artist: 'Asia' },
      },
    ];
    const db = await openEmptyBuild();
    await addDocuments(db, imported);
    await buildAll(db);
    const names = () =>
      db.all<{ artist_id: string; name: string }>('select artist_id, name from gold.artists order by name');
    expect((await names()).map(({ name, artist_id }) => [name, artist_id[0]])).toEqual([
      ['Asia', 'n'],
      ['RUSH', 'n'],
    ]);

    expect((await run({ artistNames: ['Rush', 'Asia'] })).status).toBe('SUCCEEDED');
    for (const batch of await landing.listBatches({ sealed: true })) {
      for (const { kind } of batch.counts) {
        // One album is enough; the others would only make the test slow.
        for await (const page of landing.readBatch(batch.id, kind))
          await addDocuments(
            db,
            page
              .filter(
                ({ id, body }) =>
                  kind === 'artist' ||
                  id === track?.id ||
                  (kind === 'album' && body.includes(track?.id ?? '?')),
              )
              .map((document) => ({
                ...document,
                batch_id: batch.id,
                fetched_at: new Date(document.fetchedAt).toISOString(),
              })),
          );
      }
    }
    await buildAll(db);
    const merges = await db.all<{ named_id: string; artist_id: string }>(
      'select named_id, artist_id from silver.artist_merges',
    );
    expect(merges.map(({ artist_id }) => artist_id)).toEqual([artist?.id]);
    const found = await names();
    expect(
      found.filter(({ name }) => name.toLowerCase() === 'rush').map(({ artist_id }) => artist_id),
    ).toEqual([artist?.id]);
    expect(
      found
        .filter(({ name }) => name === 'Asia')
        .map(({ artist_id }) => artist_id.startsWith('n'))
        .sort(),
    ).toEqual([false, true]);
    const links = await db.all<{ artist_id: string }>(
      `select artist_id from gold.track_artists where track_id = '${track?.id}'`,
    );
    expect(links).toEqual([{ artist_id: artist?.id }]);
    await db.close();
  }, 120_000);
});
