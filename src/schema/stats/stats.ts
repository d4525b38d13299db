// TrackStats, AlbumStats and ArtistStats: groups and their figures.
import type { Aggregate } from '../../store/catalog/stats/aggregates.ts';
import {
  listGroups,
  type StatCondition,
  type StatOrder,
  type StatsGroup,
} from '../../store/catalog/stats/groups.ts';
import { ALBUMS, ARTISTS, TRACKS } from '../../store/catalog/stats/subject.ts';
import { builder } from '../builder.ts';
import { ArtistMeasureEnum } from '../catalog/artist.ts';
import { AFTER, defineConnection, FIRST } from '../connection.ts';
import type { Context } from '../context.ts';
import { DirectionEnum } from '../enums.ts';
import { AlbumFilterInput, ArtistFilterInput, TrackFilterInput } from '../filters.ts';
import { NumberStatsRef, orZero } from './number-stats.ts';
import { listSelectedFigures } from './selected-figures.ts';
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

/** A count or a share: 0 where there is nothing. */
const counted = (aggregate: Aggregate) => ({
  extensions: { aggregate },
  resolve: (group: StatsGroup, _args: object, context: Context) =>
    orZero(context.loaders.stats.figure(group, aggregate)),
});
const measured = (measure: string) => ({
  extensions: { measure },
  resolve: (group: StatsGroup) => ({ group, measure }),
});

