// One batch of a crawl as the files that fetch it see it.
import type { CrawlCheckpoint } from './crawl-checkpoint.ts';
import type { Lander } from './crawl-landing.ts';
import type { Owed } from './crawl-owed.ts';
import type { PutOff } from './crawl-put-off.ts';
import type { CrawlSources } from './crawl-sources.ts';
import type { StepContext } from './step.ts';

export interface BatchRequest {
  readonly id: string;
  readonly artistIds: readonly string[];
  readonly groups: readonly string[];
  /** Fetch albums again that were fetched lately. */
  readonly force: boolean;
  /** What an earlier try could not have, instead of the artists' albums. */
  readonly owed?: OwedIds;
}

export interface OwedIds {
  readonly albums: readonly string[];
  readonly tracks: readonly string[];
  /** Tracks whose features are owed. */
  readonly features: readonly string[];
}

export interface BatchParts {
  readonly context: StepContext;
  readonly sources: CrawlSources;
  readonly checkpoint: CrawlCheckpoint;
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
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
