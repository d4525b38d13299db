// A seeded sample of tracks as points: the same seed gives the same sample of the same snapshot.
import { InvalidInputError } from '../../../errors.ts';
import type { Catalog, SqlFragment } from '../catalog.ts';
import type { TrackFilter } from '../filter-types.ts';
import { compileTrackFilter } from '../filters.ts';
import { type Dimension, joinsOf, TRACK_DIMENSIONS, type TrackDimension } from './dimensions.ts';
import { type Measure, TRACK_MEASURES, type TrackMeasure } from './measures.ts';
import { type Subject, TRACKS } from './subject.ts';

export interface ScatterRequest {
  readonly x: TrackMeasure;
  readonly y: TrackMeasure;
  readonly colorBy?: TrackDimension | null | undefined;
  readonly where?: TrackFilter | null | undefined;
  readonly sample?: number | null | undefined;
  readonly seed?: number | null | undefined;
}

export interface ScatterPoint {
  readonly x: number;
  readonly y: number;
  /** Label of the dimension; the alphabetically first where the track has several; null for none. */
  readonly color: string | null;
  readonly trackId: string;
}

/** Points of a plot. */
export const DEFAULT_SAMPLE = 1_000;
export const MAX_SAMPLE = 10_000;

/** @throws InvalidInputError unless `sample` is a whole number from 1 to 10000 */
export function sampleScatter(catalog: Catalog, request: ScatterRequest): Promise<ScatterPoint[]> {
  return sampleRows(catalog, { ...TRACKS, filter: compileTrackFilter(request.where) }, request);
}

/**
 * Points of rows that each have a track or none, `t`; `id` tells the rows apart.
 *
 * @throws InvalidInputError likewise
 */
export async function sampleRows(
  catalog: Catalog,
  { from, id, filter }: Pick<Subject, 'from' | 'id'> & { readonly filter: SqlFragment },
  request: Omit<ScatterRequest, 'where'>,
): Promise<ScatterPoint[]> {
  const sample = readSample(request.sample);
  const x: Measure = TRACK_MEASURES[request.x];
  const y: Measure = TRACK_MEASURES[request.y];
  const color: Dimension | null = request.colorBy ? TRACK_DIMENSIONS[request.colorBy] : null;
  const measureJoins = [...new Set([x, y].flatMap((measure) => measure.join ?? []))].join('\n');
  const seed = `:${request.seed ?? 0}`;
  return catalog.all<ScatterPoint>(
    `with sampled as (
       select t.*, ${id} as row_id, (${x.sql})::double as sampled_x, (${y.sql})::double as sampled_y
       from ${from} ${measureJoins}
       where (${filter.sql}) and ${x.sql} is not null and ${y.sql} is not null
       order by md5(row_id || ?), row_id limit ${sample})
     select any_value(t.sampled_x) as x, any_value(t.sampled_y) as y,
       ${color ? `min((${color.label})::varchar)` : 'null'} as color, any_value(t.track_id) as "trackId"
     from sampled t ${color ? joinsOf([color]) : ''} group by t.row_id order by md5(t.row_id || ?), t.row_id`,
    [...filter.params, seed, seed],
  );
}

function readSample(given: number | null | undefined): number {
  const sample = given ?? DEFAULT_SAMPLE;
  if (Number.isInteger(sample) && sample >= 1 && sample <= MAX_SAMPLE) return sample;
  throw new InvalidInputError(
    `"sample" is ${sample}; a whole number from 1 to ${MAX_SAMPLE} is expected. Ask for fewer points.`,
    { field: 'sample', given: String(sample), expected: `a whole number from 1 to ${MAX_SAMPLE}` },
  );
}
