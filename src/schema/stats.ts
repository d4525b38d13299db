// TrackStats, AlbumStats and ArtistStats: groups and their figures.
import type { Aggregate } from '../store/catalog/stats/aggregates.ts';
import {
  listGroups,
  type StatCondition,
  type StatOrder,
  type StatsGroup,
} from '../store/catalog/stats/groups.ts';
import { ALBUMS, ARTISTS, TRACKS } from '../store/catalog/stats/subject.ts';
import { ArtistMeasureEnum } from './artist.ts';
import { builder } from './builder.ts';
import { AFTER, defineConnection, FIRST } from './connection.ts';
import type { Context } from './context.ts';
import { DirectionEnum } from './enums.ts';
import { AlbumFilterInput, ArtistFilterInput, TrackFilterInput } from './filters.ts';
import { NumberStatsRef } from './number-stats.ts';
import {
  AlbumDimensionEnum,
  AlbumMeasureEnum,
  ArtistDimensionEnum,
  StatisticEnum,
  TrackDimensionEnum,
  TrackMeasureEnum,
} from './stats-enums.ts';
import { StatsGroupRef } from './stats-group.ts';

const ROWS: Aggregate = { kind: 'rows' };
const SHARE: Aggregate = { kind: 'share' };

const count = (aggregate: Aggregate) => async (group: StatsGroup, _args: object, context: Context) =>
  (await context.loaders.stats.figure(group, aggregate)) ?? 0;
const measured = (measure: string) => (group: StatsGroup) => ({ group, measure });

export const TrackStatsRef = builder.objectRef<StatsGroup>('TrackStats').implement({
  description: 'Figures over the tracks of a group, exact. Only what is selected is computed.',
  fields: (t) => {
    const numbers = (measure: string, description: string) =>
      t.field({ type: NumberStatsRef, nullable: false, description, resolve: measured(measure) });
    return {
      group: t.field({
        type: StatsGroupRef,
        nullable: false,
        description: 'What its tracks have in common.',
        resolve: (group) => group,
      }),
      count: t.int({ nullable: false, description: 'Tracks.', resolve: count(ROWS) }),
      artistCount: t.int({
        nullable: false,
        description: 'Different artists of its tracks.',
        resolve: count({ kind: 'distinct', count: 'artistCount' }),
      }),
      albumCount: t.int({
        nullable: false,
        description: 'Different albums of its tracks.',
        resolve: count({ kind: 'distinct', count: 'albumCount' }),
      }),
      shareOfTotal: t.float({
        nullable: false,
        description:
          'Its tracks / all tracks that pass the filter, 0..1. Shares add up to more than 1 where tracks are in several groups.',
        resolve: count(SHARE),
      }),
      popularity: numbers('POPULARITY', 'Popularity, 0..100.'),
      durationMs: numbers('DURATION_MS', 'Length, ms.'),
      danceability: numbers('DANCEABILITY', 'Danceability, 0..1.'),
      energy: numbers('ENERGY', 'Energy, 0..1.'),
      valence: numbers('VALENCE', 'Valence, 0..1.'),
      acousticness: numbers('ACOUSTICNESS', 'Acousticness, 0..1.'),
      instrumentalness: numbers('INSTRUMENTALNESS', 'Instrumentalness, 0..1.'),
      liveness: numbers('LIVENESS', 'Liveness, 0..1.'),
      speechiness: numbers('SPEECHINESS', 'Speechiness, 0..1.'),
      tempo: numbers('TEMPO', 'Tempo, BPM; undetected ones are missing.'),
      loudness: numbers('LOUDNESS', 'Loudness, dB.'),
    };
  },
});

