// Lands NDJSON documents as sealed batches: `node bench/etl/load-landing.ts NDJSON_FOLDER DATA_FOLDER [ARTISTS_HELD_BACK]`.
//
// The folder is what shared/bench/etl/generate_landing.py writes. With artists held back, the last ones come with their albums,
// features and all tracks that name them in a batch of their own, which stays open until `seal-batch.ts` seals it: a new batch for an incremental build.
import { createReadStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DocumentKind, LandedDocument } from '../../src/store/landing/landing-store.ts';
import { openSqliteLanding } from '../../src/store/landing/sqlite.ts';

const [from, dataDir, heldBack = '0'] = process.argv.slice(2);
if (!from || !dataDir)
  throw new Error('usage: load-landing.ts NDJSON_FOLDER DATA_FOLDER [ARTISTS_HELD_BACK]');

const FETCHED_AT = Date.UTC(2026, 10, 20);
const KINDS = [
  ['artists', 'artist'],
  ['albums', 'album'],
  ['tracks', 'track'],
  ['features', 'audio_features'],
] as const satisfies readonly (readonly [string, DocumentKind])[];

const ID = /(?<=["/:])([0-9A-Za-z])([0-9A-Za-z]{21})(?=")/g;

interface Given {
  readonly id: string;
  readonly artist_id?: string;
  readonly album_id?: string;
  readonly artists?: readonly { id: string; name: string }[];
}

mkdirSync(dataDir, { recursive: true });
const landing = openSqliteLanding(join(dataDir, 'landing.sqlite'));
for (const id of ['first', 'second']) {
  await landing.openBatch({
    id,
    source: 'spotify',
    runId: 'bench',
    openedAt: FETCHED_AT + (id === 'first' ? 0 : 1),
  });
}

const late = new Set<string>();
const albumArtists = new Map<string, string>();
const artistNames = new Map<string, string>();
for (const [file, kind] of KINDS) {
  const pages: Record<'first' | 'second', LandedDocument[]> = { first: [], second: [] };
  const flush = async (batch: 'first' | 'second') => {
    await landing.land(batch, pages[batch].splice(0));
  };
  const artists = kind === 'artist' ? await countLines(join(from, `${file}.ndjson`)) : 0;
  let line = 0;
  for await (const given of createInterface({ input: createReadStream(join(from, `${file}.ndjson`)) })) {
    const body = given.replace(ID, toSpotifyId);
    line += 1;
    const document = JSON.parse(body) as Given & { name?: string };
    if (kind === 'artist') artistNames.set(document.id, document.name ?? '');
    if (kind === 'album') albumArtists.set(document.id, document.artist_id ?? '');
    const isLate =
      kind === 'artist'
        ? line > artists - Number(heldBack)
        : [document.id, document.artist_id ?? '', ...(document.artists ?? []).map(({ id }) => id)].some(
            (id) => late.has(id),
          );
    if (isLate) late.add(document.id);
    const batch = isLate ? 'second' : 'first';
    pages[batch].push({
      source: 'spotify',
      kind,
      id: document.id,
      fetchedAt: FETCHED_AT,
      body: complete(kind, document, body),
    });
    if (pages[batch].length >= 2_000) await flush(batch);
  }
  await flush('first');
  await flush('second');
}
await landing.sealBatch('first', FETCHED_AT + 2);
if (heldBack === '0') await landing.discardBatch('second');
await landing.close();

/** The generator draws ids of all 62 characters; Spotify's never begin past "7", and ours for things without an id do. */
function toSpotifyId(_: string, first: string, rest: string): string {
  return `${first.charCodeAt(0) % 8}${rest}`;
}

/** The generator leaves out what Spotify always sends: the artists of an album, and the album within a track. */
function complete(kind: DocumentKind, document: Given, body: string): string {
  const artist = document.artist_id ?? '';
  if (kind === 'album') {
    const artists = [{ id: artist, name: artistNames.get(artist) ?? '' }];
    return `${body.slice(0, -1)}, "artists": ${JSON.stringify(artists)}}`;
  }
  if (kind === 'track') return `${body.slice(0, -1)}, "album": ${JSON.stringify({ id: document.album_id })}}`;
  return body;
}

async function countLines(path: string): Promise<number> {
  let lines = 0;
  for await (const _ of createInterface({ input: createReadStream(path) })) lines += 1;
  return lines;
}
