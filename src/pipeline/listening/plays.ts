// Step plays: lands what accounts played: from exports that the run names, else what Spotify says of those that are connected.
import { InvalidInputError } from '../../errors.ts';
import { type Account, listeningFolder, SANDBOX_ACCOUNT } from '../../store/listening/accounts.ts';
import type { ExportNote } from '../../store/listening/export-reports.ts';
import type { ListeningFile } from '../../store/listening/listening-file.ts';
import { releaseHeap } from '../release-heap.ts';
import { toRunError } from '../runs/run-error.ts';
import type { Step, StepContext, StepResult } from '../step.ts';
import { type Landing, landExport } from './land-export.ts';
import { openListeningDb } from './listening-db.ts';
import { findExportPaths } from './named-exports.ts';
import { landRecent } from './poll-recent.ts';
import { listRunAccounts, workOnAccount } from './run-accounts.ts';
import { writeSandboxHistory } from './sandbox-history.ts';

export const playsStep: Step = {
  name: 'plays',
  run: async (context) => {
    const accounts = await listRunAccounts(context);
    if (accounts.length === 0)
      return { status: 'SKIPPED', endsRun: true, message: 'there is no account', rowsIn: 0, rowsOut: 0 };
    const { landed, failures } = await landAll(context, accounts);
    releaseHeap();
    const sum = (pick: (result: StepResult) => number | undefined) =>
      landed.reduce((total, result) => total + (pick(result) ?? 0), 0);
    const counts = {
      rowsIn: sum(({ rowsIn }) => rowsIn),
      rowsOut: sum(({ rowsOut }) => rowsOut),
      rowsRejected: sum(({ rowsRejected }) => rowsRejected),
      requests: sum(({ requests }) => requests),
    };
    const isPartial = failures > 0 || landed.some(({ status }) => status === 'PARTIAL');
    if (isPartial) {
      const messages = landed.flatMap(({ message, status }) =>
        status === 'PARTIAL' && message ? [message] : [],
      );
      return {
        ...counts,
        status: 'PARTIAL',
        ...(messages.length > 0 ? { message: messages.join('; ') } : {}),
      };
    }
    // Whether there is something to merge or to fetch all the same is for the steps after this one to say.
    return landed.every(({ status }) => status === 'SKIPPED')
      ? { ...counts, status: 'SKIPPED', message: 'nothing new' }
      : counts;
  },
};

/** One account's ended login, or whatever else it fails with, is not the others'. @throws the first failure when each one failed that was asked */
async function landAll(
  context: StepContext,
  accounts: readonly Account[],
): Promise<{ landed: readonly StepResult[]; failures: number }> {
  const landed: StepResult[] = [];
  const failures: { id: string; error: unknown }[] = [];
  for (const { id } of accounts) {
    try {
      const result = await workOnAccount(context, id, landPlays);
      if (result) landed.push(result);
    } catch (error) {
      context.signal.throwIfAborted();
      failures.push({ id, error });
    }
  }
  const [first] = failures;
  if (first && landed.length === 0) throw first.error;
  for (const { id, error } of failures)
    context.event('WARN', 'account.failed', `Account ${id}: ${toRunError(error, 'plays').message}`);
  return { landed, failures: failures.length };
}

/** Null: there is nobody to ask and nothing to import. */
async function landPlays(
  context: StepContext,
  account: Account,
  listening: ListeningFile,
): Promise<StepResult | null> {
  const { exports } = context.run.parameters;
  if (exports === undefined && account.id !== SANDBOX_ACCOUNT)
    return listening.findTokens() ? landRecent(context, account, listening) : null;
  const folder = listeningFolder(context.config.dataDir, account.id);
  const db = await openListeningDb(context, folder);
  try {
    const landing = { listening, folder, db };
    return exports === undefined
      ? await landSandbox(context, landing)
      : await landExports(context, landing, await findExportPaths(context));
  } finally {
    await db.close();
  }
}

/** Lands each, those too that come after one that is refused. @throws the first refusal when all were */
async function landExports(
  context: StepContext,
  landing: Landing,
  paths: readonly string[],
): Promise<StepResult> {
  const tallies: ExportNote[] = [];
  const refusals: InvalidInputError[] = [];
  for (const [at, path] of paths.entries()) {
    try {
      tallies.push(await landExport(context, landing, path, `export-${context.run.id}-${at}`));
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      refusals.push(error);
    }
  }
  const [first] = refusals;
  if (first && tallies.length === 0) throw first;
  for (const { message } of refusals) context.event('WARN', 'plays.refused', message);
  const sum = (pick: (tally: ExportNote) => number) =>
    tallies.reduce((total, tally) => total + pick(tally), 0);
  const unread = tallies.flatMap((tally) => Object.entries(tally.unread).map((of) => [tally.name, ...of]));
  for (const [name, file, reason] of unread)
    context.event(
      'WARN',
      'plays.unread',
      `"${name}": the rest of "${file}" was not read, since ${reason}. Get the file again and import it whole: what has landed of it counts once.`,
    );
  const cut =
    unread.length === 1
      ? 'a file was not read to its end; import it again, whole'
      : `${unread.length} files were not read to their end; import them again, whole`;
  return {
    ...(first || unread.length > 0 ? { status: 'PARTIAL' } : {}),
    ...(unread.length > 0 ? { message: cut } : {}),
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
