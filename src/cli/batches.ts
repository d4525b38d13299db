// groovelake batches: what has landed, and taking some of it out of what is built.
import { systemClock, systemRandomness, toIso } from '../clock.ts';
import type { Config } from '../config.ts';
import { InvalidInputError } from '../errors.ts';
import { prepareDataDir, requireDataDir } from '../store/data-dir.ts';
import type { Batch } from '../store/landing/landing-store.ts';
import { openStores } from '../store/open-stores.ts';
import { createSnapshotStore } from '../store/snapshots/local.ts';
import { type Parsed, parseWords } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';
import { describeStart, followRun } from './follow-run.ts';
import { openOperator } from './operator.ts';
import { waitServed } from './wait-served.ts';

export const batchesCommand: Command = {
  run: runBatches,
};

async function runBatches(parts: CommandParts): Promise<number> {
  const parsed = parseWords(parts.words, Infinity, {
    json: { type: 'boolean' },
    'accept-loss': { type: 'boolean' },
  });
  const [verb, ...ids] = parsed.positionals;
  if (verb === undefined) return listBatches(parts, parsed.values.json === true);
  if ((verb !== 'withdraw' && verb !== 'restore') || ids.length === 0) {
    throw new InvalidInputError(
      `batches does not know "${parsed.positionals.join(' ')}"; "withdraw ID...", "restore ID..." or nothing is expected. "groovelake batches" lists the ids.`,
      { field: 'arguments', given: verb, expected: 'withdraw ID... or restore ID...' },
    );
  }
  return build(parts, parsed, { [verb]: ids });
}

/** The run that changes it also builds without them, or with them. */
async function build(
  parts: CommandParts,
  { values }: Parsed,
  change: Readonly<Record<string, readonly string[]>>,
): Promise<number> {
  const operator = await openOperator(parts, { executes: true });
  const isJson = values.json === true;
  let code: number;
  try {
    const acceptLoss = values['accept-loss'] ? { acceptLoss: true } : {};
    const started = await operator.trigger('TRANSFORM', { ...change, ...acceptLoss });
    if (!isJson) parts.terminal.line(await describeStart(operator, started));
    code = await followRun(started.runId, { ...parts, operator, isJson, beforeEnd: async () => {} });
  } finally {
    await operator.close();
  }
  if (code === 0) await waitServed(parts);
  return code;
}

async function listBatches({ config, terminal }: CommandParts, asJson: boolean): Promise<number> {
  await requireDataDir(config.dataDir);
  const snapshots = createSnapshotStore({
    dataDir: config.dataDir,
    clock: systemClock,
    random: systemRandomness,
  });
  const served = new Set((await snapshots.readCurrent({ quick: true }))?.manifest.batches);
  const described = (await listSealed(config)).reverse().map((batch) => ({
    id: batch.id,
    source: batch.source,
    runId: batch.runId,
    sealedAt: toIso(batch.sealedAt ?? 0),
    documents: batch.counts.reduce((sum, { documents }) => sum + documents, 0),
    file: fileOf(batch),
    isServed: served.has(batch.id),
    withdrawnAt: batch.withdrawnAt === null ? null : toIso(batch.withdrawnAt),
  }));
  if (asJson) terminal.line(JSON.stringify(described, null, 2));
  else
    for (const { id, sealedAt, documents, file, isServed, withdrawnAt } of described)
      terminal.line(
        `${isServed ? '*' : ' '} ${id}  ${sealedAt}  ${documents} documents${file ? `, "${file}"` : ''}${withdrawnAt ? `, withdrawn ${withdrawnAt}` : ''}`,
      );
  return 0;
}

/** Sealed batches, oldest first. */
export async function listSealed(config: Config): Promise<Batch[]> {
  await prepareDataDir(config.dataDir);
  const { landing, close } = await openStores(config);
  try {
    return await landing.listBatches({ sealed: true });
  } finally {
    await close();
  }
}

/** The file it was imported from; null for none. */
export function fileOf({ note }: Pick<Batch, 'note'>): string | null {
  return typeof note.file === 'string' ? note.file : null;
}
