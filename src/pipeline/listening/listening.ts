// Step listening: makes the merged plays of an account anew, and reports what became of each row of this run's exports.
import { toIso } from '../../clock.ts';
import { endBounds } from '../../sources/exports/to-play.ts';
import { type Account, listeningFolder } from '../../store/listening/accounts.ts';
import {
  type DerivedPlays,
  derivePlays,
  findDerivedPlays,
  holdsAllLanded,
} from '../../store/listening/derive.ts';
import { readExportNote } from '../../store/listening/export-reports.ts';
import { HEARD_FORMAT } from '../../store/listening/heard.ts';
import type { ListeningFile, PlayBatch } from '../../store/listening/listening-file.ts';
import { localFiles } from '../../store/snapshots/files.ts';
import type { Step, StepContext } from '../step.ts';
import { describeTally } from './export-tally.ts';
import { openListeningDb } from './listening-db.ts';
import { readListeningSql } from './listening-sql.ts';
import { listRunAccounts, workOnAccount } from './run-accounts.ts';

export const listeningStep: Step = {
  name: 'listening',
  run: async (context) => {
    let rowsOut = 0;
    let merged = 0;
    const accounts = await listRunAccounts(context);
    for (const { id } of accounts) {
      const result = await workOnAccount(context, id, mergePlays);
      if (!result) continue;
      rowsOut += result.derived.plays;
      if (result.isNew) merged += 1;
    }
    return { rowsOut, ...(merged === 0 ? { status: 'SKIPPED', message: 'nothing new' } : {}) };
  },
};

const UNHEARD =
  'The plays are merged, but what figures are made of could not be written beside them: the first question about them takes longer.';

/** Null: nothing has landed yet. */
async function mergePlays(
  context: StepContext,
  account: Account,
  listening: ListeningFile,
): Promise<{ derived: DerivedPlays; isNew: boolean } | null> {
  const folder = listeningFolder(context.config.dataDir, account.id);
  const before = await findDerivedPlays(localFiles, folder);
  const batches = listening.listBatches().filter(({ sealedAt }) => sealedAt !== null);
  if (batches.length === 0) return null;
  const current = await context.snapshots.readCurrent();
  const isSame =
    before?.snapshotId === (current?.manifest.id ?? null) &&
    holdsAllLanded(before, listening, endBounds(context.clock.now())) &&
    // What could not be written is tried again with other plays or another snapshot, not by each run.
    (current === null || before?.heard === HEARD_FORMAT || before?.heard === null);
  const derived = isSame ? before : await derive(context, { account, listening, folder, batches });
  report(context, batches, derived);
  if (isSame) return { derived, isNew: false };
  const waiting = listening.countPlays() - derived.told;
  if (waiting > 0)
    context.event(
      'INFO',
      'plays.waiting',
      `Account ${account.id}: ${waiting} plays that landed end in the future, or before 2006, and are in no figure as long as that is so: the clock of the device was wrong.`,
    );
  return { derived, isNew: true };
}

async function derive(
  context: StepContext,
  about: { account: Account; listening: ListeningFile; folder: string; batches: readonly PlayBatch[] },
): Promise<DerivedPlays> {
  const { config, clock, random, signal } = context;
  context.progress(0, null, 'merging plays');
  const db = await openListeningDb(context, about.folder);
  try {
    const { macros, plays } = readListeningSql();
    for (const statement of macros) await db.run(statement);
    const now = clock.now();
    return await derivePlays({
      files: localFiles,
      db,
      folder: about.folder,
      dataDir: config.dataDir,
      listening: about.listening,
      batches: about.batches,
      ends: endBounds(now),
      manifest: (await context.snapshots.readCurrent())?.manifest ?? null,
      sql: plays,
      version: `${toIso(now).replace(/\D/g, '')}-${random.hex(2)}`,
      now: toIso(now),
      signal,
      onUnheard: (error) => {
        context.log.warn('What figures are made of could not be written', { error });
        context.event('WARN', 'listening.figures', UNHEARD);
      },
    });
  } finally {
    await db.close();
  }
}

function report(context: StepContext, batches: readonly PlayBatch[], derived: DerivedPlays): void {
  for (const batch of batches) {
    if (batch.runId !== context.run.id || batch.origin !== 'EXPORT') continue;
    const merged = derived.batches[batch.id] ?? { plays: 0, unresolved: 0 };
    const note = readExportNote(batch);
    context.event('INFO', 'listening.report', describeTally(note, merged), { ...note, ...merged });
  }
}
