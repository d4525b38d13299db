// Audio features as they go together in real music: energy with loudness about 0.7, energy with acousticness about -0.6, genres apart.
import type { Draw } from './draw.ts';

export interface Features {
  danceability: number;
  energy: number;
  valence: number;
  acousticness: number;
  instrumentalness: number;
  liveness: number;
  speechiness: number;
  /** BPM; 0 = not detected. */
  tempo: number;
  /** dB */
  loudness: number;
  /** -1 = not detected. */
  key: number;
  mode: number;
  timeSignature: number;
}

export interface GenreProfile {
  readonly name: string;
  readonly energy: number;
  readonly danceability: number;
  readonly valence: number;
  readonly instrumentalness: number;
  readonly speechiness: number;
  readonly tempo: number;
  readonly minutes: number;
  readonly explicit: number;
}

const genre = (
  name: string,
  energy: number,
  danceability: number,
  valence: number,
  instrumentalness: number,
  speechiness: number,
  tempo: number,
  minutes: number,
  explicit: number,
): GenreProfile => ({
  name,
  energy,
  danceability,
  valence,
  instrumentalness,
  speechiness,
  tempo,
  minutes,
  explicit,
});

// name, energy, danceability, valence, instrumentalness, speechiness, tempo (BPM), minutes, share of explicit tracks
export const GENRES: readonly [GenreProfile, ...GenreProfile[]] = [
  genre('pop', 0.66, 0.66, 0.55, 0.02, 0.06, 118, 3.4, 0.15),
  genre('dance pop', 0.72, 0.7, 0.6, 0.01, 0.07, 121, 3.4, 0.15),
  genre('rock', 0.74, 0.5, 0.5, 0.08, 0.06, 124, 4.0, 0.06),
  genre('indie rock', 0.66, 0.52, 0.48, 0.12, 0.05, 122, 3.8, 0.06),
  genre('hard rock', 0.82, 0.46, 0.47, 0.05, 0.07, 128, 4.1, 0.08),
  genre('progressive rock', 0.58, 0.4, 0.38, 0.2, 0.06, 119, 5.6, 0.01),
  genre('metal', 0.9, 0.38, 0.33, 0.18, 0.09, 127, 4.6, 0.14),
  genre('punk', 0.87, 0.47, 0.55, 0.04, 0.08, 140, 2.7, 0.2),
  genre('hip hop', 0.66, 0.76, 0.5, 0.01, 0.24, 112, 3.5, 0.7),
  genre('trap', 0.64, 0.75, 0.42, 0.02, 0.21, 136, 3.2, 0.75),
  genre('r&b', 0.55, 0.65, 0.5, 0.02, 0.1, 110, 3.8, 0.3),
  genre('soul', 0.5, 0.6, 0.62, 0.03, 0.06, 112, 3.7, 0.03),
  genre('funk', 0.7, 0.74, 0.78, 0.06, 0.08, 111, 4.2, 0.04),
  genre('house', 0.8, 0.76, 0.52, 0.38, 0.06, 125, 5.0, 0.04),
  genre('techno', 0.79, 0.72, 0.32, 0.68, 0.06, 129, 6.0, 0.01),
  genre('drum and bass', 0.88, 0.55, 0.4, 0.42, 0.08, 173, 4.6, 0.04),
  genre('ambient', 0.18, 0.28, 0.16, 0.84, 0.04, 102, 5.4, 0.0),
  genre('classical', 0.16, 0.29, 0.24, 0.86, 0.04, 104, 4.8, 0.0),
  genre('jazz', 0.36, 0.52, 0.5, 0.42, 0.05, 113, 5.2, 0.0),
  genre('blues', 0.5, 0.52, 0.58, 0.08, 0.05, 118, 4.2, 0.01),
  genre('folk', 0.34, 0.5, 0.44, 0.08, 0.04, 117, 3.8, 0.02),
  genre('country', 0.6, 0.57, 0.58, 0.01, 0.04, 122, 3.5, 0.02),
  genre('reggae', 0.62, 0.74, 0.74, 0.04, 0.11, 118, 4.0, 0.04),
  genre('reggaeton', 0.76, 0.76, 0.66, 0.01, 0.11, 107, 3.5, 0.25),
  genre('latin', 0.7, 0.68, 0.68, 0.02, 0.07, 116, 3.7, 0.08),
  genre('afrobeat', 0.72, 0.74, 0.74, 0.06, 0.08, 112, 4.4, 0.05),
  genre('k-pop', 0.78, 0.66, 0.6, 0.01, 0.08, 122, 3.4, 0.02),
  genre('singer-songwriter', 0.4, 0.54, 0.44, 0.04, 0.05, 117, 3.7, 0.05),
];

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const round = (value: number, digits: number) => Number(value.toFixed(digits));

/** Features of one track of a genre. */
export function drawFeatures(
  draw: Draw,
  { energy, danceability, valence, instrumentalness, speechiness, tempo }: GenreProfile,
): Features {
  const intensity = clamp(energy + 0.16 * draw.normal(), 0.003, 0.998);
  // Standardised over a whole catalogue, energy drives loudness and, the other way, acousticness.
  const z = (intensity - 0.6) / 0.24;
  const hasVocals = draw.unit() > instrumentalness;
  return {
    danceability: round(clamp(danceability + 0.12 * draw.normal(), 0.05, 0.98), 3),
    energy: round(intensity, 3),
    valence: round(clamp(valence + 0.2 * draw.normal(), 0.02, 0.985), 3),
    acousticness: round(clamp(sigmoid(1.9 * (-0.62 * z + 0.78 * draw.normal()) - 0.9), 0.00001, 0.996), 5),
    instrumentalness: round(
      hasVocals ? clamp(0.02 * draw.unit() ** 6, 0, 1) : clamp(0.55 + 0.4 * draw.unit(), 0, 0.99),
      6,
    ),
    liveness: round(clamp(0.06 + 0.3 * draw.unit() ** 2.2 + (draw.chance(0.08) ? 0.5 : 0), 0.01, 0.99), 4),
    speechiness: round(clamp(speechiness * (0.5 + draw.unit() ** 1.5 * 1.6), 0.022, 0.95), 4),
    tempo: round(clamp(tempo + 22 * draw.normal(), 48, 220), 3),
    loudness: round(clamp(-9.2 + 4.6 * (0.74 * z + 0.67 * draw.normal()), -48, 2.4), 3),
    key: draw.whole(0, 11),
    mode: draw.chance(0.63) ? 1 : 0,
    timeSignature: draw.chance(0.9) ? 4 : draw.pick([3, 3, 5]),
  };
}

/** Moves values so that their mean meets the target, without leaving the range. */
export function meetMean(
  values: readonly number[],
  target: number,
  low: number,
  high: number,
  digits: number,
): number[] {
  let moved = [...values];
  for (let i = 0; i < 60; i++) {
    const mean = moved.reduce((sum, value) => sum + value, 0) / moved.length;
    if (Math.abs(mean - target) < 1e-6) break;
    moved = moved.map((value) => clamp(value + target - mean, low, high));
  }
  return moved.map((value) => round(value, digits));
}
