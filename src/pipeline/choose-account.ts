// Whose plays a run is about: the account it names, or the only one there is.
import { InvalidInputError } from '../errors.ts';
import {
  type Account,
  createAccount,
  findAccount,
  listAccounts,
  SANDBOX_ACCOUNT,
} from '../store/listening/accounts.ts';
import type { StepContext } from './step.ts';

/** The account, made when a run names the invented one or there is none yet. @throws InvalidInputError when several could be meant */
export async function chooseAccount({ run, config, clock, random }: StepContext): Promise<Account> {
  const given = run.parameters.account;
  const make = (id: string, displayName: string) =>
    createAccount(config.dataDir, { id, spotifyAccountId: null, displayName, createdAt: clock.now() });
  if (typeof given === 'string') {
    const found = await findAccount(config.dataDir, given);
    if (found) return found;
    if (given === SANDBOX_ACCOUNT) return make(SANDBOX_ACCOUNT, 'Sandbox listener');
    throw unclear(`account is "${given}", which is not known here`, await listAccounts(config.dataDir));
  }
  const accounts = (await listAccounts(config.dataDir)).filter(({ id }) => id !== SANDBOX_ACCOUNT);
  const [only] = accounts;
  if (!only) return make(random.hex(6), '');
  if (accounts.length > 1) throw unclear('no account is named', accounts);
  return only;
}

function unclear(what: string, accounts: readonly Account[]): InvalidInputError {
  const names = accounts
    .map(({ id, displayName }) => (displayName ? `${id} (${displayName})` : id))
    .join(', ');
  return new InvalidInputError(
    `${what}; one of ${names || 'none yet'} is expected. Name it with --account.`,
    {
      field: 'account',
      expected: names,
    },
  );
}
