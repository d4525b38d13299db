// The accounts whose listening is kept: one folder each. Everything of an account lies in its folder, and goes with it.
import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { NotFoundError } from '../../errors.ts';
import { PRIVATE_FOLDER } from '../private-modes.ts';
import { localFiles, makeFolderDurably } from '../snapshots/files.ts';
import { type ListeningFile, openListeningFile } from './listening-file.ts';

export interface Account {
  /** Ours: 12 characters that say nothing about the person. `sandbox` is the invented listener. */
  readonly id: string;
  /** Spotify's stable id of the person; null for an account that was only imported. */
  readonly spotifyAccountId: string | null;
  /** As the person calls themselves; "" where unknown. */
  readonly displayName: string;
  readonly createdAt: number;
}

/** The invented listener of the sandbox: no person, so it needs no key. */
export const SANDBOX_ACCOUNT = 'sandbox';

const ID = /^[0-9A-Za-z]{7,22}$/;

export function listeningFolder(dataDir: string, accountId: string): string {
  if (!ID.test(accountId)) throw new NotFoundError('account', accountId);
  return join(dataDir, 'listening', accountId);
}

/** Ids of all accounts, sorted. */
export async function listAccountIds(dataDir: string): Promise<string[]> {
  const names = await readdir(join(dataDir, 'listening')).catch(() => []);
  return names.filter((name) => ID.test(name)).sort();
}

export async function listAccounts(dataDir: string): Promise<Account[]> {
  const accounts: Account[] = [];
  for (const id of await listAccountIds(dataDir)) {
    const account = await findAccount(dataDir, id);
    if (account) accounts.push(account);
  }
  return accounts;
}

export async function findAccount(dataDir: string, id: string): Promise<Account | null> {
  if (!ID.test(id) || !(await hasFile(dataDir, id))) return null;
  const file = openListeningFile(listeningFolder(dataDir, id));
  try {
    return file.findAccount();
  } finally {
    file.close();
  }
}

/** Makes the account's folder. One that is there already stays as it is, apart from its name. */
export async function createAccount(dataDir: string, account: Account): Promise<Account> {
  const folder = listeningFolder(dataDir, account.id);
  await makeFolderDurably(localFiles, folder, PRIVATE_FOLDER);
  const file = openListeningFile(folder);
  try {
    return file.saveAccount(account);
  } finally {
    file.close();
  }
}

/** Opens what an account has. @throws NotFoundError */
export async function openAccount(dataDir: string, id: string): Promise<ListeningFile> {
  if (!ID.test(id) || !(await hasFile(dataDir, id))) throw new NotFoundError('account', id);
  return openListeningFile(listeningFolder(dataDir, id));
}

/** Whether anything is kept under that id, were it only what an interrupted removal left. */
export async function hasFolder(dataDir: string, id: string): Promise<boolean> {
  return (await listAccountIds(dataDir)).includes(id);
}

/**
 * Removes all that is in the folder of an account. The folder stays, and says that there is something to forget (pipeline/listening/forget-account.ts), until
 * removeFolder.
 */
export async function emptyFolder(dataDir: string, id: string): Promise<void> {
  const folder = listeningFolder(dataDir, id);
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names) await rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
}

/** Removes the empty folder of an account. One in which there is something again is somebody's: the invented listener's, who comes back. */
export async function removeFolder(dataDir: string, id: string): Promise<void> {
  await rmdir(listeningFolder(dataDir, id)).catch((error: NodeJS.ErrnoException) => {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(error.code ?? '')) throw error;
  });
}

function hasFile(dataDir: string, id: string): Promise<boolean> {
  return stat(join(listeningFolder(dataDir, id), 'listening.sqlite')).then(
    () => true,
    () => false,
  );
}
