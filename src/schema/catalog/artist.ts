// Artist, and the queries that find artists.
import { albumsOfArtist } from '../../store/catalog/albums.ts';
import { listArtists } from '../../store/catalog/artists.ts';
import type { Artist } from '../../store/catalog/entities.ts';
import { genresOfArtist } from '../../store/catalog/genres.ts';
import { provenanceOf } from '../../store/catalog/provenance.ts';
import { tracksOfArtist } from '../../store/catalog/tracks.ts';
import { builder } from '../builder.ts';
import { connectionOf, defineConnection, PAGE_ARGS } from '../connection.ts';
import { countedList } from '../counted-list.ts';
import { AlbumFilterInput, ArtistFilterInput, TrackFilterInput } from '../filters.ts';
import { nestedListOf } from '../nested-list.ts';
import { AlbumOrderInput, ArtistOrderInput, BY_POPULARITY, TrackOrderInput } from '../orders.ts';
import { ArtistRef, GenreRef, ImageRef } from '../refs.ts';
import { AlbumConnectionRef } from './album.ts';
import { ProvenanceRef } from './provenance.ts';
import { TrackConnectionRef } from './track.ts';

export const ArtistConnectionRef = defineConnection('Artist', ArtistRef);

export const ArtistMeasureEnum = builder.enumType('ArtistMeasure', {
  description: 'A number that artists have.',
  values: {
    POPULARITY: { description: 'Popularity, 0..100.' },
    FOLLOWERS: { description: 'Followers.' },
    STREAMS: { description: 'Streams of all time, as ranked by kworb.' },
    MONTHLY_LISTENERS: { description: 'Listeners of the last month, as ranked by kworb.' },
    TRACK_COUNT: { description: 'Tracks in the catalogue; not observed over time.' },
    ALBUM_COUNT: { description: 'Albums in the catalogue; not observed over time.' },
  } as const,
});

ArtistRef.implement({
  description:
    'A musician or band. Whoever is only credited on the tracks or albums of others is an artist too.',
  fields: (t) => ({
    id: t.exposeID('id', {
      nullable: false,
      description:
        "The source's id; made from the name (beginning with n) where the source gives none. An artist that a source gives an id later goes by that one, and the one made from its name leads to it.",
    }),
    uri: t.exposeString('uri', { description: "The source's URI; null where it has none." }),
    name: t.exposeString('name', { nullable: false, description: 'The name; empty when missing.' }),
    popularity: t.exposeInt('popularity', {
      description: 'How popular it is now, 0..100, 100 the most; null when the source does not tell.',
    }),
    followers: t.field({
      type: 'Long',
      description: 'Followers, a count; null when the source does not tell.',
      resolve: (artist) => artist.followers,
    }),
    monthlyListeners: t.field({
      type: 'Long',
      description: 'Listeners of the last month; null for an artist that no ranking has.',
      resolve: (artist) => artist.monthlyListeners,
    }),
    streams: t.field({
      type: 'Long',
      description: 'Streams of all time; null for an artist that no ranking has.',
      resolve: (artist) => artist.streams,
    }),
    trackCount: t.exposeInt('trackCount', {
      nullable: false,
      description: 'Tracks of the catalogue that it is credited on, 0 or more.',
    }),
    albumCount: t.exposeInt('albumCount', {
      nullable: false,
      description: 'Albums of the catalogue that it is credited on, 0 or more.',
    }),
    genres: t.field({
      type: [GenreRef],
      nullable: false,
      description:
        'Genres the sources give, by name; many artists have none. Where sources name genres of playlists alone, as TidyTuesday does, ask where: { tracks: { some: { playlists: { some: { genre: ... } } } } }.',
      ...nestedListOf(genresOfArtist),
    }),
    images: t.field({
      type: [ImageRef],
      nullable: false,
      description: 'Pictures, widest first; empty when there are none.',
      ...countedList(({ images }: Artist) => images),
    }),
    externalUrl: t.exposeString('externalUrl', {
      description: 'Address of its page at the source; null where there is none.',
    }),
    albums: t.field({
      type: AlbumConnectionRef,
      nullable: false,
      args: {
        ...PAGE_ARGS,
        where: t.arg({ type: AlbumFilterInput, description: 'Which of them; all unless stated.' }),
        orderBy: t.arg({
          type: [AlbumOrderInput],
          description: BY_POPULARITY,
        }),
      },
      description: 'Albums it is credited on.',
      resolve: (artist, args, context) =>
        connectionOf(context, artist.id, albumsOfArtist(args, context.config)),
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
      description: 'Tracks it is credited on.',
      resolve: (artist, args, context) =>
        connectionOf(context, artist.id, tracksOfArtist(args, context.config)),
    }),
    provenance: t.field({
      type: [ProvenanceRef],
      nullable: false,
      description: 'The documents behind it, most lately fetched first.',
      ...nestedListOf(provenanceOf('artist')),
    }),
  }),
});

builder.queryFields((t) => ({
  artist: t.field({
    type: ArtistRef,
    args: {
      id: t.arg.id({
        required: true,
        description: 'Its id, or one made from its name that it has left behind.',
      }),
    },
    description: 'One artist; null when there is none of that id.',
    resolve: (_root, { id }, context) => context.loaders.artistById.load(id),
  }),
  artists: t.field({
    type: ArtistConnectionRef,
    args: {
      ...PAGE_ARGS,
      where: t.arg({ type: ArtistFilterInput, description: 'Which artists; all unless stated.' }),
      orderBy: t.arg({
        type: [ArtistOrderInput],
        description: BY_POPULARITY,
      }),
    },
    description: 'Artists of the catalogue.',
    resolve: (_root, args, context) => listArtists(context.catalog, args, context.config),
  }),
}));
