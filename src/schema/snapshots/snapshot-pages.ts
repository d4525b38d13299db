// Pages of kept snapshots in the shape of a connection.
import { type Connection, createConnection, DEFAULT_PAGE_SIZE } from '../../store/catalog/page.ts';
import type { Manifest } from '../../store/snapshots/manifest.ts';
import { isSnapshotId } from '../../store/snapshots/snapshot-id.ts';
import type { SnapshotStore } from '../../store/snapshots/snapshot-store.ts';
import { type ForwardArgs, toPage, unknownCursor } from '../id-pages.ts';
import { readListSize } from '../list-size.ts';

/** Kept snapshots, newest first; a cursor is the snapshot's id, which sorts by time, so that it names a place when the snapshot is gone too. */
export function listSnapshotPage(
  snapshots: Pick<SnapshotStore, 'listManifests'>,
  args: ForwardArgs,
  maxPageSize: number,
): Connection<Manifest> {
  const first = readListSize(args.first, DEFAULT_PAGE_SIZE, maxPageSize);
  const { after } = args;
  return createConnection({
    page: async () => {
      const all = await snapshots.listManifests();
      if (after && !isSnapshotId(after)) throw unknownCursor(after);
      const older = after ? all.filter(({ id }) => id < after) : all;
      return toPage(older.slice(0, first), ({ id }) => id, {
        hasNextPage: older.length > first,
        hasPreviousPage: older.length < all.length,
      });
    },
    count: async () => (await snapshots.listManifests()).length,
  });
}
