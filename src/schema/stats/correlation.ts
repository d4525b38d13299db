// Correlation and regression of measures.

import type { TrackFilter } from '../../store/catalog/filters.ts';
import { type Correlation, correlate, correlatePair } from '../../store/catalog/stats/correlation.ts';
import type { TrackMeasure } from '../../store/catalog/stats/measures.ts';
import { builder } from '../builder.ts';
import { countedList } from '../counted-list.ts';
import { TrackFilterInput } from '../filters.ts';
import { TrackMeasureEnum } from './stats-enums.ts';

export const CorrelationRef = builder.objectRef<Correlation>('Correlation').implement({
  description:
    'How two measures go together, over the tracks that have both; of a listening period over the plays of such tracks.',
  fields: (t) => ({
    x: t.field({
      type: TrackMeasureEnum,
      nullable: false,
      description: 'The first measure.',
      resolve: ({ x }) => x,
    }),
    y: t.field({
      type: TrackMeasureEnum,
      nullable: false,
      description: 'The second measure.',
      resolve: ({ y }) => y,
    }),
    n: t.exposeInt('n', { nullable: false, description: 'Tracks, or plays, with both values.' }),
    pearson: t.exposeFloat('pearson', {
      description: 'Pearson correlation, -1..1; null below two of them or when a measure is constant.',
    }),
    slope: t.exposeFloat('slope', {
      description:
        'Slope of the least-squares line y = slope x + intercept, in units of y per unit of x; null when x is constant.',
    }),
    intercept: t.exposeFloat('intercept', {
      description:
        'Intercept of the least-squares line y = slope x + intercept, in the unit of y; null when x is constant.',
    }),
    rSquared: t.exposeFloat('rSquared', {
      description:
        'Share of the variance of y that the least-squares line explains, 0..1; null when a measure is constant.',
    }),
  }),
});

interface CorrelationsArgs {
  readonly measures: readonly TrackMeasure[];
  readonly where?: TrackFilter | null | undefined;
}

builder.queryFields((t) => ({
  correlation: t.field({
    type: CorrelationRef,
    args: {
      x: t.arg({ type: TrackMeasureEnum, required: true, description: 'The first measure.' }),
      y: t.arg({ type: TrackMeasureEnum, required: true, description: 'The second measure.' }),
      where: t.arg({ type: TrackFilterInput, description: 'Which tracks; all unless stated.' }),
    },
    description: 'How two measures go together: correlation and regression.',
    resolve: (_root, { x, y, where }, context) => correlatePair(context.catalog, x, y, where),
  }),
  correlations: t.field({
    type: [CorrelationRef],
    args: {
      measures: t.arg({
        type: [TrackMeasureEnum],
        required: true,
        description: 'Two to fourteen different measures.',
      }),
      where: t.arg({ type: TrackFilterInput, description: 'Which tracks; all unless stated.' }),
    },
    description:
      'The upper triangle of the correlation matrix: each pair of the measures once, in their order.',
    ...countedList((_root: object, { measures, where }: CorrelationsArgs, context) =>
      correlate(context.catalog, measures, where),
    ),
  }),
}));
