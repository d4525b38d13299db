// groovelake compact: lets bodies that bronze holds as well go from the landing store, and makes few bronze files of many, now.
import { join } from 'node:path';
import { systemClock, systemRandomness } from '../clock.ts';
import type { Config } from '../config.ts';
import { InvalidInputError } from '../errors.ts';
import { type Compaction, compactLanding } from '../pipeline/bronze/compact-landing.ts';
import { type BronzeMerge, mergeBronze } from '../pipeline/bronze/merge-bronze.ts';
import { prepareDataDir, requireDataDir } from '../store/data-dir.ts';
import { openDuckDb } from '../store/duckdb.ts';
import type { LandingStore } from '../store/landing/landing-store.ts';
import { openStores } from '../store/open-stores.ts';
import { localFiles } from '../store/snapshots/files.ts';
import { createSnapshotStore } from '../store/snapshots/local.ts';
import { sweepOptions } from '../store/snapshots/sweep.ts';
import { parseWords, readWholeNumber } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';
import { withPublishLease } from './publish-lease.ts';
import type { Terminal } from './terminal.ts';

export const compactCommand: Command = {
  run: compact,
};

const DAY_MS = 24 * 3_600_000;

async function compact({ words, config, terminal }: CommandParts): Promise<number> {
  const parsed = parseWords(words, 0, {
    days: { type: 'string' },
    'dry-run': { type: 'boolean' },
    json: { type: 'boolean' },
  });
  const given = readWholeNumber(parsed, 'days');
  if (given === 0) {
    throw new InvalidInputError('--days is "0"; 1 and more is expected, or no --days for none to go.', {
      field: 'days',
      given: '0',
      expected: '1 and more',
    });
  }
  const days = given ?? config.keepLandedDays;
  const dryRun = parsed.values['dry-run'] === true;
  await requireDataDir(config.dataDir);
  await prepareDataDir(config.dataDir);
  const work = () => compactAll(config, { days, dryRun });
  const found = dryRun
    ? await work()
    : await withPublishLease('groovelake compact', { config, clock: systemClock }, work);
  if (parsed.values.json) terminal.line(JSON.stringify({ dryRun, days, ...found }, null, 2));
  else say(terminal, found, { days, dryRun });
  return found.kept.length + found.bronze.kept.length > 0 ? 1 : 0;
}

interface Found extends Compaction {
  readonly bronze: BronzeMerge;
}

async function compactAll(
  config: Config,
  { days, dryRun }: { days: number; dryRun: boolean },
): Promise<Found> {
  const { dataDir } = config;
  const snapshots = createSnapshotStore({ dataDir, clock: systemClock, random: systemRandomness });
  const current = await snapshots.readCurrent({ verify: 'LENGTHS' });
  const parent = current?.manifest.parentId ? await snapshots.findManifest(current.manifest.parentId) : null;
  await using opened = new AsyncDisposableStack();
  const { landing, close } = await openStores(config);
  opened.defer(close);
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: config.buildMemoryMb,
    threads: config.buildThreads,
    maxConnections: 1,
    tempDir: join(dataDir, 'tmp', 'compact'),
    tempMaxMb: config.tempMaxMb,
    keepsOrder: true,
    clock: systemClock,
  });
  opened.defer(() => db.close());
  const now = systemClock.now();
  const about = { db, landing, dataDir, now, dryRun, published: parent?.batches ?? [] };
  const bodies =
    days > 0 ? await compactLanding({ ...about, before: now - days * DAY_MS }) : { moved: [], kept: [] };
  const { graceMs } = sweepOptions(config);
  return {
    ...bodies,
    bronze: await mergeBronze({ ...about, files: localFiles, graceMs, batches: await listPublished(about) }),
  };
}

async function listPublished({
  landing,
  published,
}: {
  readonly landing: LandingStore;
  readonly published: readonly string[];
}) {
  const ids = new Set(published);
  return (await landing.listBatches({ sealed: true })).filter(({ id }) => ids.has(id));
}

function say(
  terminal: Terminal,
  { moved, kept, bronze }: Found,
  { days, dryRun }: { days: number; dryRun: boolean },
) {
  const documents = moved.reduce((sum, batch) => sum + batch.documents, 0);
  for (const { batchId, why } of kept) terminal.error(`groovelake: batch "${batchId}" stays: ${why}`);
  for (const { path, why } of bronze.kept) terminal.error(`groovelake: "${path}" stays: ${why}`);
  terminal.line(
    days === 0
      ? 'landed bodies stay: no life is set for them (GROOVELAKE_KEEP_LANDED_DAYS, --days)'
      : `${documents} bodies of ${moved.length} batches ${dryRun ? 'would leave' : 'have left'} the landing store; bronze holds them`,
  );
  const files = bronze.merged.reduce((sum, each) => sum + each.files, 0);
  terminal.line(
    `${files} bronze files ${dryRun ? 'would become' : 'have become'} ${bronze.merged.length}; ` +
      `${bronze.removed.length} that others hold ${dryRun ? 'would be removed' : 'were removed'}, ${bronze.waiting.length} wait for their time`,
  );
}
