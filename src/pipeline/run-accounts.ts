// Whose plays a run is about: the account it names; with exports, the only one there is; else all there are, of which those are polled
// that are connected. And working on one of them.
import { InvalidInputError } from '../errors.ts';
import {
  type Account,
  createAccount,
  findAccount,
  listAccounts,
  openAccount,
  SANDBOX_ACCOUNT,
} from '../store/listening/accounts.ts';
import type { ListeningFile } from '../store/listening/listening-file.ts';
import { holdAccount } from './account-lease.ts';
import { requireExport } from './named-exports.ts';
import type { StepContext } from './step.ts';

/** The run's accounts, the same for each of its steps. @throws InvalidInputError when it is not clear which is meant */
export async function listRunAccounts(context: StepContext): Promise<readonly Account[]> {
  const found = context.scope.get<readonly Account[]>('accounts');
  if (found) return found;
  const { account, exports } = context.run.parameters;
  const accounts =
    typeof account === 'string'
      ? [await findOrInvent(context, account)]
      : exports !== undefined
        ? [await chooseOnly(context)]
        : await listAccounts(context.config.dataDir);
  return context.scope.set('accounts', accounts);
}

/**
 * Does work on an account's folder that nobody else may do meanwhile (account-lease.ts). Null: `work` says so, or the account has been
 * forgotten since the run began.
 */
export function workOnAccount<R>(
  context: StepContext,
  id: string,
  work: (context: StepContext, account: Account, listening: ListeningFile) => Promise<R>,
): Promise<R | null> {
  return holdAccount(context, id, async (signal) => {
    const account = await findAccount(context.config.dataDir, id);
    if (!account) return null;
    const listening = await openAccount(context.config.dataDir, id);
    try {
      return await work({ ...context, signal }, account, listening);
    } finally {
      listening.close();
    }
  });
}

async function findOrInvent(context: StepContext, id: string): Promise<Account> {
  const { dataDir } = context.config;
  const found = await findAccount(dataDir, id);
  if (found) return found;
  if (id === SANDBOX_ACCOUNT) return make(context, SANDBOX_ACCOUNT, 'Sandbox listener');
  throw unclear(`account is "${id}", which is not known here`);
}

async function chooseOnly(context: StepContext): Promise<Account> {
  const accounts = (await listAccounts(context.config.dataDir)).filter(({ id }) => id !== SANDBOX_ACCOUNT);
  const [only] = accounts;
  // Whether a key is wanted follows from who has an account: an export that is refused gives nobody one.
  if (!only) await requireExport(context);
  if (!only) return make(context, context.random.hex(6), '');
  if (accounts.length > 1) throw unclear('no account is named, and there are several');
  return only;
}

function make({ config, clock }: StepContext, id: string, displayName: string): Promise<Account> {
  return createAccount(config.dataDir, { id, spotifyAccountId: null, displayName, createdAt: clock.now() });
}

/** Names nobody: whoever reads runs need not know who has an account. */
function unclear(what: string): InvalidInputError {
  return new InvalidInputError(
    `${what}; "groovelake accounts" lists those there are. Name one with --account.`,
    {
      field: 'account',
      expected: 'the id of an account',
    },
  );
}
