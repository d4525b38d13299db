// Lists in pages, as they are and, when a test asks for it, as they are not.
import type { Bodies } from './bodies.ts';
import type { Lie } from './faults.ts';
import { apiError, json, type Reply } from './reply.ts';

export interface PageLimits {
  readonly max: number;
  readonly usual: number;
}

export interface Paged<T> {
  readonly path: string;
  readonly items: readonly T[];
  readonly limits: PageLimits;
  /** Further parameters that the links repeat. */
  readonly query?: string;
  readonly toBody: (item: T) => unknown;
}

export interface Place {
  readonly limit: number;
  readonly offset: number;
}

/** Null: not a place that a list of these limits has. */
export function readPlace(query: URLSearchParams, { max, usual }: PageLimits): Place | null {
  const limit = query.has('limit') ? Number(query.get('limit') || Number.NaN) : usual;
  const offset = Number(query.get('offset') ?? 0);
  const isFine =
    Number.isInteger(limit) && limit >= 1 && limit <= max && Number.isInteger(offset) && offset >= 0;
  return isFine ? { limit, offset } : null;
}

export interface Pager {
  reply<T>(query: URLSearchParams, list: Paged<T>, lie: Lie | null): Reply;
  page<T>(place: Place, list: Paged<T>, lie: Lie | null): object;
}

export function createPager(bodies: Bodies): Pager {
  let calls = 0;
  const page = <T>({ limit, offset }: Place, list: Paged<T>, lie: Lie | null): object => {
    const { path, items, toBody, query } = list;
    calls += 1;
    const told = tell(lie, { limit, offset, total: items.length, calls });
    return bodies.page(path, items.slice(told.start, told.end).map(toBody), {
      limit,
      offset,
      total: told.total,
      ...(query === undefined ? {} : { query }),
      ...(told.goesOn === undefined ? {} : { goesOn: told.goesOn }),
    });
  };
  return {
    page,
    reply: (query, list, lie) => {
      const place = readPlace(query, list.limits);
      return place ? json(page(place, list, lie)) : apiError(400, 'Invalid limit');
    },
  };
}

interface Told {
  readonly start: number;
  readonly end: number;
  readonly total: number;
  readonly goesOn?: boolean;
}

function tell(lie: Lie | null, at: Place & { total: number; calls: number }): Told {
  const { limit, offset, total, calls } = at;
  const from = (start: number) => ({ start, end: start + limit });
  switch (lie) {
    case 'empty':
      return { start: 0, end: 0, total, goesOn: true };
    case 'repeated':
      return { ...from(Math.max(0, offset - limit)), total, goesOn: true };
    case 'endless':
      return { ...from(Math.min(offset, Math.max(0, total - limit))), total: total + calls, goesOn: true };
    case 'drifting':
      return { ...from(offset), total: total + (calls % 3), goesOn: offset + limit < total };
    case 'shifted':
      return { ...from(Math.max(0, offset - 1)), total: total + 1 };
    case null:
      return { ...from(offset), total };
  }
}
