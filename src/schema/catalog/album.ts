// Album, and the queries that find albums.
import { NotFoundError } from '../../errors.ts';
import { listAlbums } from '../../store/catalog/albums.ts';
import { artistsOfAlbum } from '../../store/catalog/artists.ts';
import type { Album } from '../../store/catalog/entities.ts';
import { provenanceOf } from '../../store/catalog/provenance.ts';
import { tracksOfAlbum } from '../../store/catalog/tracks.ts';
import { builder } from '../builder.ts';
import { connectionOf, defineConnection, PAGE_ARGS } from '../connection.ts';
import type { Context } from '../context.ts';
import { countedList } from '../counted-list.ts';
import { AlbumTypeEnum } from '../enums.ts';
import { AlbumFilterInput, TrackFilterInput } from '../filters.ts';
import { nestedListOf } from '../nested-list.ts';
import { AlbumOrderInput, BY_POPULARITY, TrackOrderInput } from '../orders.ts';
import { AlbumRef, ArtistRef, ImageRef } from '../refs.ts';
import { ProvenanceRef } from './provenance.ts';
import { TrackConnectionRef } from './track.ts';

export const AlbumConnectionRef = defineConnection('Album', AlbumRef);

AlbumRef.implement({
  description:
    'A release. The same release under several ids (market twins) is several albums with one UPC, or EAN where no UPC is stated, leading zeros aside; preferredAlbum is one of them, the same for all.',
  fields: (t) => ({
    id: t.exposeID('id', {
      nullable: false,
      description: "The source's id; made from artist and name where the source gives none.",
    }),
    uri: t.exposeString('uri', { description: "The source's URI; null where it has none." }),
    name: t.exposeString('name', {
      nullable: false,
      description: 'The name; empty when missing, e.g. after a takedown.',
    }),
    albumType: t.field({
      type: AlbumTypeEnum,
      description: 'What kind of release it is; null when not known.',
      resolve: (album) => album.albumType,
    }),
    releaseDate: t.field({
      type: 'PartialDate',
      description: 'Date of release, as precise as the source knows it; null when not known.',
      resolve: (album) => album.releaseDate,
    }),
    releaseYear: t.exposeInt('releaseYear', { description: 'Year of release; null when not known.' }),
    label: t.exposeString('label', { description: 'Record label; null when the source does not tell.' }),
    popularity: t.exposeInt('popularity', {
      description: 'How popular it is now, 0..100, 100 the most; null when the source does not tell.',
    }),
    totalTracks: t.exposeInt('totalTracks', {
      description: 'How many tracks the source says it has; null when not known.',
    }),
    upc: t.exposeString('upc', {
      description:
        'Universal product code, else the European Article Number, as the source writes it; null when neither is known.',
    }),
    isPreferred: t.boolean({
      nullable: false,
      description: 'Whether it is its own preferredAlbum; true for an album without twins.',
      resolve: (album) => album.preferredAlbumId === album.id,
    }),
    preferredAlbum: t.field({
      type: AlbumRef,
      description:
        'The album that stands for its market twins: the most popular of them, then the one with most tracks as the source counts them, then the first by id. Itself where it has none; never null.',
      nullable: false,
      resolve: (album, _args, context) =>
        album.preferredAlbumId === album.id ? album : getAlbum(context, album.preferredAlbumId),
    }),
    images: t.field({
      type: [ImageRef],
      nullable: false,
      description: 'Covers, widest first; empty when there are none.',
      ...countedList(({ images }: Album) => images),
    }),
    externalUrl: t.exposeString('externalUrl', {
      description: 'Address of its page at the source; null where there is none.',
    }),
    artists: t.field({
      type: [ArtistRef],
      nullable: false,
      description: 'Its artists as credited; where the source states none, the first artists of its tracks.',
      ...nestedListOf(artistsOfAlbum),
    }),
    tracks: t.field({
      type: TrackConnectionRef,
      nullable: false,
      args: {
        ...PAGE_ARGS,
        where: t.arg({ type: TrackFilterInput, description: 'Which of them; all unless stated.' }),
        orderBy: t.arg({
          type: [TrackOrderInput],
          description: 'Disc and track number, then id unless stated.',
        }),
      },
      description: 'Its tracks in the catalogue.',
      resolve: (album, args, context) => connectionOf(context, album.id, tracksOfAlbum(args, context.config)),
    }),
    provenance: t.field({
      type: [ProvenanceRef],
      nullable: false,
      description: 'The documents behind it, most lately fetched first.',
      ...nestedListOf(provenanceOf('album')),
    }),
  }),
});

builder.queryFields((t) => ({
  album: t.field({
    type: AlbumRef,
    args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
    description: 'One album; null when there is none of that id.',
    resolve: (_root, { id }, context) => context.loaders.albumById.load(id),
  }),
  albums: t.field({
    type: AlbumConnectionRef,
    args: {
      ...PAGE_ARGS,
      where: t.arg({ type: AlbumFilterInput, description: 'Which albums; all unless stated.' }),
      orderBy: t.arg({
        type: [AlbumOrderInput],
        description: BY_POPULARITY,
      }),
    },
    description: 'Albums of the catalogue.',
    resolve: (_root, args, context) => listAlbums(context.catalog, args, context.config),
  }),
}));

/** An album that gold refers to: a check holds the references whole. @throws NotFoundError */
async function getAlbum(context: Context, id: string): Promise<Album> {
  const album = await context.loaders.albumById.load(id);
  if (album) return album;
  throw new NotFoundError('album', id);
}
