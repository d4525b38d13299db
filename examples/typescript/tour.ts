// A tour of the API with typed operations: search, an artist's page, a dashboard, similar tracks, and a crawl followed as it goes.
// node tour.ts [search term]
import { type Client, createClient } from './client.ts';
import {
  ArtistPageDocument,
  DashboardDocument,
  FollowRunDocument,
  RunResultDocument,
  SearchDocument,
  SimilarTracksDocument,
  StartCrawlDocument,
  type TrackFilter,
  type TrackLineFragment,
} from './operations.generated.ts';

const { GROOVELAKE_SERVER_URL: url = 'http://127.0.0.1:4000', GROOVELAKE_API_KEY: key } = process.env;
const client = createClient(`${url.replace(/\/+$/, '')}/graphql`, key);

const artistId = await search(client, process.argv[2] ?? 'rush');
const trackId = artistId && (await showArtist(client, artistId));
if (trackId) await showSimilar(client, trackId);
await showDashboard(client, { album: { albumType: 'ALBUM' }, popularity: { gte: 20 } });
await crawl(client);

/** Finds by name, and returns the first artist of what was found. */
async function search({ ask }: Client, term: string): Promise<string | null> {
  const { search } = await ask(SearchDocument, { term });
  heading(`"${term}" finds ${search?.totalCount ?? 0}`);
  for (const { node, score } of search?.nodes ?? [])
    console.log(`${node.__typename.padEnd(7)}${node.name} (${score.toFixed(3)})`);
  // The type name tells the members of a union apart, for the compiler too.
  const artist = search?.nodes.map(({ node }) => node).find((node) => node.__typename === 'Artist');
  return artist?.id ?? null;
}

/** Shows an artist, and returns the first of the tracks that have audio features. */
async function showArtist({ ask }: Client, id: string): Promise<string | null> {
  const { artist } = await ask(ArtistPageDocument, { id, tracks: { hasAudioFeatures: true } });
  if (!artist) return null;
  heading(`${artist.name}, popularity ${artist.popularity ?? 'not known'}`);
  console.log(`genres: ${artist.genres.map(({ name }) => name).join(', ') || 'none'}`);
  console.log(`albums: ${artist.albums.totalCount}, the latest`);
  for (const { name, releaseDate, albumType } of artist.albums.nodes)
    console.log(`  ${releaseDate ?? '?'} ${name} (${albumType ?? '?'})`);
  console.log(`tracks with audio features: ${artist.tracks.totalCount}, the most popular`);
  for (const track of artist.tracks.nodes)
    console.log(
      `  ${toLine(track)}: energy ${track.audioFeatures?.energy ?? '?'}, ${track.audioFeatures?.tempo ?? '?'} BPM`,
    );
  console.log(`near: ${artist.similarArtists.map(({ artist: { name } }) => name).join(', ')}`);
  return artist.tracks.nodes[0]?.id ?? null;
}

/** Shows the neighbors across decades, and what sets each apart most. */
async function showSimilar({ ask }: Client, id: string): Promise<void> {
  const { similarTracks } = await ask(SimilarTracksDocument, { to: [id], weights: { releaseYear: 0 } });
  heading('Similar tracks, whenever they were released');
  if (similarTracks?.reason) console.log(`fewer than asked: ${similarTracks.reason}`);
  for (const { track, similarity, contributions } of similarTracks?.nodes ?? [])
    console.log(`${similarity.toFixed(3)} ${toLine(track)} (apart by ${contributions[0]?.feature})`);
}

async function showDashboard({ ask }: Client, where: TrackFilter): Promise<void> {
  const { tracks, decades, timeline } = await ask(DashboardDocument, { where });
  heading(`${tracks?.totalCount ?? 0} tracks of albums with a popularity of 20 or more`);
  for (const { group, count, shareOfTotal, energy } of decades?.nodes ?? [])
    console.log(
      `${group.label.padEnd(7)}${String(count).padStart(6)} ${(100 * shareOfTotal).toFixed(1).padStart(5)} %, energy ${energy.avg?.toFixed(3) ?? '?'} on average`,
    );
  const { points = [], trend } = timeline ?? {};
  if (trend)
    console.log(
      `energy from ${points[0]?.period} to ${points.at(-1)?.period}: ${trend.slope.toFixed(4)} a year (r² ${trend.rSquared.toFixed(2)})`,
    );
}

/** Starts a small crawl, follows its events, and tells what came of it. */
async function crawl(client: Client): Promise<void> {
  const { triggerCrawl } = await client.ask(StartCrawlDocument, { input: { top: 3, force: true } });
  heading('A crawl of three artists');
  if (triggerCrawl.__typename !== 'TriggerRunSuccess') {
    console.log(triggerCrawl.message);
    return;
  }
  const { id } = triggerCrawl.run;
  await followRun(client, id);
  const { run } = await client.ask(RunResultDocument, { id });
  console.log(`${id} ${run?.status ?? 'is gone'}${run?.error ? `: ${run.error.message}` : ''}`);
  for (const { name, status, rowsOut, requests } of run?.steps ?? [])
    console.log(`  ${name} ${status}: ${rowsOut ?? 0} documents, ${requests ?? 0} requests`);
}

/** Prints a run's events; a connection that breaks is made again, behind the last event seen. */
async function followRun({ follow }: Client, runId: string): Promise<void> {
  let after: string | null = null;
  for (let breaks = 0; ; breaks++) {
    try {
      for await (const { runEvents } of follow(FollowRunDocument, { runId, after })) {
        console.log(`  ${runEvents.level} ${runEvents.step ?? 'run'}: ${runEvents.message}`);
        after = runEvents.cursor;
      }
      return;
    } catch (error) {
      if (breaks === 3) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

function toLine({ name, artists, releaseYear }: TrackLineFragment): string {
  return `${name} by ${artists.map((artist) => artist.name).join(', ') || '?'}, ${releaseYear ?? '?'}`;
}

function heading(text: string): void {
  console.log(`\n${text}\n`);
}
