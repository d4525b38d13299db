// The three questions of the notebook that Groovelake replaces, asked of ten progressive bands in the sandbox catalogue.
import { ask, SERVER_URL, toTable } from '../ask.ts';

/** Spotify's ids of the ten bands. */
export const BANDS = [
  '1MD5pgVzlusqGyuSTcTxvu',
  '6ra4GIOgCZQZMOaUECftGN',
  '7M1FPw29m5FbicYzS2xdpi',
  '3Uz6jx81OY2J5K8Z4wmy2P',
  '3CkvROUTQ6nRi9yQOcsB50',
  '6w6z8m4WXX7Tub4Rb6Lu7R',
  '7AC976RDJzL2asmZuz7qil',
  '0k17h0D3J5VfsdmQ1iZtE9',
  '2Hkut4rAAyrQxRdof7FVJq',
  '1bdytLV3FPjyhfrb6BhMej',
];

const MOST_ACOUSTIC = `query MostAcoustic($id: ID!) {
  artist(id: $id) {
    name
    tracks(first: 5, where: { album: { albumType: ALBUM } }, orderBy: [{ field: ACOUSTICNESS, direction: DESC }]) {
      nodes { name audioFeatures { acousticness } }
    }
  }
}`;

const AVERAGES = `query Averages($bands: [ID!]!) {
  trackStats(
    where: { artists: { some: { id: { in: $bands } } }, album: { albumType: ALBUM } }
    groupBy: [ARTIST]
    orderBy: [{ by: AVG, measure: ENERGY, direction: DESC }]
    first: 100
  ) {
    nodes {
      group { artist { id name } }
      count
      energy { avg }
      acousticness { avg }
      danceability { avg }
      tempo { avg }
      loudness { avg }
      durationMs { avg }
    }
  }
}`;

const MOST_DANCEABLE = `query MostDanceable($id: ID!) {
  artist(id: $id) {
    name
    topTracks(by: DANCEABILITY, first: 3) { rank value track { name } }
  }
}`;

export interface MostAcoustic {
  artist: {
    name: string;
    tracks: { nodes: { name: string; audioFeatures: { acousticness: number } | null }[] };
  };
}

export interface Averages {
  trackStats: {
    nodes: {
      group: { artist: { id: string; name: string } };
      count: number;
      energy: { avg: number };
      acousticness: { avg: number };
      danceability: { avg: number };
      tempo: { avg: number };
      loudness: { avg: number };
      durationMs: { avg: number };
    }[];
  };
}

export interface MostDanceable {
  artist: { name: string; topTracks: { rank: number; value: number; track: { name: string } }[] };
}

/** 1. Filter and order: one band's tracks, most acoustic first. */
export async function askMostAcoustic(url: string, id: string): Promise<MostAcoustic> {
  return requireBand(await ask<MostAcoustic>(url, MOST_ACOUSTIC, { id }), id);
}

/** 2. The average of each feature per band; guests on the tracks are left out. */
export async function askAverages(url: string): Promise<Averages['trackStats']['nodes']> {
  const { trackStats } = await ask<Averages>(url, AVERAGES, { bands: BANDS });
  return trackStats.nodes.filter((node) => BANDS.includes(node.group.artist.id));
}

/** 3. The three most danceable tracks of each band; ties share a rank. */
export function askMostDanceable(url: string): Promise<MostDanceable[]> {
  return Promise.all(
    BANDS.map(async (id) => requireBand(await ask<MostDanceable>(url, MOST_DANCEABLE, { id }), id)),
  );
}

/** The bands are the sandbox's, whose tracks leave the catalogue as soon as real ones are imported. */
function requireBand<T extends { artist: object | null }>(answer: T, id: string): T {
  if (answer.artist) return answer;
  throw new Error(
    `There is no artist "${id}" here: these questions are about the sandbox's catalogue. Start a server on an empty data folder ` +
      '(GROOVELAKE_DATA_DIR=other npm start), or keep the sandbox beside what you import (GROOVELAKE_KEEP_SANDBOX=true).',
  );
}

if (process.argv[1] === import.meta.filename) {
  const url = SERVER_URL;
  const { artist } = await askMostAcoustic(url, '2Hkut4rAAyrQxRdof7FVJq');
  console.log(`1. Most acoustic tracks of ${artist.name}\n`);
  console.log(
    toTable(
      ['track', 'acousticness'],
      artist.tracks.nodes.map((track) => [track.name, track.audioFeatures?.acousticness ?? null]),
    ),
  );
  console.log('\n2. Averages per band, most energetic first\n');
  const averages = await askAverages(url);
  console.log(
    toTable(
      ['band', 'tracks', 'energy', 'acousticness', 'danceability', 'tempo', 'loudness', 'minutes'],
      averages.map((row) => [
        row.group.artist.name,
        row.count,
        round(row.energy.avg, 3),
        round(row.acousticness.avg, 3),
        round(row.danceability.avg, 3),
        round(row.tempo.avg, 1),
        round(row.loudness.avg, 2),
        round(row.durationMs.avg / 60_000, 2),
      ]),
    ),
  );
  console.log('\n3. The three most danceable tracks of each band\n');
  const ranked = await askMostDanceable(url);
  console.log(
    toTable(
      ['band', 'rank', 'danceability', 'track'],
      ranked.flatMap((answer) =>
        answer.artist.topTracks.map((entry) => [
          answer.artist.name,
          entry.rank,
          round(entry.value, 3),
          entry.track.name,
        ]),
      ),
    ),
  );
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
