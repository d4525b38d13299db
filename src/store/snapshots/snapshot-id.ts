// Ids of snapshots, like 20261120-221507123-4f2a91: when it was made, to the millisecond in UTC, and three bytes of chance.
import type { Randomness } from '../../clock.ts';

const ID = /^\d{8}-\d{9}-[0-9a-f]+$/;

/** Whether a text may be the id of a snapshot. */
export function isSnapshotId(text: string): boolean {
  return ID.test(text);
}

/** An id that sorts after every one there is, whatever the clock says. @param newest the last of them, if there is one */
export function makeSnapshotId(now: number, random: Randomness, newest: string | undefined): string {
  const digits = new Date(now).toISOString().replace(/\D/g, '');
  const id = `${digits.slice(0, 8)}-${digits.slice(8, 17)}-${random.hex(3)}`;
  const isLater = newest === undefined || id.slice(0, 18) > newest.slice(0, 18);
  return isLater ? id : makeSnapshotId(timeOf(newest) + 1, random, newest);
}

/** When an id says it was made, in milliseconds since 1970. */
export function timeOf(id: string): number {
  const part = (from: number, to: number) => Number(id.slice(from, to));
  return Date.UTC(
    part(0, 4),
    part(4, 6) - 1,
    part(6, 8),
    part(9, 11),
    part(11, 13),
    part(13, 15),
    part(15, 18),
  );
}