const AlbumStatsRef = builder.objectRef<StatsGroup>('AlbumStats').implement({
  description: 'Figures over the albums of a group, exact.',
  fields: (t) => ({
    group: t.field({
      type: StatsGroupRef,
      nullable: false,
      description: 'What its albums have in common.',
      resolve: (group) => group,
    }),
    count: t.int({ nullable: false, description: 'Albums.', resolve: count(ROWS) }),
    artistCount: t.int({
      nullable: false,
      description: 'Different artists of its albums.',
      resolve: count({ kind: 'distinct', count: 'artistCount' }),
    }),
    shareOfTotal: t.float({
      nullable: false,
      description: 'Its albums / all albums that pass the filter, 0..1.',
      resolve: count(SHARE),
    }),
    popularity: t.field({
      type: NumberStatsRef,
      nullable: false,
      description: 'Popularity, 0..100.',
      resolve: measured('POPULARITY'),
    }),
    totalTracks: t.field({
      type: NumberStatsRef,
      nullable: false,
      description: 'Tracks per album.',
      resolve: measured('TOTAL_TRACKS'),
    }),
  }),
});

const ArtistStatsRef = builder.objectRef<StatsGroup>('ArtistStats').implement({
  description: 'Figures over the artists of a group, exact.',
  fields: (t) => ({
    group: t.field({
      type: StatsGroupRef,
      nullable: false,
      description: 'What its artists have in common.',
      resolve: (group) => group,
    }),
    count: t.int({ nullable: false, description: 'Artists.', resolve: count(ROWS) }),
    shareOfTotal: t.float({
      nullable: false,
      description: 'Its artists / all artists that pass the filter, 0..1.',
      resolve: count(SHARE),
    }),
    popularity: t.field({
      type: NumberStatsRef,
      nullable: false,
      description: 'Popularity, 0..100.',
      resolve: measured('POPULARITY'),
    }),
    followers: t.field({
      type: NumberStatsRef,
      nullable: false,
      description: 'Followers.',
      resolve: measured('FOLLOWERS'),
    }),
    trackCount: t.field({
      type: NumberStatsRef,
      nullable: false,
      description: 'Tracks in the catalogue per artist.',
      resolve: measured('TRACK_COUNT'),
    }),
  }),
});

const MEASURE = 'The measure; left out only with COUNT.';
const BOUNDS = { gt: 'Above.', gte: 'At least.', lt: 'Below.', lte: 'At most.' };

const TrackStatConditionInput = builder.inputRef<StatCondition>('TrackStatCondition').implement({
  description: 'A condition that groups of tracks must meet (HAVING). COUNT needs no measure.',
  fields: (t) => ({
    statistic: t.field({ type: StatisticEnum, required: true, description: 'The figure.' }),
    measure: t.field({ type: TrackMeasureEnum, description: MEASURE }),
    gt: t.float({ description: BOUNDS.gt }),
    gte: t.float({ description: BOUNDS.gte }),
    lt: t.float({ description: BOUNDS.lt }),
    lte: t.float({ description: BOUNDS.lte }),
  }),
});
const AlbumStatConditionInput = builder.inputRef<StatCondition>('AlbumStatCondition').implement({
  description: 'A condition that groups of albums must meet (HAVING). COUNT needs no measure.',
  fields: (t) => ({
    statistic: t.field({ type: StatisticEnum, required: true, description: 'The figure.' }),
    measure: t.field({ type: AlbumMeasureEnum, description: MEASURE }),
    gt: t.float({ description: BOUNDS.gt }),
    gte: t.float({ description: BOUNDS.gte }),
    lt: t.float({ description: BOUNDS.lt }),
    lte: t.float({ description: BOUNDS.lte }),
  }),
});
const ArtistStatConditionInput = builder.inputRef<StatCondition>('ArtistStatCondition').implement({
  description: 'A condition that groups of artists must meet (HAVING). COUNT needs no measure.',
  fields: (t) => ({
    statistic: t.field({ type: StatisticEnum, required: true, description: 'The figure.' }),
    measure: t.field({ type: ArtistMeasureEnum, description: MEASURE }),
    gt: t.float({ description: BOUNDS.gt }),
    gte: t.float({ description: BOUNDS.gte }),
    lt: t.float({ description: BOUNDS.lt }),
    lte: t.float({ description: BOUNDS.lte }),
  }),
});

