// How figures of artists, tracks and albums changed from crawl to crawl.
import type { GraphQLResolveInfo } from 'graphql';
import {
  historyOf,
  type Observation,
  type ObservedEntity,
  type ObservedWindow,
} from '../../store/catalog/observations.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { readListSize } from '../list-size.ts';
import { loadNestedList } from '../nested-list.ts';
import { AlbumRef, ArtistRef, TrackRef } from '../refs.ts';
import { ArtistMeasureEnum } from './artist.ts';
import { ObservationRef } from './provenance.ts';

/** More than a year of a figure that is observed twice a day. */
const MAX_OBSERVATIONS = 1_000;

export const ObservedMeasureEnum = builder.enumType('ObservedMeasure', {
  description: 'A number of tracks and albums that is observed from crawl to crawl.',
  values: { POPULARITY: { description: 'Popularity, 0..100.' } } as const,
});

const WINDOW_ARGS = builder.args((t) => ({
  from: t.field({ type: 'DateTime', description: 'Figures of then or later; from the first unless stated.' }),
  to: t.field({ type: 'DateTime', description: 'Figures before; to the last unless stated.' }),
  last: t.int({
    description: `Of those the newest, at most so many, 1..${MAX_OBSERVATIONS}; all unless stated.`,
  }),
}));
const OBSERVED_ARGS = builder.args((t) => ({
  measure: t.field({ type: ObservedMeasureEnum, description: 'Which figure; POPULARITY unless stated.' }),
}));
const HISTORY =
  'How a figure changed from crawl to crawl, oldest first; empty when it was never observed: data sets do not say when their figures were taken. ' +
  'It grows with every crawl: a chart of many says how much of it with last.';

builder.objectField(ArtistRef, 'history', (t) =>
  t.field({
    type: [ObservationRef],
    nullable: false,
    args: {
      measure: t.arg({ type: ArtistMeasureEnum, required: true, description: 'Which figure.' }),
      ...WINDOW_ARGS,
    },
    description: HISTORY,
    resolve: ({ id }, { measure, ...window }, context, info) =>
      listHistory('artist', id, measure, window, context, info),
  }),
);

builder.objectField(TrackRef, 'history', (t) =>
  t.field({
    type: [ObservationRef],
    nullable: false,
    args: { ...OBSERVED_ARGS, ...WINDOW_ARGS },
    description: HISTORY,
    resolve: ({ id }, { measure, ...window }, context, info) =>
      listHistory('track', id, measure ?? 'POPULARITY', window, context, info),
  }),
);

builder.objectField(AlbumRef, 'history', (t) =>
  t.field({
    type: [ObservationRef],
    nullable: false,
    args: { ...OBSERVED_ARGS, ...WINDOW_ARGS },
    description: HISTORY,
    resolve: ({ id }, { measure, ...window }, context, info) =>
      listHistory('album', id, measure ?? 'POPULARITY', window, context, info),
  }),
);

/** Counts against the limits where nobody said how many; else they were counted before (http/limits/cost.ts). @throws InvalidInputError */
async function listHistory(
  entity: ObservedEntity,
  id: string,
  measure: string,
  window: ObservedWindow,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<Observation[]> {
  const { last } = window;
  if (typeof last === 'number') readListSize(last, last, MAX_OBSERVATIONS, 'last');
  const field = historyOf(entity, measure, window);
  return typeof last === 'number'
    ? [...(await context.loaders.nested(field, id))]
    : loadNestedList(field, id, context, info);
}
