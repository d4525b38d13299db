// Genre, and the queries that find genres.
import { artistsOfGenre } from '../../store/catalog/artists.ts';
import { listGenres } from '../../store/catalog/genres.ts';
import { tracksOfGenre } from '../../store/catalog/tracks.ts';
import { builder } from '../builder.ts';
import { connectionOf, defineConnection, PAGE_ARGS } from '../connection.ts';
import { ArtistFilterInput, GenreFilterInput, TrackFilterInput } from '../filters.ts';
import { ArtistOrderInput, BY_POPULARITY, GenreOrderInput, TrackOrderInput } from '../orders.ts';
import { GenreRef } from '../refs.ts';
import { ArtistConnectionRef } from './artist.ts';
import { TrackConnectionRef } from './track.ts';

const GenreConnectionRef = defineConnection('Genre', GenreRef);

GenreRef.implement({
  description: 'A genre as the sources spell it.',
  fields: (t) => ({
    name: t.exposeString('name', { nullable: false, description: 'Its name, which is its id.' }),
    artistCount: t.exposeInt('artistCount', { nullable: false, description: 'Artists that have it.' }),
    trackCount: t.exposeInt('trackCount', {
      nullable: false,
      description: 'Tracks that have it, or one of whose artists does.',
    }),
    artists: t.field({
      type: ArtistConnectionRef,
      nullable: false,
      args: {
        ...PAGE_ARGS,
        where: t.arg({ type: ArtistFilterInput, description: 'Which of them; all unless stated.' }),
        orderBy: t.arg({ type: [ArtistOrderInput], description: BY_POPULARITY }),
      },
      description: 'Artists that have it.',
      resolve: (genre, args, context) =>
        connectionOf(context, genre.name, artistsOfGenre(args, context.config)),
    }),
    tracks: t.field({
      type: TrackConnectionRef,
      nullable: false,
      args: {
        ...PAGE_ARGS,
        where: t.arg({ type: TrackFilterInput, description: 'Which of them; all unless stated.' }),
        orderBy: t.arg({
          type: [TrackOrderInput],
          description: 'Popularity, highest first, then id unless stated.',
        }),
      },
      description: 'Tracks that have it, or one of whose artists does.',
      resolve: (genre, args, context) =>
        connectionOf(context, genre.name, tracksOfGenre(args, context.config)),
    }),
  }),
});

builder.queryFields((t) => ({
  genre: t.field({
    type: GenreRef,
    args: { name: t.arg.string({ required: true, description: 'Its name, in any case.' }) },
    description: 'One genre; null when there is none of that name.',
    resolve: (_root, { name }, context) => context.loaders.genreByName.load(name),
  }),
  genres: t.field({
    type: GenreConnectionRef,
    args: {
      ...PAGE_ARGS,
      where: t.arg({ type: GenreFilterInput, description: 'Which genres; all unless stated.' }),
      orderBy: t.arg({ type: [GenreOrderInput], description: 'Most tracks first, then name unless stated.' }),
    },
    description: 'Genres of the catalogue.',
    resolve: (_root, args, context) => listGenres(context.catalog, args, context.config),
  }),
}));
