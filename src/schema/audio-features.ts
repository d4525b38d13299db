// AudioFeatures: how a track sounds, in the provider's figures.
import type { AudioFeatures } from '../store/catalog/entities.ts';
import { ModeEnum } from './enums.ts';
import { AudioFeaturesRef } from './refs.ts';

const KEY_NAMES = ['C', 'C#/Db', 'D', 'D#/Eb', 'E', 'F', 'F#/Gb', 'G', 'G#/Ab', 'A', 'A#/Bb', 'B'];

AudioFeaturesRef.implement({
  description:
    'Scores 0..1; tempo in BPM, null when undetected; loudness in dB; key 0..11 (C = 0), null when undetected. All from one provider. Definitions: https://developer.spotify.com/documentation/web-api/reference/get-audio-features',
  fields: (t) => ({
    danceability: t.exposeFloat('danceability', { description: 'How suited to dancing, 0..1.' }),
    energy: t.exposeFloat('energy', { description: 'Intensity and activity, 0..1.' }),
    valence: t.exposeFloat('valence', { description: 'Positiveness, 0 (sad, angry) .. 1 (happy).' }),
    acousticness: t.exposeFloat('acousticness', { description: 'Confidence that it is acoustic, 0..1.' }),
    instrumentalness: t.exposeFloat('instrumentalness', {
      description: 'Confidence that it has no vocals, 0..1.',
    }),
    liveness: t.exposeFloat('liveness', { description: 'Confidence that there is an audience, 0..1.' }),
    speechiness: t.exposeFloat('speechiness', { description: 'Share of spoken words, 0..1.' }),
    tempo: t.exposeFloat('tempo', { description: 'Beats per minute; null when undetected.' }),
    loudness: t.exposeFloat('loudness', { description: 'Average loudness in dB, usually -60..0.' }),
    key: t.exposeInt('key', { description: 'Pitch class 0..11, C = 0; null when undetected.' }),
    keyName: t.string({
      description: 'Pitch class by name, e.g. C or F#/Gb; null when undetected.',
      resolve: findKeyName,
    }),
    mode: t.field({
      type: ModeEnum,
      description: 'MAJOR or MINOR; null when undetected.',
      resolve: (features) => features.mode,
    }),
    timeSignature: t.exposeInt('timeSignature', {
      description: 'Beats per bar; null when undetected or not given.',
    }),
    provider: t.exposeString('provider', {
      nullable: false,
      description: 'The source whose figures these are.',
    }),
  }),
});

function findKeyName({ key }: AudioFeatures): string | null {
  return key === null ? null : (KEY_NAMES[key] ?? null);
}
