import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../src/errors.ts';
import { listSnapshotPage } from '../../../src/schema/snapshots/snapshot-pages.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';

const [OLDEST, OLD, NEW, NEWEST] = [1, 2, 3, 4].map((day) => `2026110${day}-120000000-4f2a91`);

describe('listSnapshotPage', () => {
  const list = async (kept: (string | undefined)[], after: string | undefined, first = 2) => {
    const listManifests = async () => kept.map((id) => ({ id }) as Manifest);
    const page = await listSnapshotPage({ listManifests }, { first, after }, 100).page();
    return [page.edges.map(({ cursor }) => cursor), page.hasPreviousPage, page.hasNextPage];
  };
  const kept = [NEWEST, NEW, OLD, OLDEST];

  it('goes on from the snapshot of a cursor, newest first', async () => {
    expect(await list(kept, undefined)).toEqual([[NEWEST, NEW], false, true]);
    expect(await list(kept, NEW)).toEqual([[OLD, OLDEST], true, false]);
    expect(await list(kept, OLDEST)).toEqual([[], true, false]);
  });

  it('goes on where it was when that has been swept meanwhile', async () => {
    expect(await list([NEWEST, OLD, OLDEST], NEW, 1)).toEqual([[OLD], true, true]);
    expect(await list([NEWEST, NEW], OLD)).toEqual([[], true, false]);
  });

  it('refuses what is the id of no snapshot', async () => {
    await expect(list(kept, 'x')).rejects.toThrow(InvalidInputError);
  });
});
