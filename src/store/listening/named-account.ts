// Whose plays parameters of HISTORY are about, where that is one account.
import { InvalidInputError } from '../../errors.ts';
import { type Account, findAccount, listAccounts, SANDBOX_ACCOUNT } from './accounts.ts';

/**
 * The account that is named; with exports and no name the only one of a person. Null: the invented listener, or whoever is the first to have an
 * account, who is still to be made.
 *
 * @throws InvalidInputError when it is not clear which is meant
 */
export async function findNamed(dataDir: string, account: string | undefined): Promise<Account | null> {
  if (account !== undefined) {
    const found = await findAccount(dataDir, account);
    if (found || account === SANDBOX_ACCOUNT) return found;
    throw unclear(`account is "${account}", which is not known here`);
  }
  const persons = (await listAccounts(dataDir)).filter(({ id }) => id !== SANDBOX_ACCOUNT);
  if (persons.length > 1) throw unclear('no account is named, and there are several');
  return persons[0] ?? null;
}

/** Names nobody: whoever reads runs need not know who has an account. */
function unclear(what: string): InvalidInputError {
  return new InvalidInputError(
    `${what}; "groovelake accounts" lists those there are. Name one as account ("--account" on the command line, "parameters.account" in the API).`,
    {
      field: 'account',
      expected: 'the id of an account',
    },
  );
}
