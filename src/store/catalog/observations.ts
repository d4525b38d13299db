// How figures of artists changed from crawl to crawl.
import { type Listing, type NestedField, nestedList } from './listing.ts';
import type { ArtistMeasure } from './stats/measures.ts';

export interface Observation {
  /** ISO 8601, UTC. */
  readonly observedAt: string;
  readonly value: number;
  readonly source: string;
}

interface ObservationRow {
  readonly observed_at: string;
  readonly value: number;
  readonly source: string;
}

/** Observations of a measure of artists, oldest first; none for the measures that gold itself counts. */
export function historyOfArtist(measure: ArtistMeasure): NestedField<readonly Observation[]> {
  const listing: Listing<ObservationRow, Observation> = {
    name: 'observations',
    from: `(select * from gold.observations where entity = 'artist' and measure = '${measure.toLowerCase()}') o`,
    columns: 'o.observed_at, o.value, o.source',
    toEntity: (row) => ({ observedAt: row.observed_at, value: row.value, source: row.source }),
  };
  return nestedList(`Artist.history ${measure}`, listing, 'o.entity_id', 'o.observed_at, o.source');
}
