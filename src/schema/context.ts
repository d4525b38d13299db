// What every resolver is handed. One context per request; the server puts it together.
import type { GraphQLResolveInfo } from 'graphql';
import type { Clock, Randomness } from '../clock.ts';
import type { Config } from '../config.ts';
import type { TrackSimilarity } from '../recommend/similar-tracks.ts';
import type { AccessStore, Scope } from '../store/access/access-store.ts';
import type { Catalog } from '../store/catalog/catalog.ts';
import type { LandingStore } from '../store/landing/landing-store.ts';
import type { Notifier } from '../store/runs/notifier.ts';
import type { Run, RunStore } from '../store/runs/run-store.ts';
import type { Dictionary } from '../store/snapshots/dictionary.ts';
import type { DiffSnapshots } from '../store/snapshots/diff.ts';
import type { Manifest } from '../store/snapshots/manifest.ts';
import type { SnapshotStore } from '../store/snapshots/snapshot-store.ts';
import type { Listener } from './listening/listener.ts';
import type { Loaders } from './loaders.ts';

/** Counts the items of lists against the limits of an answer (http/limits/list-budget.ts). */
export interface ListBudget {
  /** How many more items of a field's list the counter has room for. */
  room(info: GraphQLResolveInfo, counter: object): number;
  /**
   * Counts items of a field's list.
   *
   * @param counter one of an execution, unless another is given
   * @throws GraphQLError TOO_MANY_ROWS, TOO_COSTLY once all that were counted hold more than the limits allow
   */
  spend(info: GraphQLResolveInfo, items: number, counter?: object): void;
  /** Counts what a field's lists, which nobody gave a size, hold beyond what the operation's cost took each for. @throws likewise */
  spendBeyondUsual(info: GraphQLResolveInfo, lists: readonly { readonly length: number }[]): void;
}

/** What of the landing store is read here: nothing lands through the API. */
export type Landed = Pick<LandingStore, 'findBatch' | 'listBatches' | 'listNewestBatches' | 'countBatches'>;

export interface Context {
  readonly config: Config;
  readonly clock: Clock;
  /** The snapshot this request reads. @throws GroovelakeError (STARTING) while nothing has been published */
  readonly catalog: Catalog;
  /** The index of that snapshot; null when it has none. */
  readonly similarity: TrackSimilarity | null;
  readonly loaders: Loaders;
  /** Counts lists that may be longer than their arguments tell. */
  readonly lists: ListBudget;
  /** The listener of that id, or whoever asks (null). Null: there is none, or it is not for whoever asks to see. */
  readonly findListener: (accountId: string | null) => Promise<Listener | null>;
  readonly runs: RunStore;
  /** Whether whoever asks may read what a run says in words (run-words.ts); its state, times and counts are for everybody. */
  readonly mayReadRun: (run: Pick<Run, 'pipeline' | 'parameters'>) => boolean;
  /** Batches of documents as they landed, and what became of them. */
  readonly landing: Landed;
  readonly snapshots: SnapshotStore;
  /** What relations and columns mean. */
  readonly dictionary: Dictionary;
  /** The snapshot being served now, whatever this request reads; null before the first. */
  readonly findServedSnapshot: () => Manifest | null;
  /** Serves what CURRENT names by now. */
  readonly refreshSnapshot: () => Promise<void>;
  /** What changed from a kept snapshot to another. */
  readonly diffSnapshots: DiffSnapshots;
  readonly notifier: Notifier;
  /** Who asks, and what he may do; http/scopes.ts has looked already. */
  readonly access: { readonly scope: Scope; readonly actor: string };
  /** Looks again whether he is still let in, for what goes on long after he asked. @throws GraphQLError UNAUTHENTICATED, FORBIDDEN */
  readonly requireAccess: () => Promise<void>;
  /** Keys and the audit log. */
  readonly accessStore: AccessStore;
  readonly random: Randomness;
  /** Wakes the dispatcher after a run was queued or cancelled. */
  readonly wake: () => void;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
}
