// What to call a cluster: by the features in which it differs most from the rest.
import { FEATURE_ORDER, type FeatureName } from '../recipe.ts';

/** Words for much and for little of a feature. */
const WORDS: Readonly<Partial<Record<FeatureName, readonly [much: string, little: string]>>> = {
  danceability: ['danceable', 'free in rhythm'],
  energy: ['energetic', 'calm'],
  loudness: ['loud', 'quiet'],
  valence: ['cheerful', 'dark'],
  speechiness: ['wordy', 'sung'],
  liveness: ['live', 'studio'],
  acousticness: ['acoustic', 'electric'],
  instrumentalness: ['instrumental', 'vocal'],
  durationMs: ['long', 'short'],
  tempo: ['fast', 'slow'],
};

/**
 * A name for each center: its two strongest features, more where two centers would be called the same.
 *
 * @param centers in standard deviations from the mean of the catalogue, in FEATURE_ORDER
 */
export function nameClusters(centers: readonly (readonly number[])[]): string[] {
  const words = centers.map((center) =>
    center
      .map((value, at) => ({
        value,
        word: WORDS[FEATURE_ORDER[at] as FeatureName]?.[value < 0 ? 1 : 0] ?? '',
      }))
      .filter(({ word }) => word !== '')
      .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
      .map(({ word }) => word),
  );
  const nameOf = (list: readonly string[], length: number) => list.slice(0, length).join(', ');
  return words.map((list, at) => {
    for (let length = 2; length < list.length; length++) {
      const isTaken = words.some(
        (other, place) => place !== at && nameOf(other, length) === nameOf(list, length),
      );
      if (!isTaken) return nameOf(list, length);
    }
    return `${nameOf(list, list.length)} ${at + 1}`;
  });
}
