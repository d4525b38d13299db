// One batch of a crawl as the files that fetch it see it.
import type { ExtractError } from '../../errors.ts';
import type { StepContext } from '../step.ts';
import type { CrawlCheckpoint } from './crawl-checkpoint.ts';
import type { Lander } from './crawl-landing.ts';
import type { Owed } from './crawl-owed.ts';
import type { PutOff } from './crawl-put-off.ts';
import type { CrawlSources } from './crawl-sources.ts';

export interface BatchRequest {
  readonly id: string;
  readonly artistIds: readonly string[];
  readonly groups: readonly string[];
  /** Fetch albums again that were fetched lately. */
  readonly force: boolean;
  /** No other batch of the plan follows, of which the source might answer something. */
  readonly isLast: boolean;
  /** What an earlier try could not have, instead of the artists' albums. */
  readonly owed?: OwedIds;
}

export interface OwedIds {
  /** Artists whose lists of albums are owed. */
  readonly lists: readonly string[];
  readonly albums: readonly string[];
  /** Albums whose further tracks are owed, with the number of those that stand in their own bodies. */
  readonly further: Readonly<Record<string, number>>;
  readonly tracks: readonly string[];
  /** Tracks whose features are owed. */
  readonly features: readonly string[];
}

/** How many lists the source has answered, and failed at. */
export interface ListCount {
  answered: number;
  failed: number;
}

export interface BatchParts {
  readonly context: StepContext;
  readonly sources: CrawlSources;
  readonly checkpoint: CrawlCheckpoint;
  /** Lists of artists' albums in the run's batches so far, over all its tries. */
  readonly albumLists: ListCount;
  readonly onProgress: (what: string) => void;
  readonly onLanded: (documents: number) => void;
}

export interface Work {
  readonly request: BatchRequest;
  readonly parts: BatchParts;
  readonly lander: Lander;
  readonly putOff: PutOff;
  /** Noted in the checkpoint before the batch is sealed. */
  readonly owes: Writable<Owed>;
  /** Whether the source has answered anything of the batch, and what it failed with where it answered none of what was asked for. */
  readonly heard: { anything: boolean; failure: ExtractError | null };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Adds a line to the run's events about what the batch lacks, if it lacks anything, and why it lacks the last of these. */
export function sayLack(
  { parts }: Work,
  type: string,
  ids: readonly string[],
  what: string,
  why?: ExtractError | null,
): void {
  if (ids.length === 0) return;
  const text = `${ids.length} ${what}${why ? `. ${why.message}` : ''}`;
  parts.context.event('WARN', type, text, { ids: ids.slice(0, 20), count: ids.length });
}
