// The port of the landing store: documents as received, in batches that are sealed whole. Every adapter passes the
// contract suite in test/store/landing/landing-store-contract.ts.
import type { JoinedDocuments } from './joined-documents.ts';

/**
 * What a document is about. `dataset_row` is one row of a public data set, `malformed_row` one that could not be read. `name_match` is
 * what a search made of an artist's name. `miss` says that a source has nothing under an id, or failed to give all that belongs to
 * it: it is asked again only after a while.
 */
export type DocumentKind =
  | 'artist'
  | 'album'
  | 'track'
  | 'audio_features'
  | 'playlist'
  | 'ranking'
  | 'play'
  | 'dataset_row'
  | 'malformed_row'
  | 'name_match'
  | 'miss';

/** One document. Its natural key is (source, kind, id, batchId): landing it twice within a batch changes nothing. */
export interface LandedDocument {
  /** spotify, kworb, reccobeats, sandbox, or the name of a data set (tidytuesday, ...). */
  readonly source: string;
  readonly kind: DocumentKind;
  /** The source's id of the entity; for rows of a file the row's number, from 1, header not counted. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly fetchedAt: number;
  /** The body verbatim, as JSON text. */
  readonly body: string;
}

export interface StoredDocument extends LandedDocument {
  readonly batchId: string;
  readonly runId: string;
  /** SHA-256 of the body, lower-case hexadecimal. */
  readonly contentHash: string;
}

export interface BatchCount {
  readonly source: string;
  readonly kind: DocumentKind;
  readonly documents: number;
}

export interface Batch {
  readonly id: string;
  readonly source: string;
  readonly runId: string;
  readonly openedAt: number;
  /** Null while the batch is open. Readers see sealed batches only. */
  readonly sealedAt: number | null;
  /** Known once sealed: documents per source and kind, sorted. */
  readonly counts: readonly BatchCount[];
  /** Known once sealed: SHA-256 over (source, kind, id, contentHash) of all documents in key order. */
  readonly contentHash: string | null;
  /** When its bodies began to be let go (releaseBodies); null while they are here. */
  readonly releasingSince: number | null;
  /** Whether all of them are gone. */
  readonly isReleased: boolean;
  /** When an operator took it out of every build from then on; null for one that is read. */
  readonly withdrawnAt: number | null;
  /** What the writer wants to remember, e.g. the imported file's name and data set, or a batch's artists; `isExcerpt` means something here. */
  readonly note: Readonly<Record<string, unknown>>;
}

/** OPEN: documents may still land in it. SEALED: builds read it. WITHDRAWN: sealed, and left out of builds. */
export type BatchStatus = 'OPEN' | 'SEALED' | 'WITHDRAWN';

/** Which batches: all conditions given must hold. */
export interface BatchFilter {
  /** Sealed ones, withdrawn or not, or open ones. */
  readonly sealed?: boolean | undefined;
  readonly statuses?: readonly BatchStatus[] | undefined;
  readonly sources?: readonly string[] | undefined;
  /** Of one of these runs: it is named by the batch (`runId`), or by its note as the run that it was landed for (`wantedBy`). */
  readonly runIds?: readonly string[] | undefined;
  readonly ids?: readonly string[] | undefined;
  readonly notIds?: readonly string[] | undefined;
}

/** Kinds whose bodies stay for good: a crawl that goes on reads what it has decided or listed before. They are small. */
export const KEPT_BODIES: readonly DocumentKind[] = ['ranking', 'name_match', 'miss'];

