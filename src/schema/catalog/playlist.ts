// Playlist, and the queries that find playlists.
import type { Playlist } from '../../store/catalog/entities.ts';
import { listPlaylists } from '../../store/catalog/playlists.ts';
import { tracksOfPlaylist } from '../../store/catalog/tracks.ts';
import { builder } from '../builder.ts';
import { connectionOf, defineConnection, PAGE_ARGS } from '../connection.ts';
import { countedList } from '../counted-list.ts';
import { PlaylistFilterInput, TrackFilterInput } from '../filters.ts';
import { PlaylistOrderInput, TrackOrderInput } from '../orders.ts';
import { ImageRef, PlaylistRef } from '../refs.ts';
import { TrackConnectionRef } from './track.ts';

const PlaylistConnectionRef = defineConnection('Playlist', PlaylistRef);

PlaylistRef.implement({
  description: 'A list of tracks that somebody put together.',
  fields: (t) => ({
    id: t.exposeID('id', { nullable: false, description: "The source's id." }),
    name: t.exposeString('name', { nullable: false, description: 'Its name; empty when missing.' }),
    trackCount: t.exposeInt('trackCount', {
      nullable: false,
      description: 'Tracks of the catalogue in it, each counted once; 0 or more.',
    }),
    description: t.exposeString('description', {
      description: 'What its owner says of it; null when the source does not tell.',
    }),
    ownerName: t.exposeString('ownerName', {
      description: 'Name of whoever put it together; null when the source does not tell.',
    }),
    followers: t.field({
      type: 'Long',
      description: 'Followers, a count; null when the source does not tell.',
      resolve: (playlist) => playlist.followers,
    }),
    images: t.field({
      type: [ImageRef],
      nullable: false,
      description: 'Covers, widest first; empty when there are none.',
      ...countedList(({ images }: Playlist) => images),
    }),
    externalUrl: t.exposeString('externalUrl', {
      description: 'Address of its page at the source; null where there is none.',
    }),
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
        ...PAGE_ARGS,
        where: t.arg({ type: TrackFilterInput, description: 'Which of them; all unless stated.' }),
        orderBy: t.arg({
          type: [TrackOrderInput],
          description: 'First place in the playlist, then id unless stated.',
        }),
      },
      description: 'Its tracks, each once.',
      resolve: (playlist, args, context) =>
        connectionOf(context, playlist.id, tracksOfPlaylist(args, context.config)),
    }),
  }),
});

builder.queryFields((t) => ({
  playlist: t.field({
    type: PlaylistRef,
    args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
    description: 'One playlist; null when there is none of that id.',
    resolve: (_root, { id }, context) => context.loaders.playlistById.load(id),
  }),
  playlists: t.field({
    type: PlaylistConnectionRef,
    args: {
      ...PAGE_ARGS,
      where: t.arg({ type: PlaylistFilterInput, description: 'Which playlists; all unless stated.' }),
      orderBy: t.arg({
        type: [PlaylistOrderInput],
        description: 'Name, without accents and case, then id unless stated.',
      }),
    },
    description: 'Playlists of the catalogue.',
    resolve: (_root, args, context) => listPlaylists(context.catalog, args, context.config),
  }),
}));
