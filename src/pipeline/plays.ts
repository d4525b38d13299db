// Step plays: lands what accounts played: from exports that the run names, else what Spotify says of those that are connected.
import { isAbsolute } from 'node:path';
import { InvalidInputError } from '../errors.ts';
import { loginEnds } from '../sources/spotify/login.ts';
import { resolveInboxFiles } from '../store/landing/inbox.ts';
import { type Account, listeningFolder, openAccount, SANDBOX_ACCOUNT } from '../store/listening/accounts.ts';
import { findDerivedPlays, holdsAllLanded } from '../store/listening/derive.ts';
import type { ListeningFile } from '../store/listening/listening-file.ts';
import { describeLogin, listEnding } from '../store/listening/logins.ts';
import { localFiles } from '../store/snapshots/files.ts';
import { type AccountSource, openAccountSource } from './account-source.ts';
import type { ExportTally } from './export-tally.ts';
import { type Landing, landExport } from './land-export.ts';
import { openListeningDb } from './listening-db.ts';
import { pollRecent } from './poll-recent.ts';
import { listRunAccounts } from './run-accounts.ts';
import { writeSandboxHistory } from './sandbox-history.ts';
import type { Step, StepContext, StepResult } from './step.ts';

export const playsStep: Step = {
  name: 'plays',
  run: async (context) => {
    const accounts = await listRunAccounts(context);
    const results: StepResult[] = [];
    for (const account of accounts) results.push(await landPlays(context, account));
    if (accounts.length === 0) return nothingNew('no account is connected');
    const sum = (pick: (result: StepResult) => number | undefined) =>
      results.reduce((total, result) => total + (pick(result) ?? 0), 0);
    const counts = {
      rowsIn: sum(({ rowsIn }) => rowsIn),
      rowsOut: sum(({ rowsOut }) => rowsOut),
      rowsRejected: sum(({ rowsRejected }) => rowsRejected),
    };
    if (results.every(({ status }) => status === 'SKIPPED')) {
      // What an earlier attempt landed before it died waits to be merged.
      const isMerged = (await Promise.all(accounts.map((account) => areMerged(context, account)))).every(
        Boolean,
      );
      return isMerged
        ? { ...nothingNew('nothing new'), ...counts }
        : { ...counts, status: 'SKIPPED', message: 'nothing new; what landed before is merged' };
    }
    return results.some(({ status }) => status === 'PARTIAL') ? { ...counts, status: 'PARTIAL' } : counts;
  },
};

const nothingNew = (message: string): StepResult => ({
  status: 'SKIPPED',
  endsRun: true,
  message,
  rowsIn: 0,
  rowsOut: 0,
});

async function areMerged({ config }: StepContext, { id }: Account): Promise<boolean> {
  const listening = await openAccount(config.dataDir, id);
  try {
    const derived = await findDerivedPlays(localFiles, listeningFolder(config.dataDir, id));
    return holdsAllLanded(derived, listening);
  } finally {
    listening.close();
  }
}

async function landPlays(context: StepContext, account: Account): Promise<StepResult> {
  const listening = await openAccount(context.config.dataDir, account.id);
  const folder = listeningFolder(context.config.dataDir, account.id);
  try {
    if (context.run.parameters.exports === undefined && account.id !== SANDBOX_ACCOUNT)
      return await landRecent(context, account, listening);
    const db = await openListeningDb(context, folder);
    try {
      const landing = { listening, folder, db };
      return context.run.parameters.exports === undefined
        ? await landSandbox(context, landing)
        : await landExports(context, landing, await findPaths(context));
    } finally {
      await db.close();
    }
  } finally {
    listening.close();
  }
}

async function landRecent(
  context: StepContext,
  account: Account,
  listening: ListeningFile,
): Promise<StepResult> {
  const source = openAccountSource(context, { accountId: account.id, file: listening });
  try {
    const { read, fresh, isGap } = await pollRecent(context, listening, source.me);
    warnOfEnd(context, account, listening, source);
    if (isGap) {
      context.event(
        'WARN',
        'plays.gap',
        `Account ${account.id}: the last ${read} plays are all new; plays before them may have been missed. ` +
          'Run HISTORY more often, or fill the gap with an export.',
      );
    }
    const counts = { rowsIn: read, rowsOut: fresh.length, requests: 1 };
    if (fresh.length === 0) return { ...counts, status: 'SKIPPED' };
    return isGap ? { ...counts, status: 'PARTIAL' } : counts;
  } finally {
    await source.close();
  }
}

/** A login ends six months after it was granted, whatever happens: said in time. */
function warnOfEnd(
  { clock, config, event }: StepContext,
  { id }: Account,
  listening: ListeningFile,
  { tokens }: AccountSource,
): void {
  const found = tokens.find();
  if (!found) return;
  const login = { accountId: id, endsAt: loginEnds(found) };
  if (listening.findLoginEnd() !== login.endsAt) listening.saveLoginEnd(login.endsAt);
  const now = clock.now();
  if (listEnding([login], config.loginWarnDays, now).length > 0)
    event('WARN', 'account.ends', describeLogin(login, now));
}

async function landExports(
  context: StepContext,
  landing: Landing,
  paths: readonly string[],
): Promise<StepResult> {
  const tallies: ExportTally[] = [];
  for (const [at, path] of paths.entries())
    tallies.push(await landExport(context, landing, path, `export-${context.run.id}-${at}`));
  const sum = (pick: (tally: ExportTally) => number) =>
    tallies.reduce((total, tally) => total + pick(tally), 0);
  return {
    rowsIn: sum(({ rows }) => rows),
    rowsOut: sum(({ plays }) => plays),
    rowsRejected: sum(({ rejected }) => rejected),
  };
}

/** The invented listener's past, once. */
async function landSandbox(context: StepContext, landing: Landing): Promise<StepResult> {
  if (landing.listening.listBatches().some(({ sealedAt }) => sealedAt !== null))
    return { status: 'SKIPPED', message: 'the invented past is there already', rowsIn: 0, rowsOut: 0 };
  const written = await writeSandboxHistory(context, landing.folder);
  try {
    return await landExports(context, landing, [written.path]);
  } finally {
    await written.remove();
  }
}

/** The command line names exports by absolute paths, the API by names within the inbox. */
async function findPaths({ run, config }: StepContext): Promise<string[]> {
  const names = run.parameters.exports;
  if (!Array.isArray(names) || names.length === 0 || !names.every((name) => typeof name === 'string')) {
    throw new InvalidInputError(
      `exports is ${JSON.stringify(names)}; a list of folders, ZIP or JSON files is expected. Name at least one.`,
      { field: 'exports', expected: 'a list of paths' },
    );
  }
  const isFree = run.trigger === 'CLI' || run.trigger === 'RETRY' || run.trigger === 'BOOT';
  return isFree && names.every(isAbsolute) ? names : resolveInboxFiles(config.dataDir, names);
}
