// A measure over the years, its trend, and what the trend says of the next ones.
import { forecast, readTimeline, type Timeline } from '../../store/catalog/stats/timeline.ts';
import type { TimelinePoint, Trend } from '../../store/catalog/stats/trend.ts';
import { builder } from '../builder.ts';
import { countedList } from '../counted-list.ts';
import { TrackFilterInput } from '../filters.ts';

const TimelineSubjectEnum = builder.enumType('TimelineSubject', {
  description: 'What is followed over time.',
  values: {
    TRACKS: { description: 'Tracks, by release: of their album, else their own.' },
    ALBUMS: {
      description:
        'Albums that have a track which passes the filter, each once: by its own release, else by the earliest of its tracks.',
    },
    ARTISTS: {
      description: 'Artists with a track released in the period; an artist is in every period with one.',
    },
  } as const,
});

const TimelineMeasureEnum = builder.enumType('TimelineMeasure', {
  description: 'What is measured per period.',
  values: {
    COUNT: { description: 'How many; 0 in a period without any.' },
    AVG_POPULARITY: { description: 'Average popularity of the subjects themselves, 0..100.' },
    AVG_DURATION_MS: { description: 'Average length of the tracks, ms.' },
    AVG_ENERGY: { description: 'Average energy of the tracks, 0..1.' },
    AVG_DANCEABILITY: { description: 'Average danceability of the tracks, 0..1.' },
    AVG_VALENCE: { description: 'Average valence of the tracks, 0..1.' },
    AVG_TEMPO: { description: 'Average tempo of the tracks, BPM.' },
  } as const,
});

const TimeGrainEnum = builder.enumType('TimeGrain', {
  description: 'Length of a period.',
  values: {
    DECADE: { description: 'Ten years, e.g. 1990s.' },
    YEAR: { description: 'A year, e.g. 1997.' },
    MONTH: { description: 'A month, e.g. 1997-05; tracks and albums known to the year only are excluded.' },
  } as const,
});

const TimelinePointRef = builder.objectRef<TimelinePoint>('TimelinePoint').implement({
  description: 'One period.',
  fields: (t) => ({
    period: t.exposeString('period', { nullable: false, description: '1990s, 1997 or 1997-05.' }),
    value: t.exposeFloat('value', {
      description: 'The measure; null when nothing in the period has a value.',
    }),
    previous: t.exposeFloat('previous', { description: 'Value of the period before; null for the first.' }),
    change: t.exposeFloat('change', { description: 'value - previous; null when either is missing.' }),
    changeRate: t.exposeFloat('changeRate', {
      description: 'change / previous: 0.391 is +39.1 %. Null when previous is 0 or missing.',
    }),
  }),
});

const TrendRef = builder.objectRef<Trend & { timeline: Timeline }>('Trend').implement({
  description: 'The least-squares line through the points that have a value.',
  fields: (t) => ({
    slope: t.exposeFloat('slope', { nullable: false, description: 'Change per period.' }),
    intercept: t.exposeFloat('intercept', {
      nullable: false,
      description: 'Value of the line at the first period.',
    }),
    rSquared: t.exposeFloat('rSquared', {
      nullable: false,
      description: 'Share of the variance it explains, 0..1.',
    }),
    forecast: t.field({
      type: [TimelinePointRef],
      nullable: false,
      args: {
        periods: t.arg.int({ required: true, description: 'How many periods beyond the last, 1..120.' }),
      },
      description: 'Points of the line beyond the last period. A line, not a promise.',
      resolve: (trend, { periods }) => {
        const last = trend.timeline.points.at(-1);
        return last ? forecast(trend, trend.timeline.grain, last, periods) : [];
      },
    }),
  }),
});

const TimelineRef = builder.objectRef<Timeline>('Timeline').implement({
  description: 'A measure per period, without gaps between the first and the last.',
  fields: (t) => ({
    points: t.field({
      type: [TimelinePointRef],
      nullable: false,
      description: 'The periods, oldest first.',
      ...countedList(({ points }: Timeline) => points),
    }),
    trend: t.field({
      type: TrendRef,
      description:
        'The least-squares line through its points; null with fewer than two periods that have a value.',
      resolve: (timeline) => timeline.trend && { ...timeline.trend, timeline },
    }),
    excluded: t.exposeInt('excluded', {
      nullable: false,
      description: 'Tracks, albums or artists whose date is not precise enough for the grain.',
    }),
  }),
});

builder.queryField('timeline', (t) =>
  t.field({
    type: TimelineRef,
    args: {
      of: t.arg({ type: TimelineSubjectEnum, required: true, description: 'What is followed.' }),
      measure: t.arg({ type: TimelineMeasureEnum, required: true, description: 'What is measured.' }),
      grain: t.arg({ type: TimeGrainEnum, required: true, description: 'Length of a period.' }),
      where: t.arg({ type: TrackFilterInput, description: 'Which tracks count; all unless stated.' }),
    },
    description:
      'A measure per period with the change on the period before, a least-squares trend and a forecast.',
    resolve: (_root, args, context) => readTimeline(context.catalog, args),
  }),
);
