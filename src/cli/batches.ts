// groovelake batches: what has landed, and taking some of it out of what is built.
import { systemClock, systemRandomness, toIso } from '../clock.ts';
import { InvalidInputError } from '../errors.ts';
import { describeBatch } from '../store/landing/describe-batch.ts';
import { createSnapshotStore } from '../store/snapshots/local.ts';
import { parseWords } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';
import { describeStart, followRun } from './follow-run.ts';
import { listLanded } from './landed.ts';
import { findOtherFolder, requireOwnFolder } from './local-only.ts';
import { openOperator } from './operator.ts';
import { untilServed } from './wait-served.ts';

export const batchesCommand: Command = {
  run: (parts) => untilServed(parts, (noteEnd) => runBatches(parts, noteEnd)),
};

async function runBatches(parts: CommandParts, beforeEnd: () => Promise<void>): Promise<number> {
  const parsed = parseWords(parts.words, Infinity, {
    json: { type: 'boolean' },
    'accept-loss': { type: 'boolean' },
  });
  const [verb, ...ids] = parsed.positionals;
  const isJson = parsed.values.json === true;
  const acceptLoss = parsed.values['accept-loss'] ? { acceptLoss: true } : {};
  if (verb === undefined) {
    if (acceptLoss.acceptLoss)
      throw new InvalidInputError(
        '--accept-loss is of a build, and listing makes none; "withdraw ID..." or "restore ID..." is expected with it.',
        { field: 'accept-loss', expected: 'withdraw ID... or restore ID...' },
      );
    return listBatches(parts, isJson);
  }
  if ((verb !== 'withdraw' && verb !== 'restore') || ids.length === 0) {
    throw new InvalidInputError(
      `batches does not know "${parsed.positionals.join(' ')}"; "withdraw ID...", "restore ID..." or nothing is expected. "groovelake batches" lists the ids.`,
      { field: 'arguments', given: verb, expected: 'withdraw ID... or restore ID...' },
    );
  }
  // The run that moves them also builds without them, or with them.
  const operator = await openOperator(parts, { executes: true, isOnRecord: true });
  try {
    const started = await operator.trigger('TRANSFORM', { [verb]: ids, ...acceptLoss });
    if (!isJson) parts.terminal.line(await describeStart(operator, started));
    return await followRun(started.runId, { ...parts, operator, isJson, beforeEnd });
  } finally {
    await operator.close();
  }
}

async function listBatches({ config, terminal }: CommandParts, asJson: boolean): Promise<number> {
  // "withdraw" and "restore" are given what it lists, and speak to the server. In MongoDB they are those of every server that shares it.
  if (config.mongodbUri === undefined)
    await requireOwnFolder(
      config,
      'batches',
      'Ask it for batches { nodes { id file sealedAt } }, which lists them.',
    );
  const sealed = await listLanded(config, { sealed: true });
  const snapshots = createSnapshotStore({
    dataDir: config.dataDir,
    clock: systemClock,
    random: systemRandomness,
  });
  const isOther = (await findOtherFolder(config)) !== null;
  if (isOther)
    terminal.error(
      `groovelake: which of them ${config.serverUrl} serves is not known here: ask it for batches { nodes { id isServed } }.`,
    );
  const served = new Set((await snapshots.readCurrent({ verify: 'LENGTHS' }))?.manifest.batches);
  const described = sealed.reverse().map((batch) => {
    const { openedAt, sealedAt, withdrawnAt, isServed, ...view } = describeBatch(batch, served);
    return {
      ...view,
      isServed: isOther ? null : isServed,
      openedAt: toIso(openedAt),
      sealedAt: toIso(sealedAt ?? 0),
      withdrawnAt: withdrawnAt === null ? null : toIso(withdrawnAt),
    };
  });
  if (asJson) terminal.line(JSON.stringify(described, null, 2));
  else
    for (const { id, sealedAt, documents, file, isServed, withdrawnAt } of described)
      terminal.line(
        `${isServed ? '*' : ' '} ${id}  ${sealedAt}  ${documents} documents${file ? `, "${file}"` : ''}${withdrawnAt ? `, withdrawn ${withdrawnAt}` : ''}`,
      );
  return 0;
}
