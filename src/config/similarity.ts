// Settings of similar tracks: the index and its parameters.
import { wholeNumber } from './kinds.ts';

export const SIMILARITY_SETTINGS = {
  indexM: wholeNumber(
    'GROOVELAKE_INDEX_M',
    8,
    2,
    100,
    'links',
    'HNSW links per node: more costs memory and build time, and finds more',
  ),
  indexEfConstruction: wholeNumber(
    'GROOVELAKE_INDEX_EF_CONSTRUCTION',
    64,
    4,
    2_000,
    'candidates',
    'HNSW candidates while building',
  ),
  indexEf: wholeNumber(
    'GROOVELAKE_INDEX_EF',
    64,
    1,
    10_000,
    'candidates',
    'HNSW candidates while searching: more is slower and finds more',
  ),
  indexExactBelow: wholeNumber(
    'GROOVELAKE_INDEX_EXACT_BELOW',
    1_000,
    0,
    100_000_000,
    'vectors',
    'up to so many vectors the search is exact and no index is built',
  ),
} as const;
