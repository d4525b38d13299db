// Track, and the queries that find tracks.
import { artistsOfTrack } from '../../store/catalog/artists.ts';
import type { Track } from '../../store/catalog/entities.ts';
import { genresOfTrack } from '../../store/catalog/genres.ts';
import { DEFAULT_PAGE_SIZE } from '../../store/catalog/page.ts';
import { playlistsOfTrack } from '../../store/catalog/playlists.ts';
import { provenanceOf } from '../../store/catalog/provenance.ts';
import { isPreferredTrack, listTracks, otherTracksOf } from '../../store/catalog/tracks.ts';
import { builder } from '../builder.ts';
import { defineConnection, PAGE_ARGS } from '../connection.ts';
import type { Context } from '../context.ts';
import { TrackFilterInput } from '../filters.ts';
import { readListSize } from '../list-size.ts';
import { nestedListOf } from '../nested-list.ts';
import { TrackOrderInput } from '../orders.ts';
import { AlbumRef, ArtistRef, AudioFeaturesRef, GenreRef, PlaylistRef, TrackRef } from '../refs.ts';
import { listSelectedProperties } from '../selected-properties.ts';
import { ProvenanceRef } from './provenance.ts';

export const TrackConnectionRef = defineConnection('Track', TrackRef);

TrackRef.implement({
  description: 'One track of one album. The same recording may be several tracks: recordingId tells.',
  fields: (t) => ({
    id: t.exposeID('id', { nullable: false, description: "The source's id." }),
    recordingId: t.exposeID('recordingId', {
      nullable: false,
      description:
        'The same for all tracks of one recording: same ISRC, else same name and artists, and durations each within 2 s of the next. It is the least of their ids, and may be another one when a track is added.',
    }),
    isPreferred: t.boolean({
      nullable: false,
      description:
        'Whether it stands for its recording: the most popular of its tracks, of equals the first by id. true for the only track of a recording.',
      resolve: ({ id }, _args, { loaders }) => loaders.nested(isPreferredTrack, id),
      extensions: {
        reads: ['id'],
        resolveLevel: (tracks: readonly Track[], _args: object, { loaders }: Context) =>
          loaders.nestedLevel(
            isPreferredTrack,
            tracks.map(({ id }) => id),
          ),
      },
    }),
    source: t.exposeString('source', {
      nullable: false,
      description: 'Source that contributed the name: spotify, sandbox, ...',
    }),
    uri: t.exposeString('uri', { description: "The source's URI; null where it has none." }),
    name: t.exposeString('name', { nullable: false, description: 'The name; empty when missing.' }),
    durationMs: t.exposeInt('durationMs', { description: 'Length in milliseconds; null when not known.' }),
    isExplicit: t.exposeBoolean('isExplicit', {
      description: 'Whether its lyrics are marked explicit; null when not known.',
    }),
    popularity: t.exposeInt('popularity', {
      description: 'How popular it is now, 0..100, 100 the most; null when the source does not tell.',
    }),
    isrc: t.exposeString('isrc', {
      description: 'International standard recording code; null when not known.',
    }),
    discNumber: t.exposeInt('discNumber', {
      description: 'Number of its disc, from 1; null when not known.',
    }),
    trackNumber: t.exposeInt('trackNumber', {
      description: 'Number on its disc, from 1; null when not known.',
    }),
    previewUrl: t.exposeString('previewUrl', {
      description: 'Address of a preview of 30 s; null when the source does not tell.',
    }),
    externalUrl: t.exposeString('externalUrl', {
      description: 'Address of its page at the source; null where there is none.',
    }),
    releaseDate: t.expose('releaseDate', {
      type: 'PartialDate',
      description:
        "Date of release: its album's, else the track's own; as precise as the source knows it, null when not known.",
    }),
    releaseYear: t.exposeInt('releaseYear', {
      description: 'Year its album was released; null when not known.',
    }),
    genres: t.field({
      type: [GenreRef],
      nullable: false,
      description:
        'Genres of the track itself, then those only its artists have. Empty where the sources name genres of playlists alone, as TidyTuesday does: ask playlists { genres }, or where: { playlists: { some: { genre: ... } } }.',
      ...nestedListOf(genresOfTrack),
    }),
    album: t.field({
      type: AlbumRef,
      description: 'Its album; null when not known.',
      resolve: (track, _args, context) =>
        track.albumId === null ? null : context.loaders.albumById.load(track.albumId),
      extensions: {
        reads: ['albumId'],
        resolveLevel: (tracks: readonly Track[], _args: object, { loaders }: Context) =>
          loaders.albumsById(tracks.map(({ albumId }) => albumId)),
      },
    }),
    artists: t.field({
      type: [ArtistRef],
      nullable: false,
      description: 'Its artists in the order they are credited in; empty when the source names none.',
      ...nestedListOf(artistsOfTrack),
    }),
    playlists: t.field({
      type: [PlaylistRef],
      nullable: false,
      description: 'Playlists it is on, by name, without accents and case.',
      ...nestedListOf(playlistsOfTrack),
    }),
    audioFeatures: t.field({
      type: AudioFeaturesRef,
      description: 'How it sounds; null when no provider has analysed it.',
      resolve: (track) => track.audioFeatures,
      extensions: { part: 'audioFeatures' },
    }),
    otherTracks: t.field({
      type: [TrackRef],
      nullable: false,
      description:
        'The other tracks of its recording, popular first: the same performance on other albums. Empty for the only one.',
      args: {
        first: t.arg.int({ description: `Tracks at most, 1..100; ${DEFAULT_PAGE_SIZE} unless stated.` }),
      },
      resolve: async ({ id }, { first }, { loaders, config }) => [
        ...(await loaders.nested(
          otherTracksOf(readListSize(first, DEFAULT_PAGE_SIZE, config.maxPageSize)),
          id,
        )),
      ],
      extensions: { reads: ['id'] },
    }),
    provenance: t.field({
      type: [ProvenanceRef],
      nullable: false,
      description: 'The documents behind it, most lately fetched first.',
      ...nestedListOf(provenanceOf('track')),
    }),
  }),
});

builder.queryFields((t) => ({
  track: t.field({
    type: TrackRef,
    args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
    description: 'One track; null when there is none of that id.',
    resolve: (_root, { id }, context) => context.loaders.trackById.load(id),
  }),
  tracks: t.field({
    type: TrackConnectionRef,
    args: {
      ...PAGE_ARGS,
      where: t.arg({ type: TrackFilterInput, description: 'Which tracks; all unless stated.' }),
      orderBy: t.arg({
        type: [TrackOrderInput],
        description: 'Popularity, highest first, then id unless stated.',
      }),
    },
    description: 'Tracks of the catalogue.',
    resolve: (_root, args, context, info) =>
      listTracks(context.catalog, args, context.config, listSelectedProperties(info)),
  }),
}));
