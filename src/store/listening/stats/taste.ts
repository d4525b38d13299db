// How what was played sounds, weighted by plays, beside the whole catalogue.
import type { Catalog } from '../../catalog/catalog.ts';
import type { Span } from '../span.ts';
import { perTrack } from './tops.ts';

export const TASTE_FEATURES = [
  'danceability',
  'energy',
  'valence',
  'acousticness',
  'instrumentalness',
  'liveness',
  'speechiness',
  'tempo',
  'loudness',
] as const;

export interface TasteFeature {
  readonly feature: string;
  /** Average over plays; null when no played track has it. */
  readonly mine: number | null;
  /** Average over the tracks of the catalogue. */
  readonly catalogue: number | null;
}

export async function readTaste(listening: Catalog, span: Span): Promise<TasteFeature[]> {
  const { sql, params } = perTrack(span);
  const mine = TASTE_FEATURES.map(
    (name) =>
      `sum(n.plays * f.${name}) / nullif(sum(n.plays) filter (f.${name} is not null), 0) as mine_${name}`,
  );
  const all = TASTE_FEATURES.map((name) => `avg(${name}) as all_${name}`);
  const [row] = await listening.all<Record<string, number | null>>(
    `with n as (${sql})
     select m.*, c.* from (select ${mine.join(', ')} from n join gold.audio_features f using (track_id)) m,
       (select ${all.join(', ')} from gold.audio_features) c`,
    params,
  );
  return TASTE_FEATURES.map((feature) => ({
    feature,
    mine: row?.[`mine_${feature}`] ?? null,
    catalogue: row?.[`all_${feature}`] ?? null,
  }));
}

export interface TempoHistogram {
  readonly mean: number | null;
  readonly median: number | null;
  /** Plays from `from` BPM on, below the next. */
  readonly bins: readonly { readonly from: number; readonly to: number; readonly plays: number }[];
}

const BIN_BPM = 20;

/** Tempo of plays, in bins of 20 BPM; mean and median weighted by plays. */
export async function readTempo(listening: Catalog, span: Span): Promise<TempoHistogram> {
  const { sql, params } = perTrack(span);
  const rows = await listening.all<{ from: number; plays: number; total: number; tempo: number; n: number }>(
    `with n as (${sql}),
     played as (select f.tempo, sum(n.plays) as n from n join gold.audio_features f using (track_id) where f.tempo is not null and n.plays > 0 group by f.tempo)
     select tempo, n::bigint as n from played order by tempo`,
    params,
  );
  const total = rows.reduce((sum, { n }) => sum + n, 0);
  if (total === 0) return { mean: null, median: null, bins: [] };
  const bins = new Map<number, number>();
  for (const { tempo, n } of rows) {
    const from = Math.floor(tempo / BIN_BPM) * BIN_BPM;
    bins.set(from, (bins.get(from) ?? 0) + n);
  }
  return {
    mean: rows.reduce((sum, { tempo, n }) => sum + tempo * n, 0) / total,
    median: weightedMedian(rows, total),
    bins: [...bins].map(([from, plays]) => ({ from, to: from + BIN_BPM, plays })),
  };
}

/** The middle play's tempo, or the mean of the two in the middle. @param rows by tempo, lowest first */
function weightedMedian(rows: readonly { tempo: number; n: number }[], total: number): number | null {
  const at = (place: number) => {
    let seen = 0;
    for (const { tempo, n } of rows) {
      seen += n;
      if (seen > place) return tempo;
    }
    return Number.NaN;
  };
  return (at(Math.floor((total - 1) / 2)) + at(Math.floor(total / 2))) / 2;
}
