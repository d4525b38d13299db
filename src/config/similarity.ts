// Settings of similar tracks: the index and its parameters. What each costs and brings: bench/similar/results.md.
import { wholeNumber, yesNo } from './kinds.ts';

export const SIMILARITY_SETTINGS = {
  indexM: wholeNumber(
    'GROOVELAKE_INDEX_M',
    12,
    2,
    100,
    'links',
    'HNSW links per node: more costs memory and build time, and finds more',
  ),
  indexEfConstruction: wholeNumber(
    'GROOVELAKE_INDEX_EF_CONSTRUCTION',
    100,
    4,
    2_000,
    'candidates',
    'HNSW candidates while building: more builds slower and finds more',
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
  indexScanBelow: wholeNumber(
    'GROOVELAKE_INDEX_SCAN_BELOW',
    50_000,
    0,
    100_000_000,
    'tracks',
    'up to so many tracks are scanned where there are several seeds, or tracks to move away from; more of them go through the index, which is less sure of points between tracks',
  ),
  indexScanFilteredBelow: wholeNumber(
    'GROOVELAKE_INDEX_SCAN_FILTERED_BELOW',
    10_000,
    0,
    100_000_000,
    'tracks',
    'up to so many tracks that a filter leaves are scanned for the neighbors of one track; more of them go through the index, which is quicker',
  ),
  indexFiltersKept: wholeNumber(
    'GROOVELAKE_INDEX_FILTERS_KEPT',
    64,
    0,
    10_000,
    'filters',
    'filters of similar tracks whose result is kept for the next request, a bit per track each',
  ),
  indexContext: yesNo(
    'GROOVELAKE_INDEX_CONTEXT',
    true,
    'whether the company an artist keeps (playlists its tracks share, genres) counts beside what its tracks sound like',
  ),
  indexMaxDrift: wholeNumber(
    'GROOVELAKE_INDEX_MAX_DRIFT',
    5,
    0,
    1_000,
    'hundredths of a standard deviation',
    'how far the features may drift before the vectors are scaled anew',
  ),
} as const;
