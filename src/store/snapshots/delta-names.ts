// Names of the files of a Delta log, and of the files that it names.

/** 00000000000000000007.json */
export function nameOf(version: number): string {
  return `${String(version).padStart(20, '0')}.json`;
}

/** 00000000000000000010.checkpoint.parquet */
export function nameOfCheckpoint(version: number): string {
  return `${String(version).padStart(20, '0')}.checkpoint.parquet`;
}

export function isEntry(name: string): boolean {
  return /^\d{20}\.json$/.test(name);
}

export function isCheckpoint(name: string): boolean {
  return /^\d{20}\.checkpoint\.parquet$/.test(name);
}

/** The version of an entry or a checkpoint; null for a file that is neither. */
export function versionOf(name: string): number | null {
  return isEntry(name) || isCheckpoint(name) ? Number(name.slice(0, 20)) : null;
}

/** gold/tracks/a b.parquet -> a%20b.parquet: relative to the table, as a URI. */
export function encodePath(relation: string, path: string): string {
  return path
    .slice(relation.length + 1)
    .split('/')
    .map(encodeURIComponent)
    .join('/');
}