const DIRECTION = 'ASC unless stated.';
const TrackStatOrderInput = builder.inputRef<StatOrder>('TrackStatOrder').implement({
  description: 'One term of an order of groups of tracks.',
  fields: (t) => ({
    by: t.field({ type: StatisticEnum, required: true, description: 'The figure.' }),
    measure: t.field({ type: TrackMeasureEnum, description: MEASURE }),
    direction: t.field({ type: DirectionEnum, description: DIRECTION }),
  }),
});
const AlbumStatOrderInput = builder.inputRef<StatOrder>('AlbumStatOrder').implement({
  description: 'One term of an order of groups of albums.',
  fields: (t) => ({
    by: t.field({ type: StatisticEnum, required: true, description: 'The figure.' }),
    measure: t.field({ type: AlbumMeasureEnum, description: MEASURE }),
    direction: t.field({ type: DirectionEnum, description: DIRECTION }),
  }),
});
const ArtistStatOrderInput = builder.inputRef<StatOrder>('ArtistStatOrder').implement({
  description: 'One term of an order of groups of artists.',
  fields: (t) => ({
    by: t.field({ type: StatisticEnum, required: true, description: 'The figure.' }),
    measure: t.field({ type: ArtistMeasureEnum, description: MEASURE }),
    direction: t.field({ type: DirectionEnum, description: DIRECTION }),
  }),
});

const TEXTS = {
  groupBy: 'Up to three dimensions; without any one row over everything.',
  having: 'Conditions on the groups; all must hold.',
  orderBy: 'Most rows first, then label unless stated.',
};

const TrackStatsConnectionRef = defineConnection('TrackStats', TrackStatsRef);
const AlbumStatsConnectionRef = defineConnection('AlbumStats', AlbumStatsRef);
const ArtistStatsConnectionRef = defineConnection('ArtistStats', ArtistStatsRef);

builder.queryFields((t) => ({
  trackStats: t.field({
    type: TrackStatsConnectionRef,
    args: {
      where: t.arg({ type: TrackFilterInput, description: 'Which tracks; all unless stated.' }),
      groupBy: t.arg({ type: [TrackDimensionEnum], description: TEXTS.groupBy }),
      having: t.arg({ type: [TrackStatConditionInput], description: TEXTS.having }),
      orderBy: t.arg({ type: [TrackStatOrderInput], description: TEXTS.orderBy }),
      first: t.arg.int({ description: FIRST }),
      after: t.arg.string({ description: AFTER }),
    },
    description: 'Tracks in figures. Costs one statement for the groups and one for all their figures.',
    resolve: (_root, { first, after, ...request }, context) =>
      listGroups(context.catalog, TRACKS, { ...request, page: { first, after } }, context.config),
  }),
  albumStats: t.field({
    type: AlbumStatsConnectionRef,
    args: {
      where: t.arg({ type: AlbumFilterInput, description: 'Which albums; all unless stated.' }),
      groupBy: t.arg({ type: [AlbumDimensionEnum], description: TEXTS.groupBy }),
      having: t.arg({ type: [AlbumStatConditionInput], description: TEXTS.having }),
      orderBy: t.arg({ type: [AlbumStatOrderInput], description: TEXTS.orderBy }),
      first: t.arg.int({ description: FIRST }),
      after: t.arg.string({ description: AFTER }),
    },
    description: 'Albums in figures.',
    resolve: (_root, { first, after, ...request }, context) =>
      listGroups(context.catalog, ALBUMS, { ...request, page: { first, after } }, context.config),
  }),
  artistStats: t.field({
    type: ArtistStatsConnectionRef,
    args: {
      where: t.arg({ type: ArtistFilterInput, description: 'Which artists; all unless stated.' }),
      groupBy: t.arg({ type: [ArtistDimensionEnum], description: TEXTS.groupBy }),
      having: t.arg({ type: [ArtistStatConditionInput], description: TEXTS.having }),
      orderBy: t.arg({ type: [ArtistStatOrderInput], description: TEXTS.orderBy }),
      first: t.arg.int({ description: FIRST }),
      after: t.arg.string({ description: AFTER }),
    },
    description: 'Artists in figures.',
    resolve: (_root, { first, after, ...request }, context) =>
      listGroups(context.catalog, ARTISTS, { ...request, page: { first, after } }, context.config),
  }),
}));
