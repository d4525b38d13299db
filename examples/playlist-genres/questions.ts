// How the six playlist genres of the TidyTuesday data set differ: one query, every figure.
import { ask, SERVER_URL, toTable } from '../ask.ts';

const GENRES = `query PlaylistGenres {
  trackStats(groupBy: [PLAYLIST_GENRE], orderBy: [{ by: AVG, measure: ENERGY, direction: DESC }]) {
    totalCount
    nodes {
      group { label }
      count
      shareOfTotal
      energy { avg }
      danceability { avg }
      tempo { median missing }
    }
  }
  everything: trackStats { nodes { count energy { avg } tempo { avg missing } danceability { avg } } }
  correlation(x: ENERGY, y: LOUDNESS) { pearson n }
  tracks(first: 3) { totalCount nodes { name popularity artists { name } } }
}`;

export interface PlaylistGenres {
  trackStats: {
    totalCount: number;
    nodes: {
      group: { label: string };
      count: number;
      shareOfTotal: number;
      energy: { avg: number };
      danceability: { avg: number };
      tempo: { median: number; missing: number };
    }[];
  };
  everything: {
    nodes: [
      {
        count: number;
        energy: { avg: number };
        tempo: { avg: number; missing: number };
        danceability: { avg: number };
      },
    ];
  };
  correlation: { pearson: number; n: number };
  tracks: {
    totalCount: number;
    nodes: { name: string; popularity: number | null; artists: { name: string }[] }[];
  };
}

export function askPlaylistGenres(url: string): Promise<PlaylistGenres> {
  return ask(url, GENRES);
}

if (process.argv[1] === import.meta.filename) {
  const answer = await askPlaylistGenres(SERVER_URL);
  console.log(
    toTable(
      ['playlist genre', 'tracks', 'energy', 'danceability', 'median tempo'],
      answer.trackStats.nodes.map((row) => [
        row.group.label,
        row.count,
        Number(row.energy.avg.toFixed(3)),
        Number(row.danceability.avg.toFixed(3)),
        Number(row.tempo.median.toFixed(1)),
      ]),
    ),
  );
  const { correlation, tracks } = answer;
  console.log(
    `\n${tracks.totalCount} tracks; energy and loudness correlate with ${correlation.pearson.toFixed(3)}.`,
  );
  console.log('Most popular:');
  for (const track of tracks.nodes) {
    console.log(
      `  ${track.popularity ?? '–'}  ${track.name} (${track.artists.map((artist) => artist.name).join(', ')})`,
    );
  }
}
