// Statistics and rankings as fields of artists, albums and genres: one statement per level, whatever the number of parents.
import type { RankedTrackId } from '../../store/catalog/stats/ranking.ts';
import { builder } from '../builder.ts';
import { getTrack } from '../catalog/track-reference.ts';
import { DirectionEnum } from '../enums.ts';
import { readListSize } from '../list-size.ts';
import { AlbumRef, ArtistRef, GenreRef, TrackRef } from '../refs.ts';
import { TrackStatsRef } from './stats.ts';
import { TrackMeasureEnum } from './stats-enums.ts';

const DEFAULT_RANKS = 10;

const RankedTrackRef = builder.objectRef<RankedTrackId>('RankedTrack').implement({
  description: 'A track with its place among the tracks of an artist.',
  fields: (t) => ({
    rank: t.exposeInt('rank', {
      nullable: false,
      description: 'From 1; ties share a rank, and the next one counts them all.',
    }),
    value: t.exposeFloat('value', {
      nullable: false,
      description:
        'Its value of the measure it is ranked by, in its unit; tracks without one are not ranked.',
    }),
    track: t.field({
      type: TrackRef,
      nullable: false,
      description: 'The track.',
      resolve: (ranked, _args, context) => getTrack(context, ranked.trackId),
    }),
  }),
});

builder.objectFields(ArtistRef, (t) => ({
  topTracks: t.field({
    type: [RankedTrackRef],
    nullable: false,
    args: {
      by: t.arg({ type: TrackMeasureEnum, required: true, description: 'The measure.' }),
      first: t.arg.int({ description: `Ranks, 1..100; ${DEFAULT_RANKS} unless stated.` }),
      direction: t.arg({ type: DirectionEnum, description: 'DESC, the highest first, unless stated.' }),
      includeDuplicates: t.arg.boolean({
        description: 'Whether every track of a recording is ranked; false unless stated.',
      }),
    },
    description:
      "The artist's tracks ranked by a measure; ties share a rank, and all tracks of rank <= first come back. Tracks without a value are left out, and of the others each recording is ranked once: by its most popular track, of equals the first by id.",
    extensions: { countsItems: true, usualSize: DEFAULT_RANKS },
    resolve: (artist, { by, first, direction, includeDuplicates }, { loaders, config, lists }, info) =>
      loaders.stats.ranking(
        artist.id,
        {
          by,
          first: readListSize(first, DEFAULT_RANKS, config.maxPageSize),
          direction: direction ?? 'DESC',
          includeDuplicates: includeDuplicates ?? false,
        },
        { info, lists },
      ),
  }),
  stats: t.field({
    type: TrackStatsRef,
    nullable: false,
    description: 'Figures over the tracks it is credited on.',
    resolve: ({ id, name }, _args, context) => context.loaders.stats.tracksOf('ARTIST', id, name),
  }),
}));

builder.objectField(AlbumRef, 'stats', (t) =>
  t.field({
    type: TrackStatsRef,
    nullable: false,
    description: 'Figures over its tracks in the catalogue.',
    resolve: ({ id, name }, _args, context) => context.loaders.stats.tracksOf('ALBUM', id, name),
  }),
);

builder.objectField(GenreRef, 'stats', (t) =>
  t.field({
    type: TrackStatsRef,
    nullable: false,
    description: "Figures over the tracks of this genre: their own, or one of their artists'.",
    resolve: ({ name }, _args, context) => context.loaders.stats.tracksOf('GENRE', name, name),
  }),
);
