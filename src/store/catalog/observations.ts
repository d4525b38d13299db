// How figures of artists changed from crawl to crawl.
import type { NestedField } from './listing.ts';
import { ALWAYS, allOf, fragment, textList } from './sql-fragment.ts';
import type { ArtistMeasure } from './stats/measures.ts';

export interface Observation {
  /** ISO 8601, UTC. */
  readonly observedAt: string;
  readonly value: number;
  readonly source: string;
}

export interface HistoryArgs {
  readonly measure: ArtistMeasure;
  /** First instant, milliseconds since 1970; from the first observation unless stated. */
  readonly from?: number | null | undefined;
  /** First instant after it; to the last observation unless stated. */
  readonly to?: number | null | undefined;
  /** So many from the end; all unless stated. */
  readonly last?: number | null | undefined;
}

/** Observations of a measure of artists, oldest first; none for the measures that gold itself counts. Parents are ids of artists. */
export function historyOfArtist({
  measure,
  from,
  to,
  last,
}: HistoryArgs): NestedField<readonly Observation[]> {
  const bound = (operator: string, ms: number | null | undefined) =>
    typeof ms === 'number'
      ? fragment(`o.observed_at ${operator} make_timestamptz(?::bigint * 1000)`, BigInt(ms))
      : ALWAYS;
  const within = allOf([
    fragment(`o.entity = 'artist' and o.measure = ?`, measure.toLowerCase()),
    bound('>=', from),
    bound('<', to),
  ]);
  const newest = 'row_number() over (partition by o.entity_id order by o.observed_at desc, o.source desc)';
  return {
    key: `Artist.history ${JSON.stringify({ measure, from, to, last })}`,
    load: async (catalog, artistIds) => {
      const rows = await catalog.all<Observation & { artist_id: string }>(
        `select o.entity_id as artist_id, o.observed_at as "observedAt", o.value, o.source from gold.observations o
         where o.entity_id in (select unnest(?)) and ${within.sql}
         ${typeof last === 'number' ? `qualify ${newest} <= ${last}` : ''}
         order by artist_id, o.observed_at, o.source`,
        [textList(artistIds), ...within.params],
      );
      const byArtist = Map.groupBy(rows, (row) => row.artist_id);
      return artistIds.map((id) => byArtist.get(id) ?? []);
    },
  };
}
