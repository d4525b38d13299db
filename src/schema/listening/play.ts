// One play of a listener.
import type { Play } from '../../store/listening/plays-list.ts';
import { builder } from '../builder.ts';
import { defineConnection } from '../connection.ts';
import { TrackRef } from '../refs.ts';

const PlayOriginEnum = builder.enumType('PlayOrigin', {
  description: 'How a play came to be known.',
  values: {
    EXTENDED: { description: 'A row of the extended streaming history.' },
    SHORT: { description: 'A row of the short history, of minute precision and without an id.' },
    RECENT: { description: "Spotify's recently played." },
  } as const,
});

const PlayRef = builder.objectRef<Play>('Play').implement({
  description: 'One track played once. The same play told by several sources is one.',
  fields: (t) => ({
    endedAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When it ended; to the minute for plays of the short history.',
      resolve: (play) => play.endedAt,
    }),
    startedAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When it began: its end less the time played.',
      resolve: (play) => play.startedAt,
    }),
    msPlayed: t.field({
      type: 'Long',
      nullable: false,
      description: 'Milliseconds played; may exceed the length of the track after seeking.',
      resolve: (play) => play.msPlayed,
    }),
    trackId: t.id({
      description: 'Id of the track; null when its names match none.',
      resolve: (p) => p.trackId,
    }),
    track: t.field({
      type: TrackRef,
      description: 'The track; null where the catalogue does not have it.',
      resolve: (play, _args, context) => (play.trackId ? context.loaders.trackById.load(play.trackId) : null),
    }),
    trackName: t.exposeString('trackName', {
      nullable: false,
      description: 'Name of the track as the play has it; "" where only the id is known.',
    }),
    artistName: t.exposeString('artistName', {
      nullable: false,
      description: 'Name of the first artist as the play has it.',
    }),
    albumName: t.exposeString('albumName', {
      description: 'Name of the album as the play has it; null where it has none.',
    }),
    matchScore: t.exposeFloat('matchScore', {
      description:
        'How surely the id belongs to the names, 0..1: 1 came with it or has the same names, 0.9 the same but for accents, case and punctuation, 0.75 but for what an edition adds. Null: no id.',
    }),
    origin: t.field({
      type: PlayOriginEnum,
      nullable: false,
      description: 'The source that is believed of those that tell it.',
      resolve: (play) => play.origin,
    }),
    isSkipped: t.exposeBoolean('isSkipped', {
      description: 'Whether it was skipped; null when the source does not tell.',
    }),
    isShuffle: t.exposeBoolean('isShuffle', {
      description: 'Whether shuffle was on; null when the source does not tell.',
    }),
    isOffline: t.exposeBoolean('isOffline', {
      description: 'Whether it was played offline; null when the source does not tell.',
    }),
    reasonStart: t.exposeString('reasonStart', {
      description: "Why it began, in Spotify's words (trackdone, clickrow, ...); null where unknown.",
    }),
    reasonEnd: t.exposeString('reasonEnd', {
      description: "Why it ended, in Spotify's words (trackdone, fwdbtn, ...); null where unknown.",
    }),
    platform: t.exposeString('platform', {
      description: 'Kind of device: ios, android, web, desktop, device or other; null where unknown.',
    }),
    country: t.exposeString('country', {
      description: 'Country it was played in, ISO 3166-1 alpha-2; null where unknown.',
    }),
  }),
});

export const PlayConnectionRef = defineConnection<Play>('Play', PlayRef);
