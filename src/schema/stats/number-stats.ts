// NumberStats: one measure over the rows of a group. A field that is not selected costs nothing.
import {
  type Aggregate,
  type HistogramBin,
  isPercent,
  toQuantile,
} from '../../store/catalog/stats/aggregates.ts';
import type { StatsGroup } from '../../store/catalog/stats/groups.ts';
import type { Statistic } from '../../store/catalog/stats/measures.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';

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

/** A figure by the measure it is of, and by the field's arguments; null where they are not for it. */
type ToAggregate<A> = (measure: string, args: A) => Aggregate | null;

const figure = <A extends object>(toAggregate: ToAggregate<A>) => ({
  extensions: { toAggregate },
  resolve: ({ group, measure }: NumberStats, args: A, context: Context) => {
    const aggregate = toAggregate(measure, args);
    return aggregate && context.loaders.stats.figure(group, aggregate);
  },
});

const statistic = (name: Statistic) => figure((measure) => ({ kind: 'statistic', statistic: name, measure }));

/** A count that is nothing where there is no figure. */
const counted = (toAggregate: ToAggregate<object>) => {
  const { extensions, resolve } = figure(toAggregate);
  return {
    extensions,
    resolve: (stats: NumberStats, args: object, context: Context) => orZero(resolve(stats, args, context)),
  };
};

export function orZero(value: number | null | Promise<number | null>): number | Promise<number> {
  return value instanceof Promise ? value.then((found) => found ?? 0) : (value ?? 0);
}

const PERCENTILE = figure<{ p: number }>((measure, { p }) =>
  isPercent(p) ? { kind: 'percentile', measure, p } : null,
);

export const NumberStatsRef = builder.objectRef<NumberStats>('NumberStats').implement({
  description:
    'A measure over the rows of a group that have a value, exact and in the unit of the measure. Rows without a value are counted as missing and left out of every figure.',
  fields: (t) => ({
    count: t.int({
      nullable: false,
      description: 'Rows with a value.',
      ...counted((measure) => ({ kind: 'statistic', statistic: 'COUNT', measure })),
    }),
    missing: t.int({
      nullable: false,
      description: 'Rows without a value.',
      ...counted((measure) => ({ kind: 'missing', measure })),
    }),
    min: t.float({ description: 'Least value; null for no value.', ...statistic('MIN') }),
    max: t.float({ description: 'Greatest value; null for no value.', ...statistic('MAX') }),
    sum: t.float({ description: 'Sum; null for no value.', ...statistic('SUM') }),
    avg: t.float({ description: 'Arithmetic mean; null for no value.', ...statistic('AVG') }),
    median: t.float({
      description: 'Median, the middle two interpolated; null for no value.',
      ...statistic('MEDIAN'),
    }),
    stddev: t.float({
      description: 'Standard deviation of the sample (n - 1); null below two values.',
      ...statistic('STDDEV'),
    }),
    percentile: t.float({
      args: { p: t.arg.float({ required: true, description: '0..100; 50 is the median.' }) },
      description: 'Exact percentile with linear interpolation; null for no value.',
      extensions: PERCENTILE.extensions,
      resolve: (stats, args, context) => {
        // Here, where it is this field's error alone: figures of a group are computed together.
        toQuantile(args.p);
        return PERCENTILE.resolve(stats, args, context);
      },
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
