// A SQLite file while it is written. Nobody reads it before it is whole, so nothing of it needs to survive until then.
import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** A file that is there already is written anew. */
export function openBulkFile(path: string): DatabaseSync {
  rmSync(path, { force: true });
  const file = new DatabaseSync(path);
  file.exec(
    'pragma journal_mode = off; pragma synchronous = off; pragma locking_mode = exclusive; pragma cache_size = -65536; begin',
  );
  return file;
}

/** Brings the file to an end. It is not synced. */
export function closeBulkFile(file: DatabaseSync, format: number): void {
  file.exec(`pragma user_version = ${format}; commit; analyze`);
  file.close();
}
