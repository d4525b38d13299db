// NumberStats: one measure over the rows of a group. A field that is not selected costs nothing.
import type { HistogramBin } from '../store/catalog/stats/aggregates.ts';
import type { StatsGroup } from '../store/catalog/stats/groups.ts';
import type { Statistic } from '../store/catalog/stats/measures.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';

/** A measure over a group. */
export interface NumberStats {
  readonly group: StatsGroup;
  readonly measure: string;
}

const HistogramBinRef = builder.objectRef<HistogramBin>('HistogramBin').implement({
  description: 'A range of values and how many fall into it.',
  fields: (t) => ({
    from: t.exposeFloat('from', { nullable: false, description: 'Lower end, included.' }),
    to: t.exposeFloat('to', { nullable: false, description: 'Upper end, left out except in the last bin.' }),
    count: t.exposeInt('count', { nullable: false, description: 'Rows in the range.' }),
  }),
});

const figure = (statistic: Statistic) => (stats: NumberStats, _args: object, context: Context) =>
  context.loaders.stats.figure(stats.group, { kind: 'statistic', statistic, measure: stats.measure });

export const NumberStatsRef = builder.objectRef<NumberStats>('NumberStats').implement({
  description:
    'A measure over the rows of a group that have a value, exact and in the unit of the measure. Rows without a value are counted as missing and left out of every figure.',
  fields: (t) => ({
    count: t.int({
      nullable: false,
      description: 'Rows with a value.',
      resolve: async (stats, args, context) => (await figure('COUNT')(stats, args, context)) ?? 0,
    }),
    missing: t.int({
      nullable: false,
      description: 'Rows without a value.',
      resolve: async (stats, _args, context) =>
        (await context.loaders.stats.figure(stats.group, { kind: 'missing', measure: stats.measure })) ?? 0,
    }),
    min: t.float({ description: 'Least value; null for no value.', resolve: figure('MIN') }),
    max: t.float({ description: 'Greatest value; null for no value.', resolve: figure('MAX') }),
    sum: t.float({ description: 'Sum; null for no value.', resolve: figure('SUM') }),
    avg: t.float({ description: 'Arithmetic mean; null for no value.', resolve: figure('AVG') }),
    median: t.float({
      description: 'Median, the middle two interpolated; null for no value.',
      resolve: figure('MEDIAN'),
    }),
    stddev: t.float({
      description: 'Standard deviation of the sample (n - 1); null below two values.',
      resolve: figure('STDDEV'),
    }),
    percentile: t.float({
      args: { p: t.arg.float({ required: true, description: '0..100; 50 is the median.' }) },
      description: 'Exact percentile with linear interpolation; null for no value.',
      resolve: (stats, { p }, context) =>
        context.loaders.stats.figure(stats.group, { kind: 'percentile', measure: stats.measure, p }),
    }),
    histogram: t.field({
      type: [HistogramBinRef],
      nullable: false,
      args: {
        bins: t.arg.int({ description: 'Bins of equal width, 1..1000; 10 unless stated.' }),
        min: t.arg.float({ description: 'Lower end of the first bin; the least value unless stated.' }),
        max: t.arg.float({ description: 'Upper end of the last bin; the greatest value unless stated.' }),
      },
      description:
        'Counts per bin, lowest first; values outside min..max are left out. Empty for no value, one bin when all are equal.',
      resolve: (stats, { bins, min, max }, context) =>
        context.loaders.stats.histogram(stats.group, {
          measure: stats.measure,
          bins: bins ?? 10,
          min: min ?? null,
          max: max ?? null,
        }),
    }),
  }),
});
