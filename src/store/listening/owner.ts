// Whose exports an account holds. Older exports name their user in every row; of that name an account keeps a digest under a key of its
// own, which tells another person's export and nothing else.
import { createHmac } from 'node:crypto';
import type { Randomness } from '../../clock.ts';
import type { ListeningFile } from './listening-file.ts';

const KEY_BYTES = 16;

/** Whether an export of this user may join what the account holds; true as well where no export so far named one. */
export function isOwner(file: ListeningFile, user: string): boolean {
  const owner = file.findOwner();
  return owner === null || owner.digest === digest(owner.key, user);
}

/** Keeps whose the account's exports are; the first one that names a user decides. */
export function keepOwner(file: ListeningFile, user: string, random: Randomness): void {
  if (file.findOwner() !== null) return;
  const key = random.hex(KEY_BYTES);
  file.saveOwner({ key, digest: digest(key, user) });
}

function digest(key: string, user: string): string {
  return createHmac('sha256', key).update(user).digest('base64url');
}
