// How what was played sounds, weighted by plays, beside the whole catalogue.
import { TASTE_FEATURES } from '../heard.ts';
import type { Listening } from '../open.ts';
import type { Span } from '../span.ts';
import { perTrack } from './tops.ts';

export interface TasteFeature {
  readonly feature: string;
  /** Average over plays; null when no played track has it. */
  readonly mine: number | null;
  /** Average over the tracks of the catalogue. */
  readonly catalogue: number | null;
}

export async function readTaste(listening: Listening, span: Span): Promise<TasteFeature[]> {
  const { sql, params } = perTrack(span);
  const mine = TASTE_FEATURES.map(
    (name) =>
      `sum(n.plays * f.${name}) / nullif(sum(n.plays) filter (f.${name} is not null), 0) as mine_${name}`,
  );
  const all = TASTE_FEATURES.map((name) => `${name} as all_${name}`);
  const [row] = await listening.figures<Record<string, number | null>>(
    `with n as (${sql})
     select m.*, c.* from (select ${mine.join(', ')} from n join me.heard_features f using (track)) m,
       (select ${all.join(', ')} from me.catalogue_features) c`,
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

/** Tempo of plays, in bins of 20 BPM; mean and median weighted by plays: the middle play's tempo, or the mean of the two in the middle. */
export async function readTempo(listening: Listening, span: Span): Promise<TempoHistogram> {
  const { sql, params } = perTrack(span);
  const rows = await listening.figures<{ from: number; plays: number; mean: number; median: number }>(
    `with n as (${sql}),
     played as (
       select f.tempo, sum(n.plays)::bigint as plays from n join me.heard_features f using (track)
       where f.tempo is not null and n.plays > 0 group by f.tempo
     ),
     placed as (select tempo, plays, sum(plays) over (order by tempo) as up_to from played),
     middle as (
       select sum(tempo * plays) / sum(plays) as mean,
         min(tempo) filter (up_to > (select (sum(plays) - 1) // 2 from played)) as lower,
         min(tempo) filter (up_to > (select sum(plays) // 2 from played)) as upper
       from placed
     )
     select floor(tempo / ${BIN_BPM}) * ${BIN_BPM} as "from", sum(plays)::bigint as plays, any_value(mean) as mean,
       any_value((lower + upper) / 2) as median
     from placed, middle group by floor(tempo / ${BIN_BPM}) order by "from"`,
    params,
  );
  return {
    mean: rows[0]?.mean ?? null,
    median: rows[0]?.median ?? null,
    bins: rows.map(({ from, plays }) => ({ from, to: from + BIN_BPM, plays })),
  };
}
