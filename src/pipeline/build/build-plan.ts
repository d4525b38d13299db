// Whether a build takes in new batches only, or reads everything anew (docs/decisions/0007).
import type { Batch, BatchCount, DocumentKind } from '../../store/landing/landing-store.ts';
import type { Manifest } from '../../store/snapshots/manifest.ts';

export type BuildPlan =
  | { readonly how: 'NOTHING' }
  | { readonly how: 'FULL'; readonly why: string }
  | { readonly how: 'INCREMENTAL'; readonly parent: Manifest; readonly newBatches: readonly Batch[] };

export interface PlanInput {
  /** The served snapshot; null for none. */
  readonly current: Manifest | null;
  /** Files of it have been found damaged, or it only stands in for what CURRENT names. */
  readonly isDamaged?: boolean;
  /** Of real sources it serves none: the sandbox leaves with the first track of one. */
  readonly isSandboxAlone?: boolean;
  /** All sealed batches that are not withdrawn. */
  readonly batches: readonly Batch[];
  /** Hash of the SQL and the options. */
  readonly recipe: string;
  /** Builds everything anew, even when nothing is new. */
  readonly isForced: boolean;
  /** Above this share of new documents a full build costs less than following every change. */
  readonly maxNewShare: number;
}

/**
 * Plans a build. Incremental only where it must give the same rows as a full one: the same SQL and options, every batch of the parent
 * still there, no source that lands for the first time (which may change who is believed), and nothing that may be the first track of a real
 * one (which makes the sandbox leave): whether it can be used is known only when it has been typed.
 */
export function planBuild({
  current,
  isDamaged = false,
  isSandboxAlone = false,
  batches,
  recipe,
  isForced,
  maxNewShare,
}: PlanInput): BuildPlan {
  if (!current) return { how: 'FULL', why: 'nothing has been published yet' };
  if (isForced) return { how: 'FULL', why: 'it was asked for' };
  if (isDamaged) return { how: 'FULL', why: 'CURRENT, or what it names, is damaged' };
  if (current.recipe !== recipe) return { how: 'FULL', why: 'the SQL, an option or the engine is another' };
  const known = new Set(current.batches);
  const newBatches = batches.filter(({ id }) => !known.has(id));
  if (batches.length - newBatches.length < known.size)
    return { how: 'FULL', why: 'a batch of the served snapshot is gone or withdrawn' };
  if (newBatches.length === 0) return { how: 'NOTHING' };
  const knownSources = new Set(listSources(batches.filter(({ id }) => known.has(id))));
  const newSource = listSources(newBatches).find((source) => !knownSources.has(source));
  if (newSource) return { how: 'FULL', why: `"${newSource}" has landed for the first time` };
  if (isSandboxAlone && mayHoldRealTracks(newBatches))
    return { how: 'FULL', why: 'the sandbox is served, and tracks of a real source have landed' };
  const share = countDocuments(newBatches) / Math.max(1, countDocuments(batches));
  if (share > maxNewShare)
    return { how: 'FULL', why: `${Math.round(100 * share)} % of all documents are new` };
  return { how: 'INCREMENTAL', parent: current, newBatches };
}

export function countDocuments(batches: readonly Batch[]): number {
  return sum(batches.flatMap(({ counts }) => counts));
}

/** How many documents the batches hold, by source and kind. */
export function countByKind(batches: readonly Pick<Batch, 'counts'>[]): BatchCount[] {
  const groups = Map.groupBy(
    batches.flatMap(({ counts }) => counts),
    ({ source, kind }) => `${source} ${kind}`,
  );
  return [...groups.values()].flatMap((alike) =>
    alike.slice(0, 1).map((count) => ({ ...count, documents: sum(alike) })),
  );
}

function sum(counts: readonly BatchCount[]): number {
  return counts.reduce((total, { documents }) => total + documents, 0);
}

/** What says nothing of music: a source that has landed no more than this serves no rows (lakehouse/silver/served_sources.sql). */
const WITHOUT_ROWS: readonly DocumentKind[] = ['malformed_row', 'name_match', 'miss'];

function listSources(batches: readonly Batch[]): string[] {
  return batches.flatMap(({ counts }) =>
    counts
      .filter(({ kind, documents }) => documents > 0 && !WITHOUT_ROWS.includes(kind))
      .map(({ source }) => source),
  );
}

/** Rows of this data set are artists; those of every other are tracks. */
const WITHOUT_TRACKS = 'kaggle_1921_2020_artists';

/** Documents that may be what lakehouse/silver/served_sources.sql asks for before the sandbox leaves. */
export function mayHoldRealTracks(batches: readonly Pick<Batch, 'counts'>[]): boolean {
  return batches.some(({ counts }) =>
    counts.some((count) => count.source !== 'sandbox' && isOfTracks(count)),
  );
}

/** Documents that a snapshot may be built from: without a track none is published (lakehouse/checks/tracks_not_empty.sql). */
export function mayHoldTracks(batches: readonly Pick<Batch, 'counts'>[]): boolean {
  return batches.some(({ counts }) => counts.some(isOfTracks));
}

function isOfTracks({ source, kind, documents }: BatchCount): boolean {
  return documents > 0 && (kind === 'track' || (kind === 'dataset_row' && source !== WITHOUT_TRACKS));
}
