// Genre and Playlist, and the queries that find them.
import { artistsOfGenre } from '../store/catalog/artists.ts';
import { listGenres } from '../store/catalog/genres.ts';
import { listPlaylists } from '../store/catalog/playlists.ts';
import { tracksOfPlaylist } from '../store/catalog/tracks.ts';
import { ArtistConnectionRef } from './artist.ts';
import { builder } from './builder.ts';
import { AFTER, BEFORE, connectionOf, defineConnection, FIRST, LAST } from './connection.ts';
import { GenreOrderInput } from './orders.ts';
import { GenreRef, PlaylistRef } from './refs.ts';
import { TrackConnectionRef } from './track.ts';

const GenreConnectionRef = defineConnection('Genre', GenreRef);
const PlaylistConnectionRef = defineConnection('Playlist', PlaylistRef);

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
        first: t.arg.int({ description: FIRST }),
        after: t.arg.string({ description: AFTER }),
        last: t.arg.int({ description: LAST }),
        before: t.arg.string({ description: BEFORE }),
      },
      description: 'Artists that have it, the most popular first, then those with most tracks.',
      resolve: (genre, args, context) =>
        connectionOf(context, genre.name, artistsOfGenre(args, context.config)),
    }),
  }),
});

PlaylistRef.implement({
  description: 'A list of tracks that somebody put together.',
  fields: (t) => ({
    id: t.exposeID('id', { nullable: false, description: "The source's id." }),
    name: t.exposeString('name', { nullable: false, description: 'Its name; empty when missing.' }),
    genres: t.stringList({
      nullable: false,
      description: 'Genres under which it lists tracks, by name.',
      resolve: (playlist) => [...playlist.genres],
    }),
    subgenres: t.stringList({
      nullable: false,
      description: 'Subgenres under which it lists tracks, by name.',
      resolve: (playlist) => [...playlist.subgenres],
    }),
    tracks: t.field({
      type: TrackConnectionRef,
      nullable: false,
      args: {
        first: t.arg.int({ description: FIRST }),
        after: t.arg.string({ description: AFTER }),
        last: t.arg.int({ description: LAST }),
        before: t.arg.string({ description: BEFORE }),
      },
      description: 'Its tracks in order, each once.',
      resolve: (playlist, args, context) =>
        connectionOf(context, playlist.id, tracksOfPlaylist(args, context.config)),
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
      first: t.arg.int({ description: FIRST }),
      after: t.arg.string({ description: AFTER }),
      last: t.arg.int({ description: LAST }),
      before: t.arg.string({ description: BEFORE }),
      orderBy: t.arg({ type: [GenreOrderInput], description: 'Most tracks first, then name unless stated.' }),
    },
    description: 'Genres of the catalogue.',
    resolve: (_root, args, context) => listGenres(context.catalog, args, context.config),
  }),
  playlist: t.field({
    type: PlaylistRef,
    args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
    description: 'One playlist; null when there is none of that id.',
    resolve: (_root, { id }, context) => context.loaders.playlistById.load(id),
  }),
  playlists: t.field({
    type: PlaylistConnectionRef,
    args: {
      first: t.arg.int({ description: FIRST }),
      after: t.arg.string({ description: AFTER }),
      last: t.arg.int({ description: LAST }),
      before: t.arg.string({ description: BEFORE }),
    },
    description: 'Playlists, by name, without accents and case.',
    resolve: (_root, args, context) => listPlaylists(context.catalog, args, context.config),
  }),
}));
