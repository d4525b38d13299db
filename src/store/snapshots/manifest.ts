// One manifest per snapshot names every file of it. Writing a manifest and moving CURRENT is the one commit point.

export const MANIFEST_FORMAT = 1;

export type Layer = 'SILVER' | 'GOLD' | 'WAREHOUSE';
/** In the order in which they are built. */
export const LAYER_FOLDERS = ['silver', 'gold', 'warehouse'] as const;
export type LayerFolder = (typeof LAYER_FOLDERS)[number];

export interface ManifestFile {
  /** Relative to the data folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly rows: number;
}

export interface ManifestColumn {
  readonly name: string;
  /** DuckDB's name of the type. */
  readonly type: string;
}

export interface ManifestRelation {
  readonly layer: LayerFolder;
  readonly name: string;
  readonly deltaVersion: number;
  readonly rows: number;
  readonly bytes: number;
  readonly columns: readonly ManifestColumn[];
  /** The columns that tell its rows apart. Not there where none is stated, and in manifests of before. */
  readonly key?: readonly string[];
  readonly files: readonly ManifestFile[];
  /** Independent of row order and of how rows are spread over files: equal content, equal hash. */
  readonly contentHash: string;
}

export interface ManifestCheck {
  readonly name: string;
  /** gold.tracks, ... */
  readonly relation: string;
  readonly severity: 'BLOCK' | 'WARN';
  readonly passed: boolean;
  readonly failures: number;
  /** Up to five offending rows. */
  readonly sample: readonly Record<string, unknown>[];
}

export interface ManifestCoverage {
  readonly relation: string;
  readonly column: string;
  readonly rows: number;
  readonly present: number;
}

/** A column as an earlier snapshot had it. */
export interface ManifestBestCoverage extends ManifestCoverage {
  readonly snapshotId: string;
  /** When that was published: ISO 8601, UTC. */
  readonly publishedAt: string;
}

export interface ManifestLineage {
  /** layer.name */
  readonly relation: string;
  readonly reads: readonly string[];
  /** In the relation's order; absent from snapshots of before they were kept. */
  readonly columns?: readonly ManifestColumnLineage[];
}

export interface ManifestColumnLineage {
  readonly name: string;
  /** Sorted; empty for a constant or a count of all rows. Null: the parse does not settle it. */
  readonly from: readonly ManifestColumnSource[] | null;
  /** Why it is not settled; null where it is. */
  readonly reason: string | null;
}

export interface ManifestColumnSource {
  /** layer.name */
  readonly relation: string;
  readonly column: string;
  /** JSON path within a document's body; null for the whole column. */
  readonly path: string | null;
  readonly how: ColumnDerivation;
}

/** How a value comes from a column, the most direct first; the words are those of OpenLineage's column facet. */
export const COLUMN_DERIVATIONS = [
  'IDENTITY',
  'TRANSFORMATION',
  'AGGREGATION',
  'CONDITIONAL',
  'WINDOW',
] as const;
export type ColumnDerivation = (typeof COLUMN_DERIVATIONS)[number];

/** A folder of files that belong to the snapshot beside its relations, e.g. the similarity index. */
export interface ManifestArtifact {
  readonly name: 'similarity' | 'serving';
  /** The snapshot whose gold it was built from. */
  readonly builtFor: string;
  readonly files: readonly Omit<ManifestFile, 'rows'>[];
}

export interface Manifest {
  readonly format: number;
  readonly id: string;
  /** The snapshot that was current when this one was built; null for the first. */
  readonly parentId: string | null;
  /** ISO 8601, UTC. */
  readonly publishedAt: string;
  readonly runId: string | null;
  /** Ids of the sealed batches it holds, sorted. */
  readonly batches: readonly string[];
  /** Hash over the SQL, the options and the format it was built with; with `batches` it says whether there is something new. */
  readonly recipe: string;
  readonly relations: readonly ManifestRelation[];
  readonly checks: readonly ManifestCheck[];
  readonly coverage: readonly ManifestCoverage[];
  /** Columns that had more lately, each as often as it had more than at any time since, best first. Absent where there is none, and from snapshots of before they were noted. */
  readonly bestCoverage?: readonly ManifestBestCoverage[];
  readonly lineage: readonly ManifestLineage[];
  readonly artifacts: readonly ManifestArtifact[];
}
