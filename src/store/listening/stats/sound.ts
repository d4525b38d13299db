// Statistics, correlations and points of what was played, as the catalogue has them of its tracks: a row is a play of at least 30 s with what
// gold says of its track, nothing where the catalogue lacks it.
import type { SqlFragment } from '../../catalog/catalog.ts';
import type { Connection, PageLimits } from '../../catalog/page.ts';
import { allOf, fragment } from '../../catalog/sql-fragment.ts';
import { type Correlation, correlateRows } from '../../catalog/stats/correlation.ts';
import { listGroups, type StatsGroup, type StatsRequest } from '../../catalog/stats/groups.ts';
import type { TrackMeasure } from '../../catalog/stats/measures.ts';
import { type ScatterPoint, type ScatterRequest, sampleRows } from '../../catalog/stats/scatter.ts';
import { type Subject, TRACKS } from '../../catalog/stats/subject.ts';
import type { Listening } from '../open.ts';
import { COUNTS_FROM_MS, type Span, withinSpan } from '../span.ts';

const PLAYS: Subject = {
  ...TRACKS,
  name: 'play',
  from: 'me.plays p left join gold.tracks t on t.track_id = p.track_id',
  id: 'p.play_key',
};

const counting = (span: Span): SqlFragment =>
  allOf([withinSpan(span), fragment(`p.ms_played >= ${COUNTS_FROM_MS}`)]);

/** Groups of plays by what their tracks have in common. @throws InvalidInputError */
export function listPlayStats(
  listening: Listening,
  span: Span,
  request: Pick<StatsRequest, 'groupBy' | 'having' | 'orderBy' | 'page'>,
  limits: PageLimits,
): Connection<StatsGroup> {
  return listGroups(listening, PLAYS, { ...request, within: counting(span) }, limits);
}

export function correlatePlays(
  listening: Listening,
  span: Span,
  { x, y }: { x: TrackMeasure; y: TrackMeasure },
): Promise<Correlation> {
  return correlateRows(listening, x, y, { from: PLAYS.from, filter: counting(span) });
}

/** A seeded sample of the plays whose tracks have both measures. @throws InvalidInputError */
export function samplePlays(
  listening: Listening,
  span: Span,
  request: Pick<ScatterRequest, 'x' | 'y' | 'sample' | 'seed'>,
): Promise<ScatterPoint[]> {
  return sampleRows(listening, { ...PLAYS, filter: counting(span) }, request);
}
