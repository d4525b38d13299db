// groovelake keys: makes, lists and revokes API keys in the data folder. Whoever may write there is admin; a running server sees the
// change with its next request.
import { systemClock, systemRandomness, toIso } from '../clock.ts';
import type { Config } from '../config.ts';
import { InvalidInputError, NotFoundError } from '../errors.ts';
import { showControls } from '../log.ts';
import { findNearMiss } from '../near-miss.ts';
import type { AccessStore, ApiKey } from '../store/access/access-store.ts';
import { createApiKey, findKeyId, isUsable, readScope } from '../store/access/api-keys.ts';
import { prepareDataDir, requireWritableDataDir } from '../store/data-dir.ts';
import { findAccount } from '../store/listening/accounts.ts';
import { openAccessStore } from '../store/open-stores.ts';
import { type Parsed, parseWords, readWholeNumber, refuseMore } from './arguments.ts';
import { audited, COMMAND_LINE } from './audited.ts';
import type { Command, CommandParts } from './command.ts';
import { requireOwnFolder } from './local-only.ts';
import type { Terminal } from './terminal.ts';

export const keysCommand: Command = {
  run: manageKeys,
};

const ACTIONS = { create, list, revoke, open } as const;
/** How what changes keys is done on a server elsewhere. */
const INSTEAD: Record<keyof typeof ACTIONS, string | null> = {
  list: null,
  create: 'Ask it for createApiKey with a key of scope admin.',
  revoke: 'Ask it for revokeApiKey with a key of scope admin.',
  open: "Give the command on that server's machine.",
};
const EXPECTED = 'create, list, revoke or open';
const DAY_MS = 24 * 3_600_000;

async function manageKeys({ words, config, terminal }: CommandParts): Promise<number> {
  const parsed = parseWords(words, Infinity, {
    scope: { type: 'string' },
    days: { type: 'string' },
    account: { type: 'string' },
    json: { type: 'boolean' },
  });
  const [given = 'list', ...rest] = parsed.positionals;
  if (!isVerb(given)) {
    const near = findNearMiss(given, Object.keys(ACTIONS));
    throw new InvalidInputError(
      `keys has no "${given}"; ${EXPECTED} is expected.${near ? ` Did you mean "${near}"?` : ''}`,
      { field: 'action', given, expected: EXPECTED },
    );
  }
  // In MongoDB they are the keys of every server that shares it.
  const [action, instead] = [ACTIONS[given], INSTEAD[given]];
  if (instead !== null && config.mongodbUri === undefined)
    await requireOwnFolder(config, `keys ${given}`, instead);
  // The first key may come before the first start.
  if (config.mongodbUri === undefined)
    await (action === create ? prepareDataDir : requireWritableDataDir)(config.dataDir);
  const store = await openAccessStore(config);
  try {
    return await action({ store, terminal, parsed, rest, config });
  } finally {
    await store.close();
  }
}

function isVerb(given: string): given is keyof typeof ACTIONS {
  return Object.hasOwn(ACTIONS, given);
}

interface Parts {
  readonly store: AccessStore;
  readonly terminal: Terminal;
  readonly parsed: Parsed;
  readonly config: Config;
  /** The words behind the action. */
  readonly rest: readonly string[];
}

async function create({ store, terminal, parsed, rest, config }: Parts): Promise<number> {
  const now = systemClock.now();
  const days = readWholeNumber(parsed, 'days');
  const scope = readScope(String(parsed.values.scope ?? 'read'));
  const accountId = parsed.values.account === undefined ? null : String(parsed.values.account);
  if (accountId !== null && !(await findAccount(config.dataDir, accountId)))
    throw new NotFoundError('account', accountId, { hint: '"groovelake accounts" lists them.' });
  const expiresAt = days === undefined ? null : now + days * DAY_MS;
  const input = { name: rest.join(' '), scope, expiresAt, accountId };
  const { key, text } = await audited(
    { access: store, clock: systemClock },
    { action: 'createApiKey', input },
    () => createApiKey(store, { ...input, createdBy: COMMAND_LINE.actor }, { now, random: systemRandomness }),
  );
  if (parsed.values.json) terminal.line(JSON.stringify({ ...describe(key), text }, null, 2));
  else {
    terminal.line(`Key ${key.id} "${key.name}", scope ${key.scope}. It is shown this once:`);
    terminal.line(text);
  }
  const lack = await findAdminLack(store, config);
  if (lack !== null) terminal.error(`groovelake: ${lack}`);
  return 0;
}

