// Whose plays a run is about: the account it names; with exports, the only one there is; else all there are, of which those are polled
// that are connected. And working on one of them.
import {
  type Account,
  createAccount,
  findAccount,
  listAccounts,
  openAccount,
  SANDBOX_ACCOUNT,
} from '../../store/listening/accounts.ts';
import type { ListeningFile } from '../../store/listening/listening-file.ts';
import { findNamed } from '../../store/listening/named-account.ts';
import type { StepContext } from '../step.ts';
import { holdAccount } from './account-lease.ts';
import { requireExport } from './named-exports.ts';

/** The run's accounts, the same for each of its steps. @throws InvalidInputError when it is not clear which is meant */
export async function listRunAccounts(context: StepContext): Promise<readonly Account[]> {
  const found = context.scope.get<readonly Account[]>('accounts');
  if (found) return found;
  const { account, exports } = context.run.parameters;
  const named = typeof account === 'string' ? account : undefined;
  const isOfOne = named !== undefined || exports !== undefined;
  const accounts = isOfOne ? [await findOrMake(context, named)] : await listAccounts(context.config.dataDir);
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

async function findOrMake(context: StepContext, named: string | undefined): Promise<Account> {
  const found = await findNamed(context.config.dataDir, named);
  if (found) return found;
  if (named === SANDBOX_ACCOUNT) return make(context, SANDBOX_ACCOUNT, 'Sandbox listener');
  // Whether a key is wanted follows from who has an account: an export that is refused gives nobody one.
  await requireExport(context);
  return make(context, context.random.hex(6), '');
}

function make({ config, clock }: StepContext, id: string, displayName: string): Promise<Account> {
  return createAccount(config.dataDir, { id, spotifyAccountId: null, displayName, createdAt: clock.now() });
}
