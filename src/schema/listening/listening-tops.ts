// What was played most: an item of each list, with the entity behind it where the catalogue has it.
import type { TopItem } from '../../store/listening/stats/tops.ts';
import { builder } from '../builder.ts';
import { AlbumRef, ArtistRef, GenreRef, TrackRef } from '../refs.ts';

export const TopByEnum = builder.enumType('TopBy', {
  description: 'What makes an item come first.',
  values: {
    PLAYS: { description: 'Plays of at least 30 s.' },
    MINUTES: { description: 'Minutes played.' },
  } as const,
});

const RANK = 'From 1; equals share a rank.';
const NAME = 'As the plays name it; "" where only the id is known.';
const PLAYS = 'Plays of at least 30 s.';
const MINUTES = 'Minutes played.';

export const TopTrackRef = builder.objectRef<TopItem>('TopTrack').implement({
  description: 'A track that was played much.',
  fields: (t) => ({
    rank: t.exposeInt('rank', { nullable: false, description: RANK }),
    name: t.exposeString('name', { nullable: false, description: NAME }),
    artistName: t.exposeString('artistName', {
      description: 'First artist, as the plays name it; null where only the id is known.',
    }),
    plays: t.exposeInt('plays', { nullable: false, description: PLAYS }),
    minutes: t.exposeFloat('minutes', { nullable: false, description: MINUTES }),
    track: t.field({
      type: TrackRef,
      description: 'The track; null where the catalogue has none.',
      resolve: ({ id }, _args, { loaders }) => (id ? loaders.trackById.load(id) : null),
    }),
  }),
});

export const TopArtistRef = builder.objectRef<TopItem>('TopArtist').implement({
  description: 'An artist who was played much.',
  fields: (t) => ({
    rank: t.exposeInt('rank', { nullable: false, description: RANK }),
    name: t.exposeString('name', { nullable: false, description: NAME }),
    plays: t.exposeInt('plays', { nullable: false, description: PLAYS }),
    minutes: t.exposeFloat('minutes', { nullable: false, description: MINUTES }),
    artist: t.field({
      type: ArtistRef,
      description: 'The artist; null where the catalogue has none.',
      resolve: ({ id }, _args, { loaders }) => (id ? loaders.artistById.load(id) : null),
    }),
  }),
});

export const TopAlbumRef = builder.objectRef<TopItem>('TopAlbum').implement({
  description: 'An album that was played much.',
  fields: (t) => ({
    rank: t.exposeInt('rank', { nullable: false, description: RANK }),
    name: t.exposeString('name', { nullable: false, description: NAME }),
    artistName: t.exposeString('artistName', {
      description: 'First artist, as the plays name it; null where only the id is known.',
    }),
    plays: t.exposeInt('plays', { nullable: false, description: PLAYS }),
    minutes: t.exposeFloat('minutes', { nullable: false, description: MINUTES }),
    album: t.field({
      type: AlbumRef,
      description: 'The album; null where the catalogue has none.',
      resolve: ({ id }, _args, { loaders }) => (id ? loaders.albumById.load(id) : null),
    }),
  }),
});

export const TopGenreRef = builder.objectRef<TopItem>('TopGenre').implement({
  description: 'A genre that was played much.',
  fields: (t) => ({
    rank: t.exposeInt('rank', { nullable: false, description: RANK }),
    name: t.exposeString('name', { nullable: false, description: 'Its name.' }),
    plays: t.exposeInt('plays', { nullable: false, description: PLAYS }),
    minutes: t.exposeFloat('minutes', { nullable: false, description: MINUTES }),
    genre: t.field({
      type: GenreRef,
      description: 'The genre; null where the catalogue has none.',
      resolve: ({ id }, _args, { loaders }) => (id ? loaders.genreByName.load(id) : null),
    }),
  }),
});
