// Similar tracks: the neighbors, and why they are near.
import type { SimilarAnswer, SimilarTrackId } from '../../recommend/similar-tracks.ts';
import { builder } from '../builder.ts';
import { getTrack } from '../catalog/track-reference.ts';
import { countedList } from '../counted-list.ts';
import { TrackRef } from '../refs.ts';
import { ListenedTrackInput, MoodInput, NEAR_ARGS } from './similarity-inputs.ts';
import { DEFAULT_NEIGHBORS, findSimilarTracks, loadSimilarTracks } from './similarity-requests.ts';

export const ReasonEnum = builder.enumType('NoNeighborsReason', {
  description: 'Why there are no neighbors, or fewer than asked.',
  values: {
    UNKNOWN_TRACK: { description: 'No seed is a track of the catalogue.' },
    NO_AUDIO_FEATURES: { description: 'No seed has audio features, so none is in the index.' },
    NOTHING_PLAYED: {
      description: 'Of a listener: nothing was played for 30 s or longer, so that there is no seed.',
    },
    FILTER_TOO_NARROW: {
      description:
        'The filter, the cap per artist and the artists left out leave no more songs besides those that are never shown.',
    },
    CATALOGUE_TOO_SMALL: {
      description:
        'The index holds no more songs: one shows once, and those of the seeds, of tracks to move away from and of what was played do not. includeVersions brings their other versions.',
    },
    INDEX_NOT_READY: { description: 'The snapshot has no index.' },
  } as const,
});

const ContributionRef = builder
  .objectRef<{ feature: string; value: number }>('FeatureContribution')
  .implement({
    description: "A feature's part of the distance.",
    fields: (t) => ({
      feature: t.exposeString('feature', {
        nullable: false,
        description:
          'danceability, ..., releaseYear, popularity, artist (the mean sound of the artist), or context (the company the artist keeps: playlists and genres).',
      }),
      value: t.exposeFloat('value', {
        nullable: false,
        description: 'Its part, 0 or more; the parts add up to the distance.',
      }),
    }),
  });

const SimilarTrackRef = builder.objectRef<SimilarTrackId>('SimilarTrack').implement({
  description: 'A near track. similarity = 1 - distance (cosine); contributions add up to the distance.',
  fields: (t) => ({
    track: t.field({
      type: TrackRef,
      nullable: false,
      description: 'The track.',
      resolve: (neighbor, _args, context) => getTrack(context, neighbor.trackId),
    }),
    similarity: t.float({
      nullable: false,
      description:
        'Cosine of the feature vectors, -1..1. With a mood, or weights that leave few features: 1 less the distance, so 1 or less.',
      resolve: ({ distance }) => 1 - distance,
    }),
    distance: t.exposeFloat('distance', {
      nullable: false,
      description:
        '1 - similarity, 0 or more. With weights that leave few features: half the squared differences in those over what these are in the mean, so that two tracks by chance are 1 apart. With a mood beside seeds: the distance by what the mood leaves, and an eighth of the squared difference from each target, times its weight squared. For a mood alone: half the mean of those differences, weighted likewise, and with tracks to move away from an eighth of the distance from their opposite. Differences are in standard deviations of the catalogue.',
    }),
    contributions: t.field({
      type: [ContributionRef],
      nullable: false,
      description:
        'Parts of the distance, the largest (what sets it apart) first. The smallest say what it has in common.',
      ...countedList(({ contributions }: SimilarTrackId) => contributions),
    }),
    seed: t.field({
      type: TrackRef,
      description: 'The seed it is nearest to; null without seeds.',
      resolve: ({ nearestSeedId }, _args, context) =>
        nearestSeedId === null ? null : getTrack(context, nearestSeedId),
    }),
    missingFeatures: t.field({
      type: ['String'],
      nullable: false,
      description:
        'Features that are not known of it. Each is taken as the mean of the catalogue; from a target, and where weights leave few features, its squared difference is that of the mean and the variance together.',
      resolve: ({ missing }) => [...missing],
    }),
  }),
});

export const SimilarTracksRef = builder.objectRef<SimilarAnswer>('SimilarTracks').implement({
  description:
    'Near tracks, the nearest first. One song shows once, by its nearest version, and never a song of the seeds: tracks with the same first artist are one song when their names differ in nothing but guests and versions (remaster, remix, edit, live, ...). A part, a movement or an interlude is a song of its own.',
  fields: (t) => ({
    nodes: t.field({
      type: [SimilarTrackRef],
      nullable: false,
      description: 'The neighbors.',
      resolve: ({ neighbors }) => [...neighbors],
    }),
    isExact: t.exposeBoolean('isExact', {
      nullable: false,
      description: 'Whether all vectors were looked at; false: the HNSW graph was used.',
    }),
    reason: t.field({
      type: ReasonEnum,
      description: 'Why there are none or fewer than asked; null otherwise.',
      resolve: ({ reason }) => reason,
    }),
    unknownSeeds: t.field({
      type: ['ID'],
      nullable: false,
      description: 'Seeds that were passed over: unknown, or without audio features.',
      resolve: ({ unknownSeedIds }) => [...unknownSeedIds],
    }),
    unknownAway: t.field({
      type: ['ID'],
      nullable: false,
      description: 'Tracks to move away from that were passed over, likewise.',
      resolve: ({ unknownAwayIds }) => [...unknownAwayIds],
    }),
  }),
});

const FIRST = `Neighbors, 1..100; ${DEFAULT_NEIGHBORS} unless stated.`;
const MAX_PER_ARTIST = 'Most tracks that one artist is credited on; 3 unless stated.';

builder.objectField(TrackRef, 'similarTracks', (t) =>
  t.field({
    type: SimilarTracksRef,
    nullable: false,
    args: {
      first: t.arg.int({ description: FIRST }),
      maxPerArtist: t.arg.int({ description: MAX_PER_ARTIST }),
      ...NEAR_ARGS,
    },
    description:
      'Tracks near this one, which is the seed; those of its own artists too unless includeSeedArtists is false.',
    extensions: { usualSize: DEFAULT_NEIGHBORS },
    resolve: (track, args, context) => loadSimilarTracks(context, track.id, args),
  }),
);

builder.queryFields((t) => ({
  similarTracks: t.field({
    type: SimilarTracksRef,
    args: {
      to: t.arg.idList({
        description: 'Seeds, up to 100; may be left out with tracks listened to, or with a mood.',
      }),
      listened: t.arg({
        type: [ListenedTrackInput],
        description:
          'Seeds with how often they were played, up to 1000: a listening history. None of them comes back.',
      }),
      interests: t.arg.int({
        description:
          'Into how many interests the seeds may be told apart, 1..5: each is searched around and shows by its share of the seeds. 5 unless stated with tracks listened to, else 1: all seeds are blended.',
      }),
      maxPerArtist: t.arg.int({ description: MAX_PER_ARTIST }),
      first: t.arg.int({ description: FIRST }),
      ...NEAR_ARGS,
      away: t.arg.idList({
        description:
          'Tracks to move away from, up to 100, beside seeds or a mood; none unless stated. None of them comes back.',
      }),
      mood: t.arg({
        type: MoodInput,
        description:
          'Targets for some features; none unless stated. Beside seeds: like them in everything else; without: whatever meets the targets.',
      }),
    },
    description: 'Tracks near the seeds.',
    extensions: { usualSize: DEFAULT_NEIGHBORS },
    resolve: (_root, args, context) => findSimilarTracks(context, args),
  }),
}));
