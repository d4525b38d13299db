// Whose figures changed most between two moments, by what crawls observed.
import type { Catalog, SqlFragment } from './catalog.ts';
import { compileAlbumFilter, compileArtistFilter, compileTrackFilter } from './filters.ts';
import { type Observation, type ObservedEntity, observedWithin } from './observations.ts';
import type { Direction } from './order.ts';
import type { Given } from './predicates.ts';

export interface Mover {
  /** Of the artist, album or track. */
  readonly id: string;
  readonly before: Observation;
  readonly now: Observation;
  /** now - before. */
  readonly change: number;
  /** The change over what it was before; null where that was 0. */
  readonly growth: number | null;
}

export interface MoversRequest {
  readonly measure: string;
  /** Milliseconds since 1970: `before` is the last observation by then, or the first after it; the first of all unless stated. */
  readonly from?: Given<number>;
  /** `now` is the last observation before; the last of all unless stated. */
  readonly to?: Given<number>;
  readonly by: 'CHANGE' | 'GROWTH';
  /** Gains, the greatest first, or losses, likewise. */
  readonly direction: Direction;
  readonly first: number;
}

type FindMovers<F> = (catalog: Catalog, where: Given<F>, request: MoversRequest) => Promise<Mover[]>;

export const findArtistMovers = moversOf('artist', 'a.artist_id', 'gold.artists a', compileArtistFilter);
export const findAlbumMovers = moversOf('album', 'b.album_id', 'gold.albums b', compileAlbumFilter);
export const findTrackMovers = moversOf('track', 't.track_id', 'gold.tracks t', compileTrackFilter);

interface MoverRow {
  readonly id: string;
  readonly source: string;
  readonly before_at: string;
  readonly before_value: number;
  readonly now_at: string;
  readonly now_value: number;
  readonly change: number;
  readonly growth: number | null;
}

/** Figures of one source are compared with one another; of several sources the one observed last tells, whichever way it went. Of equals the first by id. */
function moversOf<F>(
  entity: ObservedEntity,
  key: string,
  from: string,
  compile: (where: Given<F>) => SqlFragment,
): FindMovers<F> {
  return async (catalog, where, request) => {
    const filter = compile(where);
    const within = observedWithin(entity, request.measure, { to: request.to });
    const before = firstOrBy(request.from);
    const by = request.by.toLowerCase();
    const rows = await catalog.all<MoverRow>(
      `with figures as (
         select o.entity_id as id, o.source, max(o.observed_at) as now_at, arg_max(o.value, o.observed_at) as now_value,
           ${before.sql}
         from gold.observations o where ${within.sql} and o.entity_id in (select ${key} from ${from} where ${filter.sql})
         group by o.entity_id, o.source),
       moved as (
         select *, now_value - before_value as change, (now_value - before_value) / nullif(before_value, 0) as growth
         from figures where before_at < now_at
         qualify row_number() over (partition by id order by now_at desc, source) = 1)
       select * from moved where ${by} ${request.direction === 'DESC' ? '>' : '<'} 0
       order by ${by} ${request.direction}, id limit ?`,
      [...before.params, ...within.params, ...filter.params, request.first],
    );
    return rows.map(toMover);
  };
}

function firstOrBy(from: Given<number>): SqlFragment {
  const [firstAt, first] = ['min(o.observed_at)', 'arg_min(o.value, o.observed_at)'];
  if (from === null || from === undefined)
    return { sql: `${firstAt} as before_at, ${first} as before_value`, params: [] };
  const byThen = 'filter (where o.observed_at <= to_timestamp(?::double / 1000))';
  return {
    sql: `coalesce(max(o.observed_at) ${byThen}, ${firstAt}) as before_at,
      coalesce(arg_max(o.value, o.observed_at) ${byThen}, ${first}) as before_value`,
    params: [from, from],
  };
}

function toMover({
  id,
  source,
  before_at,
  before_value,
  now_at,
  now_value,
  change,
  growth,
}: MoverRow): Mover {
  return {
    id,
    before: { observedAt: before_at, value: before_value, source },
    now: { observedAt: now_at, value: now_value, source },
    change,
    growth,
  };
}
