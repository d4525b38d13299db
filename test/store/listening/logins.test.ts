import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { createAccount, openAccount } from '../../../src/store/listening/accounts.ts';
import { listLogins, readLoginEnd } from '../../../src/store/listening/logins.ts';
import { damageTable } from '../../fixtures/damage-table.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

const ANNA = 'anna12345678';
const BERT = 'bert12345678';

/** A folder with an account each, whose login ends then; null: it has none. */
async function open(accounts: Readonly<Record<string, number | null>>) {
  const dataDir = makeTempFolder();
  for (const [id, endsAt] of Object.entries(accounts)) {
    await createAccount(dataDir, { id, spotifyAccountId: null, displayName: '', createdAt: 1 });
    const file = await openAccount(dataDir, id);
    if (endsAt !== null) {
      file.replaceTokens('sealed', 0);
      file.saveLoginEnd(endsAt);
    }
    file.close();
  }
  return { dataDir, pathOf: (id: string) => join(dataDir, 'listening', id, 'listening.sqlite') };
}

/** Nobody else reads the file until it is closed. */
function lock(path: string) {
  const db = new DatabaseSync(path);
  db.exec('pragma locking_mode = exclusive; begin immediate; create table lock (x)');
  return {
    close: () => {
      db.exec('rollback');
      db.close();
    },
  };
}

it('lists the ends of logins, of accounts that have one', async () => {
  const { dataDir } = await open({ [ANNA]: 7, [BERT]: null });
  expect(await listLogins(dataDir)).toEqual([{ accountId: ANNA, endsAt: 7 }]);
  const file = await openAccount(dataDir, ANNA);
  file.replaceTokens(null, 1);
  file.close();
  expect(await listLogins(dataDir)).toEqual([]);
});

it('lists those of others where the file of an account is damaged, or of an earlier version', async () => {
  const { dataDir, pathOf } = await open({ [ANNA]: 5, [BERT]: 7, carl12345678: 9 });
  damageTable(pathOf(ANNA), 'tokens');
  const older = new DatabaseSync(pathOf('carl12345678'));
  older.exec('drop table login');
  older.close();
  expect(await listLogins(dataDir)).toEqual([{ accountId: BERT, endsAt: 7 }]);
});

it('does not wait for a run that writes into the file', async () => {
  const { dataDir, pathOf } = await open({ [ANNA]: 7 });
  const writer = new DatabaseSync(pathOf(ANNA));
  onTestFinished(() => writer.close());
  writer.exec('begin immediate; update login set ends_at = 8');
  expect(await listLogins(dataDir)).toEqual([{ accountId: ANNA, endsAt: 7 }]);
  writer.exec('commit');
  expect(await listLogins(dataDir)).toEqual([{ accountId: ANNA, endsAt: 8 }]);
});

it('keeps the last end it has seen while the file cannot be read, as beside a writer that closes it', async () => {
  const { dataDir, pathOf } = await open({ [ANNA]: 7, [BERT]: null });
  const ends = () => listLogins(dataDir);
  expect(await ends()).toEqual([{ accountId: ANNA, endsAt: 7 }]);
  const locks = [ANNA, BERT].map((id) => lock(pathOf(id)));
  expect(await ends()).toEqual([{ accountId: ANNA, endsAt: 7 }]);
  expect(() => readLoginEnd(dataDir, BERT)).toThrow(/bert12345678.*" cannot be read now: .* Try again/);
  for (const each of locks) each.close();
  const file = await openAccount(dataDir, ANNA);
  file.replaceTokens(null, 1);
  file.close();
  expect(await ends()).toEqual([]);
  onTestFinished(lock(pathOf(ANNA)).close);
  expect(await ends()).toEqual([]);
});
