// Figures over a stretch of listening.
import type { Listening } from '../../store/listening/open.ts';
import { type Span, spanBefore } from '../../store/listening/span.ts';
import {
  type Beat,
  type RhythmPoint,
  readLongestStreak,
  readRhythm,
  readSessions,
  type Sessions,
  type Streak,
} from '../../store/listening/stats/rhythm.ts';
import { correlatePlays, listPlayStats, samplePlays } from '../../store/listening/stats/sound.ts';
import {
  readTaste,
  readTempo,
  type TasteFeature,
  type TempoHistogram,
} from '../../store/listening/stats/taste.ts';
import { readTop, type TopBy } from '../../store/listening/stats/tops.ts';
import { type ListeningTotals, readTotals } from '../../store/listening/stats/totals.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { countedList } from '../counted-list.ts';
import { readListSize } from '../list-size.ts';
import { CorrelationRef } from '../stats/correlation.ts';
import { SAMPLE, ScatterPointRef } from '../stats/scatter.ts';
import { TRACK_STATS_ARGS, TrackStatsConnectionRef } from '../stats/stats.ts';
import { TrackMeasureEnum } from '../stats/stats-enums.ts';
import { TopAlbumRef, TopArtistRef, TopByEnum, TopGenreRef, TopTrackRef } from './listening-tops.ts';

export interface ListeningPeriod {
  readonly listening: Listening;
  readonly span: Span;
}

const BeatEnum = builder.enumType('Beat', {
  description: 'The units of time by which listening is counted.',
  values: {
    HOUR: { description: 'Hour of the day, 0..23.' },
    WEEKDAY: { description: 'Day of the week, Monday first.' },
    MONTH: { description: 'Month, e.g. 2025-03.' },
    DAY: { description: 'Day, e.g. 2025-03-09.' },
  } as const,
});

const TotalsRef = builder.objectRef<ListeningTotals>('ListeningTotals').implement({
  description:
    'How much was listened to. A play counts from 30 s on; minutes and the share of skips are of all plays, however short.',
  fields: (t) => ({
    plays: t.field({
      type: 'Long',
      nullable: false,
      description: 'Plays of at least 30 s.',
      resolve: (r) => r.plays,
    }),
    minutes: t.exposeFloat('minutes', { nullable: false, description: 'Minutes played, short plays too.' }),
    tracks: t.exposeInt('tracks', {
      nullable: false,
      description:
        'Different recordings, as topTracks lists them: the same one under several ids, as of a single and of its album, is one.',
    }),
    artists: t.exposeInt('artists', { nullable: false, description: 'Different first artists, by name.' }),
    albums: t.exposeInt('albums', { nullable: false, description: 'Different albums of the catalogue.' }),
    days: t.exposeInt('days', { nullable: false, description: 'Days with a play.' }),
    skippedShare: t.exposeFloat('skippedShare', {
      description:
        'Skipped plays / plays of which it is known whether they were, 0..1, those below 30 s among both: most skips are. Only rows of the extended history say it, and older ones of them do not. Null when none does.',
    }),
    newTracks: t.exposeInt('newTracks', {
      nullable: false,
      description:
        'Of `tracks` those of which no play of at least 30 s, under any id, was before the period.',
    }),
    newArtists: t.exposeInt('newArtists', {
      nullable: false,
      description: 'Of `artists` those of whom no play of at least 30 s was before the period.',
    }),
    minorShare: t.exposeFloat('minorShare', {
      description:
        'Share of the plays in minor keys (mode 0), 0..1, of those whose mode is known; null when none is.',
    }),
  }),
});

const RhythmPointRef = builder.objectRef<RhythmPoint>('RhythmPoint').implement({
  description: 'Listening at one hour, weekday, month or day.',
  fields: (t) => ({
    label: t.exposeString('label', { nullable: false, description: '0..23, Monday, 2025-03 or 2025-03-09.' }),
    plays: t.exposeInt('plays', {
      nullable: false,
      description: 'Plays of at least 30 s; 0 where none was, though shorter ones may have minutes.',
    }),
    minutes: t.exposeFloat('minutes', { nullable: false, description: 'Minutes played, short plays too.' }),
  }),
});

const StreakRef = builder.objectRef<Streak>('Streak').implement({
  description: 'Days in a row with a play.',
  fields: (t) => ({
    days: t.exposeInt('days', { nullable: false, description: 'How many days.' }),
    from: t.exposeString('from', { nullable: false, description: 'First day, e.g. 2025-03-09.' }),
    to: t.exposeString('to', { nullable: false, description: 'Last day.' }),
  }),
});