export interface LandingStore {
  /**
   * Opens a batch, or answers with the one of that id as it is (open or sealed). One whose seal died half way, and in which nothing may
   * land any more, is sealed first, at `openedAt`: whatever is answered as open takes documents.
   */
  openBatch(batch: {
    id: string;
    source: string;
    runId: string;
    openedAt: number;
    note?: Record<string, unknown>;
  }): Promise<Batch>;
  /**
   * Upserts documents by natural key. A document that is none refuses the whole call; after another error part of the call may be in
   * the open batch (in MongoDB, which has no transaction), and repeating the call makes it whole.
   *
   * @returns how many keys were new to the batch
   * @throws GroovelakeError (RUN_STATE) when the batch is unknown or sealed; DISK_FULL
   */
  land(batchId: string, documents: readonly LandedDocument[]): Promise<{ landed: number }>;
  /** Writes the completion record. Sealing a sealed batch answers with it and changes nothing. */
  sealBatch(batchId: string, sealedAt: number): Promise<Batch>;
  /** Removes the documents of an open batch, and the batch last; a sealed one, and one that is not there, is refused (RUN_STATE). */
  discardBatch(batchId: string): Promise<void>;
  /**
   * Takes a sealed batch out of builds. What landed stays as it is; one that was withdrawn before keeps its time.
   *
   * @throws GroovelakeError (RUN_STATE) when the batch is unknown or open
   */
  withdrawBatch(batchId: string, withdrawnAt: number): Promise<Batch>;
  /** Takes a sealed batch in again; one that is not withdrawn stays as it is. @throws as withdrawBatch */
  restoreBatch(batchId: string): Promise<Batch>;
  findBatch(batchId: string): Promise<Batch | null>;
  /** Oldest first by (openedAt, id). */
  listBatches(filter?: BatchFilter): Promise<Batch[]>;
  /** A page, newest first by (openedAt, id), behind the batch `after`; from the first where there is none of that id. */
  listNewestBatches(page: {
    filter?: BatchFilter | undefined;
    first: number;
    after?: string | undefined;
  }): Promise<{ batches: Batch[]; hasMore: boolean }>;
  countBatches(filter?: BatchFilter): Promise<number>;
  /**
   * Lets go of the bodies of a sealed batch but for those of KEPT_BODIES; keys, times and hashes stay. Whoever asks for such a body
   * later is refused (RUN_STATE). A call that died half way is made again. The caller has proved that bronze holds the bodies.
   *
   * @returns documents whose bodies this call let go
   * @throws GroovelakeError (RUN_STATE) when the batch is unknown or open
   */
  releaseBodies(batchId: string, now: number): Promise<number>;
  /** Documents of one kind of a batch in (source, id) order, in pages of `pageSize`, without holding a lock between pages. */
  readBatch(batchId: string, kind: DocumentKind, pageSize?: number): AsyncIterable<readonly StoredDocument[]>;
  /**
   * All documents of one kind and source of a batch in order of id, joined for the engine: at most `pageSize` documents at a time, fewer
   * where they are large or cannot be joined. Every multiple of `pageSize` ends a page. A page belongs to whoever has it, who may drop it.
   */
  readJoined(
    batchId: string,
    kind: DocumentKind,
    source: string,
    pageSize: number,
  ): AsyncIterable<JoinedDocuments>;
  /** Which of these ids the batch holds; lets a resumed crawl fetch only what is missing. */
  findLandedIds(
    batchId: string,
    source: string,
    kind: DocumentKind,
    ids: readonly string[],
  ): Promise<Set<string>>;
  findDocument(key: {
    source: string;
    kind: DocumentKind;
    id: string;
    batchId: string;
  }): Promise<StoredDocument | null>;
  /**
   * When the latest sealed version of each id was fetched, withdrawn batches aside; ids never landed are left out. For freshness rules: with `wholeOnly`, batches
   * whose note says `isExcerpt: true` do not count, as they hold an entity without what belongs to it (an album without its tracks); nor do
   * versions that were fetched after `notAfter`, milliseconds since 1970.
   */
  findLatestFetches(
    source: string,
    kind: DocumentKind,
    ids: readonly string[],
    options?: { wholeOnly?: boolean; notAfter?: number },
  ): Promise<Map<string, number>>;
  close(): Promise<void>;
}
