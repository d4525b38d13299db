// How figures changed from crawl to crawl.
import type { SqlFragment } from './catalog.ts';
import type { NestedField } from './listing.ts';
import { type Given, given } from './predicates.ts';
import { allOf, fragment, textList } from './sql-fragment.ts';

export interface Observation {
  /** ISO 8601, UTC. */
  readonly observedAt: string;
  readonly value: number;
  readonly source: string;
}

export type ObservedEntity = 'artist' | 'album' | 'track';

/** Which of the observations; all unless stated. */
export interface ObservedWindow {
  /** Milliseconds since 1970: those of then and later. */
  readonly from?: Given<number>;
  /** Those before. */
  readonly to?: Given<number>;
  /** Of those the newest, at most so many. */
  readonly last?: Given<number>;
}

interface ObservationRow {
  readonly parent_id: string;
  readonly observed_at: string;
  readonly value: number;
  readonly source: string;
}

/** Observations of a measure, oldest first; none for what gold itself counts. Parents are ids of entities. */
export function historyOf(
  entity: ObservedEntity,
  measure: string,
  window: ObservedWindow = {},
): NestedField<readonly Observation[]> {
  const { last = null } = window;
  const within = observedWithin(entity, measure, window);
  const newest = `qualify row_number() over (partition by o.entity_id order by o.observed_at desc, o.source desc) <= ?`;
  return {
    key: `${entity} history ${measure} ${JSON.stringify(window)}`,
    load: async (catalog, ids) => {
      const rows = await catalog.all<ObservationRow>(
        `select o.entity_id as parent_id, o.observed_at, o.value, o.source from gold.observations o
         where o.entity_id in (select unnest(?)) and ${within.sql} ${last === null ? '' : newest}
         order by parent_id, o.observed_at, o.source`,
        [textList(ids), ...within.params, ...(last === null ? [] : [last])],
      );
      const byParent = Map.groupBy(rows, (row) => row.parent_id);
      return ids.map((id) => (byParent.get(id) ?? []).map(toObservation));
    },
  };
}

/** Over a row of gold.observations that goes by the alias o. */
export function observedWithin(
  entity: ObservedEntity,
  measure: string,
  { from, to }: Pick<ObservedWindow, 'from' | 'to'>,
): SqlFragment {
  return allOf([
    fragment('o.entity = ? and o.measure = ?', entity, measure.toLowerCase()),
    ...given(from, (ms) => fragment('o.observed_at >= make_timestamptz(?::bigint * 1000)', BigInt(ms))),
    ...given(to, (ms) => fragment('o.observed_at < make_timestamptz(?::bigint * 1000)', BigInt(ms))),
  ]);
}

function toObservation({ observed_at, value, source }: ObservationRow): Observation {
  return { observedAt: observed_at, value, source };
}
