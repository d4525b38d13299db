// The port through which snapshots are written, published, read and swept. Layout of the data folder:
//   CURRENT                                   the pointer, and what has been published: one line of JSON (CurrentPointer)
//   snapshots/<id>.json                       manifests
//   <silver|gold|warehouse>/<relation>/       Parquet files and _delta_log/
//   artifacts/<id>/<similarity|serving>/      files beside the relations
//   bronze/kind=<kind>/source=<source>/<batch>.parquet
import type { DuckDb } from '../duckdb.ts';
import type { Rollback } from './current.ts';
import type {
  LayerFolder,
  Manifest,
  ManifestArtifact,
  ManifestBestCoverage,
  ManifestCheck,
  ManifestColumn,
  ManifestCoverage,
  ManifestFile,
  ManifestLineage,
} from './manifest.ts';
import type { FileFacts } from './measure-file.ts';
import type { RelationSpec } from './relation-writer.ts';
import type { SweepOptions, SweepResult } from './sweep.ts';

/** By what a snapshot's files are told to be what was published. */
export type Verify = 'LENGTHS' | 'HASHES';

export interface SnapshotStore {
  readonly dataDir: string;
  /**
   * The snapshot CURRENT points to, verified by hash unless stated; falls back to the newest whole one, those last that were gone back from, and says
   * so in `warnings`. Null when nothing has been published.
   *
   * By `LENGTHS`, files are looked at for presence and length only: what a build does, which hashes those that it writes again.
   *
   * @throws GroovelakeError (FORMAT) for a manifest of a newer format
   */
  readCurrent(options?: { verify?: Verify }): Promise<{ manifest: Manifest; warnings: string[] } | null>;
  /** The same, verified by hash, and what is damaged where no snapshot is whole. @throws as readCurrent */
  lookAtCurrent(): Promise<CurrentLook>;
  /** Leaves word beside a manifest that files it names are not what was published, for the next build; best effort. */
  noteDamage(id: string): Promise<void>;
  /** Whether somebody has left word that files of a snapshot are damaged. */
  hasDamageNote(id: string): Promise<boolean>;
  /** Null for one that was never published, or has been swept. */
  findManifest(id: string): Promise<Manifest | null>;
  /** What is wrong with the files of a snapshot, or null: each is there, as long as it was, and the same to the bit. */
  findDamage(manifest: Manifest): Promise<string | null>;
  /** Newest first. */
  listManifests(): Promise<Manifest[]>;
  /** When CURRENT was moved back to a snapshot, oldest first, since the oldest one was published; none once CURRENT was lost. */
  listRollbacks(): Promise<Rollback[]>;
  /**
   * Starts a candidate: a fresh sortable id (`20261120-221507123-4f2a91`) whose files nobody reads until it is published.
   *
   * @param current the snapshot that is current, null for none; read unless stated
   */
  beginCandidate(current?: Manifest | null): Promise<Candidate>;
  /**
   * Restores the Delta tables to what a kept snapshot names, and moves CURRENT to it. `beforeCommit` is called before commits to
   * tables (once a second) and right before CURRENT moves; what it throws keeps it where it is.
   *
   * @throws NotFoundError
   */
  rollback(id: string, beforeCommit?: () => Promise<void>): Promise<Manifest>;
  /**
   * Brings the Delta tables back to what is served, after somebody died or failed among his commits. The caller holds the publish lease,
   * which `beforeCommit` confirms.
   *
   * @returns the tables that were not as they should be: gold.tracks, ...
   */
  restoreTables(beforeCommit?: () => Promise<void>): Promise<string[]>;
  /** Removes what no kept snapshot needs any more; with dryRun only says what. The caller holds the publish lease. */
  sweep(options: SweepOptions): Promise<SweepResult>;
  /** Calls back after CURRENT has changed, by this process or another; the returned function stops it. */
  watchCurrent(onChange: () => void): () => void;
}

export interface CurrentLook {
  /** Null when none is whole, or nothing has been published: `warnings` are empty then. */
  readonly manifest: Manifest | null;
  readonly warnings: string[];
  /** The snapshot that CURRENT names, where files of it are not what was published. */
  readonly damagedId: string | null;
}

/** What heals damaged files: bronze is read anew, and what is found to be as before but damaged is written again. */
export const HEAL_ADVICE =
  'The next TRANSFORM builds everything anew from bronze ("groovelake run TRANSFORM --force" does at once).';

export interface WrittenRelation {
  readonly layer: LayerFolder;
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly ManifestColumn[];
  readonly files: readonly ManifestFile[];
  readonly contentHash: string;
  /** What was found when it was written whole; no manifest keeps it. */
  readonly measured?: Pick<FileFacts, 'present' | 'isKeyed'> & {
    /** By column, in how many more rows it has a value than in the parent, where new batches were built in. */
    readonly presentChange?: readonly number[] | null;
  };
}

export interface Candidate {
  readonly snapshotId: string;
  /** Writes the rows of a select as a relation's new Parquet file, or one for each slice: temp, fsync, rename, fsync folder; hashes it. */
  writeRelation(db: DuckDb, relation: RelationSpec, signal?: AbortSignal): Promise<WrittenRelation>;
  /**
   * Writes what new batches change of the parent's relation: `KEEP` leaves it, `TOUCHED` replaces the rows of the values in the table
   * `touched` (`isNew`: the parent has none of them), `WHOLE` writes all. The select may read the rows to be
   * replaced as `stale`. Leaves the changed rows in the table `changed.<layer>_<name>`.
   *
   * @throws SnapshotError without a parent that has the relation
   */
  updateRelation(
    db: DuckDb,
    relation: Omit<RelationSpec, 'slices'>,
    change: { how: 'KEEP' } | { how: 'WHOLE' } | { how: 'TOUCHED'; column: string; isNew: boolean },
    signal?: AbortSignal,
  ): Promise<WrittenRelation>;
  /** A fresh folder to write an artifact's files in. */
  openArtifact(name: ManifestArtifact['name']): Promise<string>;
  /** Hashes, syncs and adds what was written there. */
  addArtifact(name: ManifestArtifact['name']): Promise<ManifestArtifact>;
  /**
   * Commits every Delta log, writes the manifest, moves CURRENT. After it the candidate is the current snapshot. `beforeCommit` is called
   * before commits to tables (once a second) and right before CURRENT moves; what it throws keeps the snapshot that is current.
   * One that is tried again after CURRENT has moved answers with what it published then.
   */
  publish(
    facts: {
      runId: string | null;
      batches: readonly string[];
      recipe: string;
      checks: readonly ManifestCheck[];
      coverage: readonly ManifestCoverage[];
      bestCoverage?: readonly ManifestBestCoverage[];
      lineage: readonly ManifestLineage[];
      /** Columns of each relation's key, by layer.name. */
      keys?: ReadonlyMap<string, readonly string[]>;
    },
    beforeCommit?: () => Promise<void>,
  ): Promise<Manifest>;
  /** Keeps what the checks found in quarantine/<id>.json and removes the candidate's files; the served snapshot stays. */
  quarantine(facts: { reason: string; checks: readonly ManifestCheck[] }): Promise<void>;
  /**
   * Removes the candidate's files. Safe to call after publish (does nothing). After a publish that failed, puts the Delta tables back to
   * what CURRENT names, and leaves the files that they named meanwhile to the sweep. One that is under way stops before it moves CURRENT,
   * and is waited for.
   */
  discard(): Promise<void>;
}
