// groovelake sandbox: the sandbox alone, for whoever writes a client of Spotify, kworb or ReccoBeats. docs/sandbox.md is its manual.
import { systemClock, toIso } from '../clock.ts';
import { InvalidInputError } from '../errors.ts';
import { parseFault } from '../sources/sandbox/fault-text.ts';
import type { LoggedRequest } from '../sources/sandbox/faults.ts';
import { type Sandbox, startSandbox } from '../sources/sandbox/server.ts';
import { describeSettings, parseSetting, type SandboxSettings } from '../sources/sandbox/settings.ts';
import { type Parsed, parseWords, readPort, readWholeNumber } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';
import { exportSandbox } from './sandbox-export.ts';

export const sandboxCommand: Command = {
  run: serveSandbox,
};

export function describeUsage(): string {
  return USAGE + describeSettings().join('\n          ');
}

const USAGE = `groovelake sandbox [--profile extended|devOld|dev2026] [--port N] [--seed N] [--artists N] [--window N] [--quota FAMILY=N]...
                   [--fault FAMILY[#NTH[xTIMES]]=ANSWER]... [--set NAME=VALUE]... [--quiet]
groovelake sandbox export FOLDER [--edition extended|old|short] [--years N] [--seed N]

  --window N    most API calls of a client in any 30 s
  --quota       most calls of a family before its quota is used up for a day, e.g. artist-albums=100
  --fault       e.g. albums#3=502, token=401, tracks#2x3=slow:2000, artist-albums#2=endless, albums#9=profile:dev2026
  --set         a setting to begin with; it can be changed while the sandbox runs
  --quiet       no line per request

Settings: `;

/** Serves until it is told to stop. */
async function serveSandbox(parts: CommandParts): Promise<number> {
  const { words, terminal } = parts;
  if (words[0] === 'export') return exportSandbox({ ...parts, words: words.slice(1) });
  const parsed = parseWords(words, 0, {
    profile: { type: 'string' },
    port: { type: 'string' },
    seed: { type: 'string' },
    artists: { type: 'string' },
    window: { type: 'string' },
    quota: { type: 'string', multiple: true },
    fault: { type: 'string', multiple: true },
    set: { type: 'string', multiple: true },
    quiet: { type: 'boolean' },
  });
  const isQuiet = parsed.values.quiet === true;
  const sandbox = await startSandbox({
    clock: systemClock,
    ...readNumbers(parsed),
    settings: readSettings(parsed),
    quotas: readQuotas(parsed),
    faults: listOf(parsed, 'fault').map(parseFault),
    onRequest: (entry) => {
      if (!isQuiet) terminal.line(describeRequest(entry));
    },
  });
  terminal.line(describeSandbox(sandbox));
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  await sandbox.close();
  terminal.line(summarize(sandbox));
  return 0;
}

function readNumbers(parsed: Parsed) {
  const number = (name: string) => readWholeNumber(parsed, name);
  const port = readPort(parsed);
  const [seed, artists, windowRequests] = ['seed', 'artists', 'window'].map(number);
  return {
    ...(port === undefined ? {} : { port }),
    ...(seed === undefined ? {} : { seed }),
    ...(artists === undefined ? {} : { artists }),
    ...(windowRequests === undefined ? {} : { windowRequests }),
  };
}

function readSettings(parsed: Parsed): Partial<SandboxSettings> {
  const { profile } = parsed.values;
  const given = listOf(parsed, 'set').map((text) => parseSetting(...splitPair(text, 'set', 'NAME=VALUE')));
  return Object.assign({}, ...given, typeof profile === 'string' ? parseSetting('profile', profile) : {});
}

function readQuotas(parsed: Parsed): Record<string, number> {
  const pairs = listOf(parsed, 'quota').map((text): [string, number] => {
    const [family, count] = splitPair(text, 'quota', 'FAMILY=N');
    if (!/^\d+$/.test(count)) splitPair('', 'quota', 'FAMILY=N');
    return [family, Number(count)];
  });
  return Object.fromEntries(pairs);
}

function splitPair(text: string, option: string, expected: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new InvalidInputError(`--${option} is "${text}"; ${expected} is expected.`, {
    field: option,
    given: text,
    expected,
  });
}

function listOf({ values }: Parsed, name: string): string[] {
  const given: unknown = values[name];
  return Array.isArray(given) ? given.map(String) : [];
}

/** The addresses as the environment of a process that shall use them. */
function describeSandbox(sandbox: Sandbox): string {
  const { catalogue } = sandbox;
  return [
    `The sandbox (profile ${sandbox.settings.profile}, seed ${catalogue.seed}) has ${catalogue.artists.length} artists, ${catalogue.albumById.size} albums, ${catalogue.trackById.size} tracks; all invented.`,
    `SPOTIFY_API_URL=${sandbox.apiUrl}`,
    `SPOTIFY_ACCOUNTS_URL=${sandbox.accountsUrl}`,
    `KWORB_URL=${sandbox.kworbUrl}`,
    `RECCOBEATS_URL=${sandbox.reccobeatsUrl}`,
    `SPOTIFY_CLIENT_ID=${sandbox.clientId}`,
    `SPOTIFY_CLIENT_SECRET=${sandbox.clientSecret}`,
    `Steer it at ${sandbox.controlUrl}/settings, /faults, /requests. Ctrl-C ends it.`,
  ].join('\n');
}

function describeRequest({ at, family, status, path }: LoggedRequest): string {
  return `${toIso(at).slice(11, 23)} ${String(status).padStart(3)} ${family.padEnd(16)} ${path.length > 120 ? `${path.slice(0, 119)}…` : path}`;
}

/** Requests by family and status, as a table. */
function summarize({ requests }: Sandbox): string {
  const counts = new Map<string, number>();
  for (const { family, status } of requests.entries) {
    const key = `${family.padEnd(16)} ${status || 'cut'}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const rows = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, count]) => `  ${key}  ${count}`);
  return [`${requests.entries.length} requests`, ...rows].join('\n');
}