const SessionsRef = builder.objectRef<Sessions>('ListeningSessions').implement({
  description: 'Stretches of plays with at most 30 minutes of silence between them.',
  fields: (t) => ({
    count: t.exposeInt('count', { nullable: false, description: 'How many sessions.' }),
    averageMinutes: t.exposeFloat('averageMinutes', {
      description:
        'Average length of a session in minutes, from its begin to its end; null without sessions.',
    }),
    longestMinutes: t.exposeFloat('longestMinutes', {
      description: 'Length of the longest session in minutes; null without sessions.',
    }),
    longestFrom: t.expose('longestFrom', {
      type: 'DateTime',
      description: 'When the longest session began; null without sessions.',
    }),
  }),
});

const TasteFeatureRef = builder.objectRef<TasteFeature>('TasteFeature').implement({
  description: 'A feature of what was played beside that of the catalogue.',
  fields: (t) => ({
    feature: t.exposeString('feature', {
      nullable: false,
      description: 'danceability, energy, ..., tempo, loudness.',
    }),
    mine: t.exposeFloat('mine', {
      description:
        'Average weighted by plays: 0..1, tempo in BPM, loudness in dB; null when no played track has it.',
    }),
    catalogue: t.exposeFloat('catalogue', {
      description: 'Average over the tracks of the catalogue; null when none has it.',
    }),
  }),
});

const TempoBinRef = builder.objectRef<TempoHistogram['bins'][number]>('TempoBin').implement({
  description: 'Plays of a range of tempo.',
  fields: (t) => ({
    from: t.exposeFloat('from', { nullable: false, description: 'Lower end in BPM, included.' }),
    to: t.exposeFloat('to', { nullable: false, description: 'Upper end in BPM, left out.' }),
    plays: t.exposeInt('plays', { nullable: false, description: 'Plays of at least 30 s.' }),
  }),
});

const TempoHistogramRef = builder.objectRef<TempoHistogram>('TempoHistogram').implement({
  description: 'How fast what was played is, weighted by plays.',
  fields: (t) => ({
    mean: t.exposeFloat('mean', { description: 'Mean tempo in BPM; null when no tempo is known.' }),
    median: t.exposeFloat('median', { description: 'Median tempo in BPM; null when no tempo is known.' }),
    bins: t.field({
      type: [TempoBinRef],
      nullable: false,
      description: 'Steps of 20 BPM, slowest first; empty ones are left out.',
      ...countedList(({ bins }: TempoHistogram) => bins),
    }),
  }),
});

const DEFAULT_TOP = 10;

/** Arguments of every list of what was played most. */
const TOP_ARGS = builder.args((t) => ({
  by: t.field({ type: TopByEnum, description: 'Plays unless stated.' }),
  first: t.int({ description: `How many at most, 1..100; ${DEFAULT_TOP} unless stated.` }),
}));

type TopArgs = { by?: TopBy | null | undefined; first?: number | null | undefined };

const toTop = ({ by, first }: TopArgs, { config }: Context) => ({
  by: by ?? ('PLAYS' as const),
  first: readListSize(first, DEFAULT_TOP, config.maxPageSize),
});

export const ListeningPeriodRef = builder.objectRef<ListeningPeriod>('ListeningPeriod');

