// Artists by the distributions of their tracks: where the tracks lie, how widely they spread, and the company the artist keeps.
import type { ArtistContext } from './context.ts';
import type { FeatureTable } from './feature-table.ts';
import { COMPONENTS, OWN_DIM } from './recipe.ts';
import { meanByArtist, type StandardTable } from './vectors.ts';

export interface ArtistProfiles {
  /** Numbers per artist: OWN_DIM means, OWN_DIM deviations, then the context's direction. */
  readonly dim: number;
  /** [artists x dim] */
  readonly values: Float32Array;
}

/** Tracks of an average artist that every artist is mixed with, so that one track alone is no distribution. */
const PRIOR_TRACKS = 1;
/** How far apart two artists are who are met in different places only, beside a standard deviation of sound. */
const CONTEXT_SCALE = 2;

/** Profiles in the order of the table's artists. Means and deviations are weighted as in the vectors. */
export function makeProfiles(
  table: FeatureTable,
  { own }: StandardTable,
  context: ArtistContext | null,
): ArtistProfiles {
  const { count, artists, artistIds } = table;
  const means = meanByArtist(table, own);
  const dim = 2 * OWN_DIM + (context?.dim ?? 0);
  const values = new Float32Array(artistIds.count * dim);
  const squares = new Float64Array(artistIds.count * OWN_DIM);
  const tracks = new Uint32Array(artistIds.count);
  for (let label = 0; label < count; label++) {
    const artist = artists[label] as number;
    if (artist < 0) continue;
    tracks[artist] = (tracks[artist] as number) + 1;
    for (let i = 0; i < OWN_DIM; i++) {
      const at = artist * OWN_DIM + i;
      squares[at] =
        (squares[at] as number) + ((own[label * OWN_DIM + i] as number) - (means[at] as number)) ** 2;
    }
  }
  for (let artist = 0; artist < artistIds.count; artist++) {
    for (let i = 0; i < OWN_DIM; i++) {
      const at = artist * OWN_DIM + i;
      const prior = PRIOR_TRACKS * (COMPONENTS[i]?.weight ?? 1) ** 2;
      values[artist * dim + i] = means[at] as number;
      values[artist * dim + OWN_DIM + i] = Math.sqrt(
        ((squares[at] as number) + prior) / ((tracks[artist] as number) + PRIOR_TRACKS),
      );
    }
    for (let i = 0; i < (context?.dim ?? 0); i++)
      values[artist * dim + 2 * OWN_DIM + i] =
        CONTEXT_SCALE * (context?.directions[artist * (context?.dim ?? 0) + i] as number);
  }
  return { dim, values };
}

/**
 * Distance between two artists: the 2-Wasserstein distance of their tracks taken as normal distributions without correlations, root of
 * (sum of squared differences of means + of deviations), with the squared distance of their contexts added under the root. 0 or more.
 */
export function profileDistance(profiles: Float32Array, dim: number, a: number, b: number): number {
  let square = 0;
  for (let i = 0; i < dim; i++)
    square += ((profiles[a * dim + i] as number) - (profiles[b * dim + i] as number)) ** 2;
  return Math.sqrt(square);
}
