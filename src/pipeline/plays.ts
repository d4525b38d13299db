// Step plays: lands what an account played, from exports that the run names.
import { isAbsolute } from 'node:path';
import { InvalidInputError } from '../errors.ts';
import { resolveInboxFiles } from '../store/landing/inbox.ts';
import { listeningFolder, openAccount, SANDBOX_ACCOUNT } from '../store/listening/accounts.ts';
import { chooseAccount } from './choose-account.ts';
import type { ExportTally } from './export-tally.ts';
import { type Landing, landExport } from './land-export.ts';
import { openListeningDb } from './listening-db.ts';
import { writeSandboxHistory } from './sandbox-history.ts';
import type { Step, StepContext, StepResult } from './step.ts';

export const playsStep: Step = {
  name: 'plays',
  run: async (context) => {
    const account = await chooseAccount(context);
    context.scope.set('account', account);
    const listening = await openAccount(context.config.dataDir, account.id);
    const folder = listeningFolder(context.config.dataDir, account.id);
    const db = await openListeningDb(context, folder);
    const landing = { listening, folder, db };
    try {
      const isInvented = account.id === SANDBOX_ACCOUNT && context.run.parameters.exports === undefined;
      return isInvented
        ? await landSandbox(context, landing)
        : await landExports(context, landing, await findPaths(context));
    } finally {
      listening.close();
      await db.close();
    }
  },
};

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
