// Which batches a run may be told to leave out of what is built, or to take in again.
import { InvalidInputError } from '../../errors.ts';
import type { LandingStore } from './landing-store.ts';

/** @throws InvalidInputError for an id of no sealed batch, and one that is to be withdrawn and restored */
export async function checkWithdrawals(
  landing: Pick<LandingStore, 'listBatches'>,
  withdraw: readonly string[],
  restore: readonly string[],
): Promise<void> {
  const ids = [...withdraw, ...restore];
  const [withdrawn, restored] = [new Set(withdraw), new Set(restore)];
  const sealed = new Set((await landing.listBatches({ sealed: true, ids })).map(({ id }) => id));
  for (const id of ids) {
    const isBoth = withdrawn.has(id) && restored.has(id);
    if (!isBoth && sealed.has(id)) continue;
    throw new InvalidInputError(
      `"${id}" is ${isBoth ? 'to be withdrawn and restored' : 'no sealed batch'}; ${isBoth ? 'one of them' : 'the id of one'} is expected. "groovelake batches" lists them, and so does the query batches.`,
      { field: withdrawn.has(id) ? 'withdraw' : 'restore', given: id, expected: 'ids of sealed batches' },
    );
  }
}