export const TrackStatsRef = builder.objectRef<StatsGroup>('TrackStats').implement({
  description:
    'Figures over the tracks of a group, exact; of a listening period over the plays of a group, each with what its track has. Only what is selected is computed.',
  fields: (t) => {
    const numbers = (measure: string, description: string) =>
      t.field({ type: NumberStatsRef, nullable: false, description, ...measured(measure) });
    return {
      group: t.field({
        type: StatsGroupRef,
        nullable: false,
        description: 'What its tracks have in common.',
        resolve: (group) => group,
      }),
      count: t.int({ nullable: false, description: 'Tracks, or plays.', ...counted(ROWS) }),
      artistCount: t.int({
        nullable: false,
        description: 'Different artists of its tracks.',
        ...counted({ kind: 'distinct', count: 'artistCount' }),
      }),
      albumCount: t.int({
        nullable: false,
        description: 'Different albums of its tracks.',
        ...counted({ kind: 'distinct', count: 'albumCount' }),
      }),
      shareOfTotal: t.float({
        nullable: false,
        description:
          'Its tracks / all tracks that pass the filter, or its plays / all plays of the period, 0..1. Shares add up to more than 1 where tracks are in several groups.',
        ...counted(SHARE),
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
      releaseYear: numbers('RELEASE_YEAR', 'Year of release.'),
      artistPopularity: numbers('ARTIST_POPULARITY', "Popularity of each track's first artist, 0..100."),
      artistFollowers: numbers('ARTIST_FOLLOWERS', "Followers of each track's first artist."),
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
    count: t.int({ nullable: false, description: 'Albums.', ...counted(ROWS) }),
    artistCount: t.int({
      nullable: false,
      description: 'Different artists of its albums.',
      ...counted({ kind: 'distinct', count: 'artistCount' }),
    }),
    shareOfTotal: t.float({
      nullable: false,
      description: 'Its albums / all albums that pass the filter, 0..1.',
      ...counted(SHARE),
    }),
    popularity: t.field({
      type: NumberStatsRef,
      nullable: false,
      description: 'Popularity, 0..100.',
      ...measured('POPULARITY'),
    }),
    totalTracks: t.field({
      type: NumberStatsRef,
      nullable: false,
      description: 'Tracks per album.',
      ...measured('TOTAL_TRACKS'),
    }),
    releaseYear: t.field({
      type: NumberStatsRef,
      nullable: false,
      description: 'Year of release.',
      ...measured('RELEASE_YEAR'),
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
    count: t.int({ nullable: false, description: 'Artists.', ...counted(ROWS) }),
    shareOfTotal: t.float({
      nullable: false,
      description: 'Its artists / all artists that pass the filter, 0..1.',
      ...counted(SHARE),
    }),
    popularity: t.field({
      type: NumberStatsRef,
      nullable: false,
      description: 'Popularity, 0..100.',
      ...measured('POPULARITY'),
    }),
    followers: t.field({
      type: NumberStatsRef,
      nullable: false,
      description: 'Followers.',
      ...measured('FOLLOWERS'),
    }),
    streams: t.field({
      type: NumberStatsRef,
      nullable: false,
      description: 'Streams of all time, as ranked by kworb.',
      ...measured('STREAMS'),
    }),
    monthlyListeners: t.field({
      type: NumberStatsRef,
      nullable: false,
      description: 'Listeners of the last month, as ranked by kworb.',
      ...measured('MONTHLY_LISTENERS'),
    }),
    trackCount: t.field({
      type: NumberStatsRef,
      nullable: false,
      description: 'Tracks in the catalogue per artist.',
      ...measured('TRACK_COUNT'),
    }),
    albumCount: t.field({
      type: NumberStatsRef,
      nullable: false,
      description: 'Albums in the catalogue per artist.',
      ...measured('ALBUM_COUNT'),
    }),
  }),
});

const MEASURE = 'The measure; left out only with COUNT.';
const BOUNDS = {
  gt: 'The figure is above this.',
  gte: 'The figure is at least this.',
  lt: 'The figure is below this.',
  lte: 'The figure is at most this.',
};

const TrackStatConditionInput = builder.inputRef<StatCondition>('TrackStatCondition').implement({
  description: 'A condition that groups of tracks must meet (HAVING). COUNT needs no measure.',
  fields: (t) => ({
    statistic: t.field({ type: StatisticEnum, required: true, description: 'Which figure.' }),
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
    statistic: t.field({ type: StatisticEnum, required: true, description: 'Which figure.' }),
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
    statistic: t.field({ type: StatisticEnum, required: true, description: 'Which figure.' }),
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
    by: t.field({ type: StatisticEnum, required: true, description: 'Which figure.' }),
    measure: t.field({ type: TrackMeasureEnum, description: MEASURE }),
    direction: t.field({ type: DirectionEnum, description: DIRECTION }),
  }),
});
const AlbumStatOrderInput = builder.inputRef<StatOrder>('AlbumStatOrder').implement({
  description: 'One term of an order of groups of albums.',
  fields: (t) => ({
    by: t.field({ type: StatisticEnum, required: true, description: 'Which figure.' }),
    measure: t.field({ type: AlbumMeasureEnum, description: MEASURE }),
    direction: t.field({ type: DirectionEnum, description: DIRECTION }),
  }),
});
const ArtistStatOrderInput = builder.inputRef<StatOrder>('ArtistStatOrder').implement({
  description: 'One term of an order of groups of artists.',
  fields: (t) => ({
    by: t.field({ type: StatisticEnum, required: true, description: 'Which figure.' }),
    measure: t.field({ type: ArtistMeasureEnum, description: MEASURE }),
    direction: t.field({ type: DirectionEnum, description: DIRECTION }),
  }),
});

const TEXTS = {
  groupBy: 'Up to three dimensions; one row over everything unless stated.',
  having: 'Up to 20 conditions on the groups, all of which must hold; none unless stated.',
  orderBy: 'Up to 10 different terms; most rows first, then label unless stated.',
};

/** Of figures over groups of tracks, or of plays. */
export const TRACK_STATS_ARGS = builder.args((t) => ({
  groupBy: t.field({ type: [TrackDimensionEnum], description: TEXTS.groupBy }),
  having: t.field({ type: [TrackStatConditionInput], description: TEXTS.having }),
  orderBy: t.field({ type: [TrackStatOrderInput], description: TEXTS.orderBy }),
  first: t.int({ description: FIRST }),
  after: t.string({ description: AFTER }),
}));

export const TrackStatsConnectionRef = defineConnection('TrackStats', TrackStatsRef);
const AlbumStatsConnectionRef = defineConnection('AlbumStats', AlbumStatsRef);
const ArtistStatsConnectionRef = defineConnection('ArtistStats', ArtistStatsRef);

builder.queryFields((t) => ({
  trackStats: t.field({
    type: TrackStatsConnectionRef,
    args: {
      where: t.arg({ type: TrackFilterInput, description: 'Which tracks; all unless stated.' }),
      ...TRACK_STATS_ARGS,
    },
    description:
      'Figures over groups of tracks. Costs at most one statement for the groups and one for all their figures.',
    resolve: (_root, { first, after, ...request }, context, info) =>
      listGroups(
        context.catalog,
        TRACKS,
        { ...request, page: { first, after }, figures: listSelectedFigures(info) },
        context.config,
      ),
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
    description: 'Figures over groups of albums.',
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
    description: 'Figures over groups of artists.',
    resolve: (_root, { first, after, ...request }, context) =>
      listGroups(context.catalog, ARTISTS, { ...request, page: { first, after } }, context.config),
  }),
}));
