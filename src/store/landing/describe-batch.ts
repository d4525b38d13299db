// What is told of a batch, on the command line and over the API.
import type { Batch, BatchStatus } from './landing-store.ts';

export interface BatchView
  extends Pick<Batch, 'id' | 'source' | 'openedAt' | 'sealedAt' | 'counts' | 'withdrawnAt'> {
  readonly status: BatchStatus;
  /** The run that landed it. */
  readonly runId: string;
  /** Of all sources and kinds; null while it is open. */
  readonly documents: number | null;
  /** Name of the file that it was imported from, without its folder; null for none. */
  readonly file: string | null;
  /** Whether the served snapshot holds it. */
  readonly isServed: boolean;
}

/** @param served ids of the batches that the served snapshot holds */
export function describeBatch(batch: Batch, served: ReadonlySet<string>): BatchView {
  const { id, source, openedAt, sealedAt, counts, withdrawnAt } = batch;
  const isOpen = sealedAt === null;
  return {
    id,
    source,
    runId: landedBy(batch),
    status: isOpen ? 'OPEN' : withdrawnAt === null ? 'SEALED' : 'WITHDRAWN',
    openedAt,
    sealedAt,
    documents: isOpen ? null : counts.reduce((sum, { documents }) => sum + documents, 0),
    counts,
    file: fileOf(batch),
    isServed: served.has(id),
    withdrawnAt,
  };
}

/** The file it was imported from; null for none. */
export function fileOf({ note }: Pick<Batch, 'note'>): string | null {
  return typeof note.file === 'string' ? note.file : null;
}

/** What was fetched for a listener is named by another origin (pipeline/crawl/wanted.ts); only its note knows the run of HISTORY. */
export function landedBy({ note, runId }: Pick<Batch, 'note' | 'runId'>): string {
  return typeof note.wantedBy === 'string' ? note.wantedBy : runId;
}
