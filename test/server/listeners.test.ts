import { describe, expect, it } from 'vitest';
import { SnapshotPin } from '../../src/http/snapshot-pin.ts';
import { chooseVisible, createFindListener } from '../../src/server/listeners.ts';
import { createAccount } from '../../src/store/listening/accounts.ts';
import type { OpenAccounts } from '../../src/store/listening/open-accounts.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';
import { makePlay, openListeningFixture } from '../store/listening/listening-fixture.ts';

const [ANNA, BERT] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'];

async function withAccounts(...ids: string[]): Promise<string> {
  const dataDir = makeTempFolder();
  for (const id of ids)
    await createAccount(dataDir, { id, spotifyAccountId: null, displayName: '', createdAt: 1 });
  return dataDir;
}

const OPEN = { accountId: null, isOpen: true };
const ADMIN = { accountId: null, isOpen: false };
const keyOf = (accountId: string) => ({ accountId, isOpen: false });

describe('whose listening is seen', () => {
  it.each([
    ['the key of an account sees it', keyOf(ANNA), null, ANNA],
    ['the key of an account sees it by id', keyOf(ANNA), ANNA, ANNA],
    ['the key of an account does not see another', keyOf(ANNA), BERT, null],
    ['the key of an account sees the invented listener', keyOf(ANNA), 'sandbox', 'sandbox'],
    ['a key of no account, admin or not, sees nobody', ADMIN, ANNA, null],
    ['a key of no account sees the invented listener by name', ADMIN, 'sandbox', 'sandbox'],
    ['without keys, the invented listener is seen by name', OPEN, 'sandbox', 'sandbox'],
    ['without keys, two accounts cannot be told apart', OPEN, ANNA, null],
    ['an unknown account is nobody', keyOf(ANNA), 'cccccccccccc', null],
    ['a path is nobody', OPEN, '../../etc', null],
  ])('%s', async (_title, asker, wanted, seen) => {
    const dataDir = await withAccounts(ANNA, BERT, 'sandbox');
    expect((await chooseVisible(dataDir, asker, wanted))?.id ?? null).toBe(seen);
  });

  it('without keys, the only account is whoever sits at this machine', async () => {
    const dataDir = await withAccounts(ANNA, 'sandbox');
    expect((await chooseVisible(dataDir, OPEN, null))?.id).toBe(ANNA);
    expect((await chooseVisible(dataDir, OPEN, ANNA))?.id).toBe(ANNA);
  });

  it.each([
    ['without keys, two accounts', OPEN, /Several accounts.*no key was sent.*keys create NAME --account/s],
    ['a key of no account', ADMIN, /key that was sent belongs to no account.*listener\(id: "sandbox"\)/s],
  ])('%s: nobody is invented for whoever asks about himself', async (_title, asker, message) => {
    const dataDir = await withAccounts(ANNA, BERT, 'sandbox');
    await expect(chooseVisible(dataDir, asker, null)).rejects.toThrow(message);
  });

  it.each([OPEN, ADMIN])('is the invented listener where nobody else is: %j', async (asker) => {
    expect((await chooseVisible(await withAccounts('sandbox'), asker, null))?.id).toBe('sandbox');
  });

  it('is null where there is none', async () => {
    expect(await chooseVisible(makeTempFolder(), OPEN, null)).toBeNull();
  });
});

describe('an account that a request reads', () => {
  it('is let go of when the request is over, though its client waited for the answer', async () => {
    const { dataDir, manifest, accountId, open } = await openListeningFixture([makePlay({})]);
    let users = 0;
    const accounts: Pick<OpenAccounts, 'acquire'> = {
      acquire: async () => {
        users += 1;
        const release = () => {
          users -= 1;
        };
        return { listening: open, release };
      },
    };
    const ask = async (pin: SnapshotPin<null>) => {
      const find = createFindListener({ dataDir }, accounts, () => ({
        asker: OPEN,
        manifest,
        signal: new AbortController().signal,
        whenOver: (ending) => pin.whenOver(ending),
      }));
      expect((await find(accountId))?.account.id).toBe(accountId);
    };
    const source = { acquire: () => ({ manifest, resource: null, release: () => {} }) };
    const pin = new SnapshotPin<null>(source);
    await ask(pin);
    expect(users).toBe(1);
    pin.release();
    pin.release();
    expect(users).toBe(0);
    await ask(pin);
    expect(users).toBe(0);
  });
});
