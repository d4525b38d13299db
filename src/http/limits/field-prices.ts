// What fields cost beyond the objects of their answer, and which objects are light. A key is a field's name, or Type.field where fields
// of one name differ: that is looked up first, and is the price of that field alone.

/**
 * Points of fields that read more than the rows they return. All parents of a field share one statement, so a field counts
 * once wherever it stands, however many parents it has.
 */
export const POINTS: Readonly<Record<string, number>> = {
  trackStats: 10,
  albumStats: 10,
  artistStats: 10,
  playStats: 10,
  correlation: 10,
  correlations: 20,
  timeline: 10,
  scatter: 10,
  musicMap: 10,
  stats: 10,
  'Artist.topTracks': 10,
  artistMovers: 10,
  albumMovers: 10,
  trackMovers: 10,
  histogram: 10,
  percentile: 2,
  'NumberStats.median': 2,
  totalCount: 2,
  search: 5,
  'RelationDiff.keys': 10,
};

/** As many as a field has that reads a whole relation, whether it is charged once or for each parent. */
export const SCAN_POINTS = 10;

/** Points of fields that work once for each parent. */
export const POINTS_PER_PARENT: Readonly<Record<string, number>> = {
  similarTracks: 1,
  similarArtists: 1,
  collaborators: 1,
  raw: 1,
  // A list of up to two hundred codes.
  markets: 1,
  diff: 50,
  // A statement over all batches each.
  'Snapshot.batches': 5,
  'Snapshot.missingBatches': 5,
  'Snapshot.withdrawnBatches': 5,
  'RelationDiff.keys': 5,
  // Each stretch of a listener's plays has statements of its own.
  'ListeningPeriod.totals': 2,
  'ListeningPeriod.topTracks': 3,
  'ListeningPeriod.topArtists': 3,
  'ListeningPeriod.topAlbums': 3,
  'ListeningPeriod.topGenres': 3,
  'ListeningPeriod.rhythm': 2,
  'ListeningPeriod.longestStreak': 2,
  'ListeningPeriod.sessions': 2,
  'ListeningPeriod.taste': 10,
  'ListeningPeriod.tempo': 3,
  recommended: 20,
};

/** Points of a term of `orderBy` and of `having` of statistics, each of which is a figure of every group. */
export const TERM_POINTS = 1;

/** Arguments with which similar tracks are looked for among all there are, two to five times as long, and never by the graph. */
export const EXACT_ARGUMENTS: ReadonlySet<string> = new Set(['mood', 'weights']);
/** What they cost more, for each parent. */
export const EXACT_POINTS = 2;

/** Objects of a few numbers or names, read from what is at hand, which cost a tenth of an entity. */
export const LIGHT: ReadonlySet<string> = new Set([
  'ScatterPoint',
  'MapPoint',
  'MusicMap',
  'HistogramBin',
  'TimelinePoint',
  'Observation',
  'FeatureContribution',
  'RhythmPoint',
  'RunDayTotal',
  'Column',
  'ColumnCoverage',
  'ColumnSource',
  'Relation',
  'CheckResult',
  'RunStep',
  'RunError',
]);

/** Lists without a size that are not short, and how long they usually are. */
export const LONG_LISTS: Readonly<Record<string, number>> = {
  // A point a day over a year; a year each of sixty.
  'ListeningPeriod.rhythm': 366,
  'Timeline.points': 60,
  'ForYou.nodes': 30,
  // Each feature, the artist and the context.
  'SimilarTrack.contributions': 14,
  // The steps of a crawl.
  'Run.steps': 9,
  // The lakehouse: its relations, their columns, those of gold together, and what is checked.
  'Query.lineage': 45,
  'Snapshot.relations': 45,
  'LineageNode.columns': 12,
  'Relation.columns': 12,
  'Snapshot.coverage': 220,
  'Snapshot.checks': 60,
};

/** The price of a field: that of its type's, else that of its name. */
export function priceOf(prices: Readonly<Record<string, number>>, type: string, field: string): number {
  return prices[`${type}.${field}`] ?? prices[field] ?? 0;
}
