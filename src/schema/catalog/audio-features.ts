// AudioFeatures: how a track sounds, in the provider's figures.
import type { AudioFeatures } from '../../store/catalog/entities.ts';
import { ModeEnum } from '../enums.ts';
import { AudioFeaturesRef } from '../refs.ts';

const KEY_NAMES = ['C', 'C#/Db', 'D', 'D#/Eb', 'E', 'F', 'F#/Gb', 'G', 'G#/Ab', 'A', 'A#/Bb', 'B'];

AudioFeaturesRef.implement({
  description:
    'Scores 0..1; tempo in BPM, null when undetected; loudness in dB; key 0..11 (C = 0), null when undetected. All from one provider. Definitions: https://developer.spotify.com/documentation/web-api/reference/get-audio-features',
  fields: (t) => ({
    danceability: t.exposeFloat('danceability', {
      description: 'How suited to dancing, 0..1; null when not given.',
    }),
    energy: t.exposeFloat('energy', { description: 'Intensity and activity, 0..1; null when not given.' }),
    valence: t.exposeFloat('valence', {
      description: 'Musical positiveness, 0 (sad, angry) to 1 (happy); null when not given.',
    }),
    acousticness: t.exposeFloat('acousticness', {
      description: 'Confidence that it is acoustic, 0..1; null when not given.',
    }),
    instrumentalness: t.exposeFloat('instrumentalness', {
      description: 'Confidence that it has no vocals, 0..1; null when not given.',
    }),
    liveness: t.exposeFloat('liveness', {
      description: 'Confidence that an audience is present, 0..1; null when not given.',
    }),
    speechiness: t.exposeFloat('speechiness', {
      description: 'How much of it is spoken words, 0..1; null when not given.',
    }),
    tempo: t.exposeFloat('tempo', { description: 'Tempo in beats per minute (BPM); null when undetected.' }),
    loudness: t.exposeFloat('loudness', {
      description: 'Average loudness in dB, usually -60..0; null when not given.',
    }),
    key: t.exposeInt('key', { description: 'Key as a pitch class, 0 (C) to 11 (B); null when undetected.' }),
    keyName: t.string({
      description: 'Key by name, e.g. C or F#/Gb; null when undetected.',
      resolve: findKeyName,
      extensions: { reads: ['key'] },
    }),
    mode: t.field({
      type: ModeEnum,
      description: 'Major or minor; null when undetected.',
      resolve: (features) => features.mode,
      extensions: { reads: ['mode'] },
    }),
    timeSignature: t.exposeInt('timeSignature', {
      description: 'Beats per bar, 3..7; null when undetected or not given.',
    }),
    provider: t.exposeString('provider', {
      nullable: false,
      description: 'The source that gives these figures: spotify, reccobeats, the name of a data set, ...',
    }),
  }),
});

function findKeyName({ key }: AudioFeatures): string | null {
  return key === null ? null : (KEY_NAMES[key] ?? null);
}
