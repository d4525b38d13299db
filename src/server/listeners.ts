// Whose listening a request may see, and opening it for the request. The one place that decides it.
import type { Config } from '../config.ts';
import { InvalidInputError, isGroovelakeError } from '../errors.ts';
import type { Listener } from '../schema/listening/listener.ts';
import {
  type Account,
  findAccount,
  listAccounts,
  openAccount,
  SANDBOX_ACCOUNT,
} from '../store/listening/accounts.ts';
import { reportExports } from '../store/listening/export-reports.ts';
import type { OpenAccounts } from '../store/listening/open-accounts.ts';
import type { Manifest } from '../store/snapshots/manifest.ts';

/** Who asks, as far as listening is concerned. */
export interface Asker {
  /** The account that the key sent belongs to; null for a key that belongs to none. */
  readonly accountId: string | null;
  /** Whether no key is wanted: an open loopback address. */
  readonly isOpen: boolean;
}

export interface ListenerRequest {
  readonly asker: Asker;
  readonly manifest: Manifest;
  /** Aborts when nobody waits for the answer any more; not when it was sent. */
  readonly signal: AbortSignal;
  /** Does something when the request is over, answered or not. */
  whenOver(ending: () => void): void;
}

/**
 * The account that whoever asks may see: that of the key, and nobody else's, whatever the key's scope. On an open address the only account
 * is whoever sits at this machine; with two, keys must tell them apart. The invented listener is for everybody who names it, and stands in
 * for nobody where somebody's listening is kept.
 *
 * @throws InvalidInputError for a question about oneself that only the key of an account can answer
 */
export async function chooseVisible(
  dataDir: string,
  { accountId, isOpen }: Asker,
  wanted: string | null,
): Promise<Account | null> {
  if (wanted === SANDBOX_ACCOUNT) return findAccount(dataDir, SANDBOX_ACCOUNT);
  if (accountId !== null)
    return wanted === null || wanted === accountId ? findAccount(dataDir, accountId) : null;
  if (wanted !== null && !isOpen) return null;
  const persons = (await listAccounts(dataDir)).filter(({ id }) => id !== SANDBOX_ACCOUNT);
  const only = isOpen && persons.length === 1 ? persons[0] : undefined;
  if (wanted !== null) return only?.id === wanted ? only : null;
  if (only) return only;
  if (persons.length === 0) return findAccount(dataDir, SANDBOX_ACCOUNT);
  throw new InvalidInputError(
    `Whose listening? ${isOpen ? 'Several accounts are kept here, and no key was sent' : 'The key that was sent belongs to no account'}. ` +
      'Send the key of one ("groovelake keys create NAME --account ID"), or ask for the invented listener: listener(id: "sandbox").',
    { field: 'authorization', expected: 'the key of an account' },
  );
}

export function createFindListener(
  config: Pick<Config, 'dataDir'>,
  open: Pick<OpenAccounts, 'acquire'>,
  request: () => ListenerRequest,
): (accountId: string | null) => Promise<Listener | null> {
  return async (wanted) => {
    const { asker, manifest, signal, whenOver } = request();
    const account = await chooseVisible(config.dataDir, asker, wanted);
    if (!account) return null;
    const acquired = await open.acquire(account.id, manifest).catch((error: unknown) => {
      // An account whose plays have not been merged yet.
      if (isGroovelakeError(error) && error.code === 'NOT_FOUND') return null;
      throw error;
    });
    if (!acquired) return null;
    whenOver(acquired.release);
    const file = await openAccount(config.dataDir, account.id);
    try {
      return {
        account,
        listening: acquired.listening.forRequest(signal),
        exports: reportExports(file.listBatches(), acquired.listening.derived),
      };
    } finally {
      file.close();
    }
  };
}
