// A published snapshot, open for reading within one request: every statement carries the request's signal and limits.
import type { ColumnEngine } from '../columns/open.ts';
import type { SqlParams } from '../duckdb.ts';
import type { Units } from '../exact-sums.ts';
import type { ServingIndex } from '../serving/serving-index.ts';
import type { Manifest } from '../snapshots/manifest.ts';

export interface Catalog {
  readonly manifest: Manifest;
  /** The data folder the snapshot lies in, absolute; bronze is read from it. */
  readonly dataDir: string;
  /** Runs one statement over the relations of this snapshot, named gold.tracks and so on. Values are always bound. */
  all<T>(sql: string, params?: SqlParams): Promise<T[]>;
  /**
   * What columns with decimals of gold.tracks, spoken of as `t`, are added up in; null for one whose numbers are too fine. Found once for
   * each column of a snapshot. Only stats/ asks.
   */
  findUnits(columns: readonly string[]): Promise<ReadonlyMap<string, Units | null>>;
  /** The snapshot's serving index; null while there is none. Only engine.ts and search.ts ask it. */
  readonly serving: ServingIndex | null;
  /** Its columns in memory, for figures; null while there are none. Only stats/by-columns.ts asks them. */
  readonly columns: ColumnEngine | null;
}

/** A piece of SQL with its bound values in order of their question marks. */
export interface SqlFragment {
  readonly sql: string;
  readonly params: SqlParams;
}