ListeningPeriodRef.implement({
  description:
    'Figures over a stretch of listening. A play counts from 30 s on, and belongs to when it ended.',
  fields: (t) => ({
    from: t.field({
      type: 'DateTime',
      description: 'First instant; null: from the first play.',
      resolve: ({ span }) => span.from,
    }),
    to: t.field({
      type: 'DateTime',
      description: 'First instant after it; null: to the last play.',
      resolve: ({ span }) => span.to,
    }),
    totals: t.field({
      type: TotalsRef,
      nullable: false,
      description: 'How much in all.',
      resolve: ({ listening, span }) => readTotals(listening, span),
    }),
    before: t.field({
      type: ListeningPeriodRef,
      description:
        'The stretch of the same length just before, of a year the calendar year before, to compare with; null without a begin and an end.',
      resolve: ({ listening, span }) => {
        const earlier = spanBefore(span);
        return earlier && { listening, span: earlier };
      },
    }),
    topTracks: t.field({
      type: [TopTrackRef],
      nullable: false,
      args: TOP_ARGS,
      extensions: { usualSize: DEFAULT_TOP },
      description: 'What was played most. The same recording under several ids is one track.',
      resolve: ({ listening, span }, args, context) =>
        readTop(listening, span, { of: 'TRACK', ...toTop(args, context) }),
    }),
    topArtists: t.field({
      type: [TopArtistRef],
      nullable: false,
      args: TOP_ARGS,
      extensions: { usualSize: DEFAULT_TOP },
      description: 'Who was played most; a track of several artists counts for each.',
      resolve: ({ listening, span }, args, context) =>
        readTop(listening, span, { of: 'ARTIST', ...toTop(args, context) }),
    }),
    topAlbums: t.field({
      type: [TopAlbumRef],
      nullable: false,
      args: TOP_ARGS,
      extensions: { usualSize: DEFAULT_TOP },
      description: 'Albums that were played most, by what of them was played.',
      resolve: ({ listening, span }, args, context) =>
        readTop(listening, span, { of: 'ALBUM', ...toTop(args, context) }),
    }),
    topGenres: t.field({
      type: [TopGenreRef],
      nullable: false,
      args: TOP_ARGS,
      extensions: { usualSize: DEFAULT_TOP },
      description: 'Genres that were played most; a track of several counts for each.',
      resolve: ({ listening, span }, args, context) =>
        readTop(listening, span, { of: 'GENRE', ...toTop(args, context) }),
    }),
    rhythm: t.field({
      type: [RhythmPointRef],
      nullable: false,
      args: { by: t.arg({ type: BeatEnum, required: true, description: 'Hour, weekday, month or day.' }) },
      description:
        'When was listened, in the time zone of the period, without gaps: all 24 hours or 7 weekdays, or every month or day from that of the first play in it to that of the last. Plays and minutes add up to those of totals.',
      // One play of a wrong year, and there are twenty years of days.
      ...countedList(({ listening, span }: ListeningPeriod, { by }: { by: Beat }) =>
        readRhythm(listening, span, by),
      ),
    }),
    longestStreak: t.field({
      type: StreakRef,
      description: 'The most days in a row with a play; null without plays.',
      resolve: ({ listening, span }) => readLongestStreak(listening, span),
    }),
    sessions: t.field({
      type: SessionsRef,
      nullable: false,
      description: 'How listening comes in stretches.',
      resolve: ({ listening, span }) => readSessions(listening, span),
    }),
    taste: t.field({
      type: [TasteFeatureRef],
      nullable: false,
      description: 'How what was played sounds, beside the whole catalogue.',
      ...countedList(({ listening, span }: ListeningPeriod) => readTaste(listening, span)),
    }),
    tempo: t.field({
      type: TempoHistogramRef,
      nullable: false,
      description: 'How fast what was played is.',
      resolve: ({ listening, span }) => readTempo(listening, span),
    }),
    playStats: t.field({
      type: TrackStatsConnectionRef,
      nullable: false,
      args: TRACK_STATS_ARGS,
      description:
        'What trackStats says of tracks, of plays of at least 30 s: a track played twice counts twice. Plays of tracks that the catalogue lacks have no value of anything, and are missing.',
      resolve: ({ listening, span }, { first, after, ...request }, { config }) =>
        listPlayStats(listening, span, { ...request, page: { first, after } }, config),
    }),
    correlation: t.field({
      type: CorrelationRef,
      nullable: false,
      args: {
        x: t.arg({ type: TrackMeasureEnum, required: true, description: 'The first measure.' }),
        y: t.arg({ type: TrackMeasureEnum, required: true, description: 'The second measure.' }),
      },
      description:
        'How two measures go together over plays of at least 30 s: correlation and regression. A track played twice counts twice.',
      resolve: ({ listening, span }, axes) => correlatePlays(listening, span, axes),
    }),
    scatter: t.field({
      type: [ScatterPointRef],
      nullable: false,
      args: {
        x: t.arg({ type: TrackMeasureEnum, required: true, description: 'Measure of the horizontal axis.' }),
        y: t.arg({ type: TrackMeasureEnum, required: true, description: 'Measure of the vertical axis.' }),
        sample: t.arg.int({ description: SAMPLE }),
        seed: t.arg.int({
          description: 'The same seed gives the same sample of the same plays; 0 unless stated.',
        }),
      },
      description:
        'A seeded random sample of the plays of at least 30 s whose tracks have both measures, for scatter plots. A track played twice may be two points.',
      resolve: ({ listening, span }, args) => samplePlays(listening, span, args),
    }),
  }),
});
