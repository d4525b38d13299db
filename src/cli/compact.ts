// groovelake compact: lets bodies that bronze holds as well go from the landing store, now.
import { join } from 'node:path';
import { systemClock, systemRandomness } from '../clock.ts';
import { InvalidInputError } from '../errors.ts';
import { compactLanding } from '../pipeline/compact-landing.ts';
import { prepareDataDir } from '../store/data-dir.ts';
import { openDuckDb } from '../store/duckdb.ts';
import { openStores } from '../store/open-stores.ts';
import { createSnapshotStore } from '../store/snapshots/local.ts';
import { parseWords, readWholeNumber } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';

export const compactCommand: Command = {
  name: 'compact',
  usage: 'compact [--days N] [--dry-run] [--json]',
  does: 'let landed bodies older than N days go that bronze is proved to hold; rebuilds and provenance stay whole',
  run: compact,
};

const DAY_MS = 24 * 3_600_000;

async function compact({ words, config, terminal }: CommandParts): Promise<number> {
  const parsed = parseWords(words, {
    days: { type: 'string' },
    'dry-run': { type: 'boolean' },
    json: { type: 'boolean' },
  });
  const days = readWholeNumber(parsed, 'days') ?? config.keepLandedDays;
  if (days === 0) {
    throw new InvalidInputError(
      'No life is set for landed bodies; GROOVELAKE_KEEP_LANDED_DAYS or --days of 1 and more is expected.',
      { field: 'days', given: '0', expected: '1 and more' },
    );
  }
  const dryRun = parsed.values['dry-run'] === true;
  const { dataDir } = config;
  await prepareDataDir(dataDir);
  const snapshots = createSnapshotStore({ dataDir, clock: systemClock, random: systemRandomness });
  const current = await snapshots.readCurrent({ quick: true });
  const parent = current?.manifest.parentId ? await snapshots.findManifest(current.manifest.parentId) : null;
  await using opened = new AsyncDisposableStack();
  const stores = await openStores(config);
  opened.defer(() => stores.close());
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: config.buildMemoryMb,
    threads: config.buildThreads,
    maxConnections: 1,
    tempDir: join(dataDir, 'tmp', 'compact'),
    tempMaxMb: config.tempMaxMb,
    clock: systemClock,
  });
  opened.defer(() => db.close());
  const now = systemClock.now();
  const found = await compactLanding({
    db,
    dataDir,
    now,
    dryRun,
    landing: stores.landing,
    published: parent?.batches ?? [],
    before: now - days * DAY_MS,
  });
  if (parsed.values.json) terminal.line(JSON.stringify({ dryRun, days, ...found }, null, 2));
  else {
    const documents = found.moved.reduce((sum, batch) => sum + batch.documents, 0);
    for (const { batchId, why } of found.kept) terminal.error(`groovelake: batch "${batchId}" stays: ${why}`);
    const verb = dryRun ? 'would leave' : 'have left';
    terminal.line(
      `${documents} bodies of ${found.moved.length} batches ${verb} the landing store; bronze holds them`,
    );
  }
  return found.kept.length > 0 ? 1 : 0;
}