/** What to say while no key is of scope admin, though each request needs one; null where one is, or a server may know another way. */
export async function findAdminLack(
  store: Pick<AccessStore, 'listKeys'>,
  { apiKey, jwtIssuer }: Pick<Config, 'apiKey' | 'jwtIssuer'>,
): Promise<string | null> {
  const isServersOwn = apiKey !== undefined && findKeyId(apiKey) === null;
  const scopes = (await listUsable(store)).map(({ scope }) => scope);
  if (isServersOwn || jwtIssuer !== undefined || scopes.includes('admin')) return null;
  const lacking = scopes.includes('operate') ? 'make keys' : 'start runs or make keys';
  return (
    `From now on every request needs a key, and none is of scope admin: nobody can ${lacking} through the server. ` +
    'Make one for yourself: "groovelake keys create NAME --scope admin".'
  );
}

async function list({ store, terminal, parsed, rest }: Parts): Promise<number> {
  refuseMore(rest, 0);
  const keys = await store.listKeys();
  if (parsed.values.json) terminal.line(JSON.stringify(keys.map(describe), null, 2));
  else {
    for (const key of keys) {
      const used = key.lastUsedAt === null ? 'never used' : `used ${toIso(key.lastUsedAt)}`;
      terminal.line(
        `${key.id}  ${key.scope.padEnd(7)}  ${stateOf(key).padEnd(32)}  ${used}  ${showControls(key.name)}`,
      );
    }
    if (keys.length === 0)
      terminal.line('No keys. Make the first for yourself: groovelake keys create NAME --scope admin');
  }
  return 0;
}

async function revoke({ store, terminal, rest }: Parts): Promise<number> {
  refuseMore(rest, 1);
  const [id = ''] = rest;
  const key = await audited(
    { access: store, clock: systemClock },
    { action: 'revokeApiKey', input: { id } },
    () => store.revokeKey(id, systemClock.now()),
  );
  if (!key) throw new NotFoundError('key', id);
  terminal.line(`Key ${key.id} "${key.name}" is revoked.`);
  await sayWhetherClosed(store, terminal);
  return 0;
}

/** Says what follows when no key works any more. */
export async function sayWhetherClosed(
  store: Pick<AccessStore, 'listKeys'>,
  terminal: Pick<Terminal, 'line'>,
): Promise<void> {
  if ((await listUsable(store)).length > 0) return;
  terminal.line(
    'No key made here works any more, and the server stays closed to whoever has none. Make one with "groovelake keys create NAME --scope admin", ' +
      'or let everybody on this machine in without one by "groovelake keys open".',
  );
}

/** A server that had a key is open again only when somebody who may write into the folder says so. */
async function open({ store, terminal, rest }: Parts): Promise<number> {
  refuseMore(rest, 0);
  const usable = await listUsable(store);
  if (usable.length > 0) {
    const named = usable.map(({ id, name }) => `${id} "${name}"`).join(', ');
    throw new InvalidInputError(
      `keys open removes keys that no longer work, and ${usable.length} still ${usable.length === 1 ? 'does' : 'do'}: ${named}. ` +
        'Revoke them first: "groovelake keys revoke ID".',
      { field: 'action', given: 'open', expected: 'no key that works' },
    );
  }
  await audited({ access: store, clock: systemClock }, { action: 'removeApiKeys', input: {} }, () =>
    store.removeKeys(),
  );
  terminal.line(
    'No key is left. On a loopback address everybody on this machine is admin again, and whatever a proxy on it passes on without saying so.',
  );
  return 0;
}

async function listUsable(store: Pick<AccessStore, 'listKeys'>): Promise<ApiKey[]> {
  return (await store.listKeys()).filter((key) => isUsable(key, systemClock.now()));
}

/** A key as shown: without its hash. */
function describe({ hash: _, ...key }: ApiKey): object {
  return key;
}

function stateOf(key: ApiKey): string {
  if (key.revokedAt !== null) return `revoked ${toIso(key.revokedAt)}`;
  if (key.expiresAt === null) return 'valid';
  return `${key.expiresAt > systemClock.now() ? 'until' : 'expired'} ${toIso(key.expiresAt)}`;
}
