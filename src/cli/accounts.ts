// groovelake accounts: whose listening is kept, and forgetting them.
import { systemClock, systemRandomness, toIso } from '../clock.ts';
import { InvalidInputError, NotFoundError } from '../errors.ts';
import { showControls } from '../log.ts';
import { forgetAccount } from '../pipeline/listening/forget-account.ts';
import { prepareDataDir, requireDataDir } from '../store/data-dir.ts';
import {
  type Account,
  createAccount,
  findAccount,
  hasFolder,
  listAccountIds,
  listeningFolder,
  openAccount,
} from '../store/listening/accounts.ts';
import { findDerivedPlays } from '../store/listening/derive.ts';
import { openServerStores } from '../store/open-stores.ts';
import { localFiles } from '../store/snapshots/files.ts';
import { parseWords, refuseMore } from './arguments.ts';
import { audited } from './audited.ts';
import type { Command, CommandParts } from './command.ts';
import { sayWhetherClosed } from './keys.ts';
import { requireOwnFolder } from './local-only.ts';

export const accountsCommand: Command = {
  run: runAccounts,
};

const LONGEST_NAME = 100;

async function runAccounts(parts: CommandParts): Promise<number> {
  const { positionals, values } = parseWords(parts.words, Infinity, { json: { type: 'boolean' } });
  const [verb, id] = positionals;
  if (verb === 'create' || verb === 'forget')
    await requireOwnFolder(parts.config, `accounts ${verb}`, "Give the command on that server's machine.");
  if (verb === 'create') return create(parts, positionals.slice(1).join(' '));
  refuseMore(positionals, 2);
  if (verb === 'forget') return forget(parts, id);
  if (verb !== undefined) {
    throw new InvalidInputError(
      `accounts does not know "${verb}"; "create NAME", "forget ID" or nothing is expected.`,
      {
        field: 'arguments',
        given: verb,
        expected: 'create NAME or forget ID',
      },
    );
  }
  await requireDataDir(parts.config.dataDir);
  const described = [];
  const leftOver: string[] = [];
  for (const id of await listAccountIds(parts.config.dataDir)) {
    const account = await findAccount(parts.config.dataDir, id);
    if (account) described.push(await describe(parts.config.dataDir, account));
    else leftOver.push(id);
  }
  if (values.json === true) parts.terminal.line(JSON.stringify(described, null, 2));
  else {
    for (const each of described)
      parts.terminal.line(
        `${each.id}  ${showControls(each.name) || '(no name)'}  ${each.plays} plays  since ${each.createdAt.slice(0, 10)}${each.isConnected ? '  connected' : ''}${each.loginEndsAt ? `, log in again by ${each.loginEndsAt.slice(0, 10)}` : ''}`,
      );
    for (const id of leftOver)
      parts.terminal.line(
        `${id}  (files without an account; "groovelake accounts forget ${id}" removes them)`,
      );
  }
  return 0;
}

async function describe(dataDir: string, account: Account) {
  const file = await openAccount(dataDir, account.id);
  try {
    const derived = await findDerivedPlays(localFiles, listeningFolder(dataDir, account.id));
    const endsAt = file.findTokens() ? file.findLoginEnd() : null;
    return {
      id: account.id,
      name: account.displayName,
      createdAt: toIso(account.createdAt),
      plays: derived?.plays ?? 0,
      isConnected: file.findTokens() !== null,
      loginEndsAt: endsAt === null ? null : toIso(endsAt),
    };
  } finally {
    file.close();
  }
}

/** For whoever has an export and no login: each person's plays lie in an account of their own. */
async function create({ config, terminal }: CommandParts, name: string): Promise<number> {
  await prepareDataDir(config.dataDir);
  const { id } = await createAccount(config.dataDir, {
    id: systemRandomness.hex(6),
    spotifyAccountId: null,
    displayName: name.trim().slice(0, LONGEST_NAME),
    createdAt: systemClock.now(),
  });
  terminal.line(`Account ${id}${name ? ` (${name})` : ''}.`);
  terminal.line(`Import into it:   groovelake import my_spotify_data.zip --account ${id}`);
  terminal.line(`A key that sees it: groovelake keys create NAME --account ${id}`);
  return 0;
}

async function forget({ config, terminal }: CommandParts, id: string | undefined): Promise<number> {
  if (id === undefined) {
    throw new InvalidInputError(
      'accounts forget names no account; the id of one is expected. "groovelake accounts" lists them.',
      {
        field: 'id',
        expected: 'the id of an account',
      },
    );
  }
  if (!(await hasFolder(config.dataDir, id))) throw new NotFoundError('account', id);
  const { runs, access, deliveries, close } = await openServerStores(config);
  try {
    const ports = { clock: systemClock, random: systemRandomness };
    const parts = { dataDir: config.dataDir, runs, access, deliveries, ...ports };
    const change = { action: 'forgetAccount', input: { id } };
    const forgotten = await audited({ access, clock: systemClock }, change, () => forgetAccount(parts, id));
    terminal.line(
      `Forgotten: account ${id}, its plays and its login; ${forgotten.keys} keys are revoked, ${forgotten.runs} runs name nothing of it. ` +
        "What the catalogue holds is nobody's and stays.",
    );
    if (forgotten.keys > 0) await sayWhetherClosed(access, terminal);
    if (forgotten.isUnscheduled)
      terminal.line(
        'HISTORY was scheduled for it and is switched off: "groovelake schedule HISTORY --reset" follows the configuration again.',
      );
    for (const left of forgotten.leftInLogs) terminal.error(left);
    return forgotten.leftInLogs.length === 0 ? 0 : 1;
  } finally {
    await close();
  }
}
