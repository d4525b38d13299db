// An extended streaming history of many plays, as Spotify hands it out: `node bench/listening/write-export.ts FOLDER [PLAYS]`.
//
// Invented, the same bytes for the same count: tracks of the sandbox's catalogue, some played far more often than others, one after the
// other over ten years, in files of 15,000 rows.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandomness } from '../../src/clock.ts';
import { createCatalogue } from '../../src/sources/sandbox/catalogue.ts';
import { extendedRow } from '../../test/sources/exports/export-rows.ts';

const [folder, count = '1000000'] = process.argv.slice(2);
if (!folder) throw new Error('usage: write-export.ts FOLDER [PLAYS]');

const PER_FILE = 15_000;
const FROM = Date.UTC(2016, 0, 1);
const TO = Date.UTC(2026, 0, 1);
const plays = Number(count);
const random = seededRandomness(26);
const tracks = [...createCatalogue({ seed: 7 }).trackById.values()];
mkdirSync(folder, { recursive: true });

function toRow(at: number): object {
  // The square of a draw: a tenth of the tracks has a third of the plays.
  const track = tracks[Math.floor(tracks.length * random.next() ** 2)];
  if (!track) throw new Error('no tracks');
  const isSkipped = random.next() < 0.12;
  const ended = FROM + Math.round(((TO - FROM) * (at + random.next())) / plays);
  return extendedRow({
    ts: `${new Date(ended).toISOString().slice(0, 19)}Z`,
    platform: 'android',
    ms_played: isSkipped ? Math.floor(20_000 * random.next()) : track.durationMs,
    master_metadata_track_name: track.name,
    master_metadata_album_artist_name: track.album.artist.name,
    master_metadata_album_album_name: track.album.name,
    spotify_track_uri: `spotify:track:${track.id}`,
    reason_end: isSkipped ? 'fwdbtn' : 'trackdone',
    shuffle: random.next() < 0.3,
    skipped: isSkipped,
    offline_timestamp: Math.round(ended / 1_000),
  });
}

for (let from = 0, file = 0; from < plays; from += PER_FILE, file++) {
  const rows = Array.from({ length: Math.min(PER_FILE, plays - from) }, (_, at) => toRow(from + at));
  writeFileSync(join(folder, `Streaming_History_Audio_${file}.json`), JSON.stringify(rows));
}
