// One batch of a crawl as the files that fetch it see it.
import type { CrawlCheckpoint } from './crawl-checkpoint.ts';
import type { Lander } from './crawl-landing.ts';
import type { PutOff } from './crawl-put-off.ts';
import type { CrawlSources } from './crawl-sources.ts';
import type { StepContext } from './step.ts';

export interface BatchRequest {
  readonly id: string;
  readonly artistIds: readonly string[];
  readonly groups: readonly string[];
  /** Fetch albums again that were fetched lately. */
  readonly force: boolean;
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
}
