// The artists whose tracks are spread most alike.
import { profileDistance } from './artist-profiles.ts';
import { searchExactInSlices } from './exact-search.ts';
import type { SimilarityFiles } from './similarity-files.ts';

export interface SimilarArtistId {
  readonly artistId: string;
  /** 0 or more, in standard deviations of the catalogue. */
  readonly distance: number;
  /** 1 / (1 + distance): 1 the same, towards 0 the farther. */
  readonly similarity: number;
}

/** Nearest first, then by id; null for an artist without an indexed track. */
export async function findSimilarArtists(
  { artistIds, profiles }: Pick<SimilarityFiles, 'artistIds' | 'profiles'>,
  artistId: string,
  first: number,
  wait: () => Promise<void>,
): Promise<SimilarArtistId[] | null> {
  const own = artistIds.find(artistId);
  if (own < 0) return null;
  const dim = profiles.length / artistIds.count;
  const request = {
    count: artistIds.count,
    k: first,
    distance: (artist: number) => profileDistance(profiles, dim, own, artist),
    accept: (artist: number) => artist !== own,
  };
  // Artists of a page are asked for one by one, all at once.
  await wait();
  const [found = []] = await searchExactInSlices([request], wait);
  return found.map(({ label, distance }) => ({
    artistId: artistIds.at(label),
    distance,
    similarity: 1 / (1 + distance),
  }));
}
