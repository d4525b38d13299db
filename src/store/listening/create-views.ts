// What statements about one account's plays read: its merged plays, and gold of a snapshot.
import { type DuckDb, quoteName, quoteText } from '../duckdb.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import { selectFiles } from '../snapshots/relation-writer.ts';

/** What questions about listening are answered with, of gold. */
const GOLD = [
  'tracks',
  'artists',
  'albums',
  'track_artists',
  'track_genres',
  'audio_features',
  'playlists',
  'playlist_tracks',
];

/** Whether the snapshot has what the views are over. */
export function hasGold({ relations }: Manifest): boolean {
  return GOLD.every((name) =>
    relations.some((relation) => relation.layer === 'gold' && relation.name === name),
  );
}

/** @param plays path of the merged plays */
export async function createViews(
  db: DuckDb,
  { manifest, dataDir, plays }: { manifest: Manifest; dataDir: string; plays: string },
): Promise<void> {
  await db.run('create schema me');
  await db.run('create schema gold');
  const file = quoteText(plays);
  await db.run(`create view me.plays as select * from read_parquet(${file})`);
  await db.run(
    `create view me.numbered_plays as select * from read_parquet(${file}, file_row_number = true)`,
  );
  for (const relation of manifest.relations) {
    if (relation.layer !== 'gold' || !GOLD.includes(relation.name)) continue;
    const nothing = relation.columns
      .map(({ name, type }) => `null::${type} as ${quoteName(name)}`)
      .join(', ');
    const select =
      relation.files.length > 0 ? selectFiles(dataDir, relation) : `select ${nothing} where false`;
    await db.run(`create view gold.${quoteName(relation.name)} as ${select}`);
  }
}
