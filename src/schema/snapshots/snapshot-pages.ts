// Pages of kept snapshots in the shape of a connection.
import { type Connection, createConnection, DEFAULT_PAGE_SIZE } from '../../store/catalog/page.ts';
import type { Manifest } from '../../store/snapshots/manifest.ts';
import type { SnapshotStore } from '../../store/snapshots/snapshot-store.ts';
import { type ForwardArgs, slicePage } from '../id-pages.ts';
import { readListSize } from '../list-size.ts';

/** Kept snapshots, newest first; a cursor is the snapshot's id. */
export function listSnapshotPage(
  snapshots: SnapshotStore,
  args: ForwardArgs,
  maxPageSize: number,
): Connection<Manifest> {
  const first = readListSize(args.first, DEFAULT_PAGE_SIZE, maxPageSize);
  return createConnection({
    page: async () => slicePage(await snapshots.listManifests(), first, args.after),
    count: async () => (await snapshots.listManifests()).length,
  });
}
