// Bronze of many small batches in few files: merged-HASH.parquet lies beside the files of single batches, and its footer says how many rows
// of which batches it holds. A batch is read from one place: from such a file where there is one that holds it, else from its own.
import { join } from 'node:path';
import { type DuckDb, quoteText } from '../../store/duckdb.ts';
import type { Batch } from '../../store/landing/landing-store.ts';
import { localFiles } from '../../store/snapshots/files.ts';
import { listBronzeFiles } from './bronze-files.ts';

export interface MergedFile {
  /** Relative to the data folder. */
  readonly path: string;
  readonly kind: string;
  readonly source: string;
  /** Rows by batch. */
  readonly batches: ReadonlyMap<string, number>;
  readonly rows: number;
}

export interface MergedBronze {
  /** Those that hold a batch which is read from them, and those that are there still. */
  readonly files: readonly MergedFile[];
  /** Where a batch's documents of a kind and source are read from, if not from a file of their own. */
  find(kind: string, source: string, batchId: string): MergedFile | null;
}

/** Key of the footer's entry: a JSON object of rows by batch. */
export const FOOTER_KEY = 'groovelake_batches';
const NAME = /^merged-[0-9a-f]{16}\.parquet$/;

/** Reads what is merged. Cost: a list of each folder of bronze, the footer of each merged file. */
export async function readMergedBronze(db: DuckDb, dataDir: string): Promise<MergedBronze> {
  const places = await listPlaces(dataDir);
  const batches = await readFooters(db, dataDir, places);
  const files = places.map((place) => {
    const held = new Map(Object.entries(batches.get(place.path) ?? {}));
    return { ...place, batches: held, rows: [...held.values()].reduce((sum, rows) => sum + rows, 0) };
  });
  return index(files);
}

function index(files: readonly MergedFile[]): MergedBronze {
  const found = new Map<string, MergedFile>();
  // A file that was merged into a larger one is there for a while yet: whoever holds more batches is asked, and of two the later name.
  const ordered = [...files].sort((a, b) => a.batches.size - b.batches.size || (a.path < b.path ? -1 : 1));
  for (const file of ordered)
    for (const batchId of file.batches.keys()) found.set(keyOf(file.kind, file.source, batchId), file);
  return { files, find: (kind, source, batchId) => found.get(keyOf(kind, source, batchId)) ?? null };
}

function keyOf(...parts: readonly string[]): string {
  return parts.join('\u0000');
}

/** SQL of bronze.documents of these batches, each row once. */
export function selectBatches(dataDir: string, batches: readonly Batch[], merged: MergedBronze): string {
  const whole = new Set<string>();
  const wanted = new Map<MergedFile, Set<string>>();
  for (const batch of batches)
    for (const count of batch.counts) {
      const file = merged.find(count.kind, count.source, batch.id);
      if (file) wanted.set(file, (wanted.get(file) ?? new Set()).add(batch.id));
      else for (const path of listBronzeFiles({ ...batch, counts: [count] })) whole.add(path);
    }
  const partly: string[] = [];
  for (const [file, ids] of wanted) {
    if (ids.size === file.batches.size) whole.add(file.path);
    else
      partly.push(
        `${readFiles(dataDir, [file.path])} where batch_id in (${[...ids].map(quoteText).join(', ')})`,
      );
  }
  const selects = [...(whole.size > 0 ? [readFiles(dataDir, [...whole])] : []), ...partly];
  return selects.length > 0 ? selects.join(' union all ') : NO_ROWS;
}

const NO_ROWS = `select null::varchar as source, null::varchar as kind, null::varchar as id, null::varchar as batch_id,
  null::varchar as run_id, null::timestamptz as fetched_at, null::varchar as content_hash, null::varchar as body where false`;

/** SQL of everything in these files of bronze. */
export function readFiles(dataDir: string, paths: readonly string[]): string {
  const list = paths.map((path) => quoteText(join(dataDir, path))).join(', ');
  return `select * from read_parquet([${list}], hive_partitioning = false)`;
}

async function listPlaces(dataDir: string): Promise<{ path: string; kind: string; source: string }[]> {
  const places = [];
  for (const [kind, kindFolder] of await listFolders(dataDir, 'bronze', 'kind'))
    for (const [source, folder] of await listFolders(dataDir, kindFolder, 'source'))
      for (const name of await localFiles.list(join(dataDir, folder)))
        if (NAME.test(name)) places.push({ path: `${folder}/${name}`, kind, source });
  return places;
}

/** Folders of a partition, by value. */
async function listFolders(dataDir: string, parent: string, column: string): Promise<[string, string][]> {
  const names = (await localFiles.list(join(dataDir, parent))).filter((name) =>
    name.startsWith(`${column}=`),
  );
  return names.map((name) => [name.slice(column.length + 1), `${parent}/${name}`]);
}

async function readFooters(
  db: DuckDb,
  dataDir: string,
  places: readonly { path: string }[],
): Promise<Map<string, Record<string, number>>> {
  if (places.length === 0) return new Map();
  const list = places.map(({ path }) => quoteText(join(dataDir, path))).join(', ');
  const rows = await db.all<{ name: string; held: string }>(
    `select file_name as name, decode(value) as held from parquet_kv_metadata([${list}]) where decode(key) = ${quoteText(FOOTER_KEY)}`,
  );
  const byName = new Map(rows.map(({ name, held }) => [name, JSON.parse(held) as Record<string, number>]));
  return new Map(places.map(({ path }) => [path, byName.get(join(dataDir, path)) ?? {}]));
}
