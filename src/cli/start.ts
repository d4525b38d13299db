// groovelake start: the server, with the first run shown as it goes.

import { systemClock } from '../clock.ts';
import type { Config } from '../config.ts';
import { InvalidInputError } from '../errors.ts';
import type { FirstRun } from '../server/first-run.ts';
import { parseWords } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';
import { hearStop } from './hear-stop.ts';
import { createRunFinder } from './operator-local.ts';
import { describeEnd, watchRun } from './run-view.ts';

export const startCommand: Command = {
  run: start,
};

const ROLES = ['all', 'serve', 'worker'] as const;

function start(parts: CommandParts): Promise<number> {
  const { values } = parseWords(parts.words, 0, { role: { type: 'string' } });
  const role = ROLES.find((name) => name === (values.role ?? parts.config.role));
  if (!role) {
    throw new InvalidInputError(`--role is "${values.role}"; all, serve or worker is expected.`, {
      field: 'role',
      given: String(values.role),
      expected: ROLES.join(', '),
    });
  }
  const config = { ...parts.config, role };
  return role === 'worker' ? work({ ...parts, config }) : serve({ ...parts, config });
}

const hearOwn = () => hearStop({ clock: systemClock, process, exit: () => process.exit(1) });

/** Schedules and runs, without an API, until it is told to stop. */
async function work({ config, terminal, log }: CommandParts): Promise<number> {
  const stop = hearOwn();
  // Without what serves: GraphQL and the engine are most of what a server holds before anybody asks.
  const { startWorkerRole } = await import('../server/worker-role.ts');
  const role = await startWorkerRole(config, { log });
  terminal.line(`Groovelake works on runs of ${config.dataDir}; it serves nothing`);
  while (!stop.aborted) await systemClock.sleep(STILL_ALIVE_MS, stop).catch(() => {});
  terminal.line('Stopping: runs are parked');
  await role.stop();
  return 0;
}

/** A pending timer keeps the process alive; how long it is says nothing. */
const STILL_ALIVE_MS = 3_600_000;

/** Serves until it is told to stop. */
async function serve({ config, terminal, log }: CommandParts): Promise<number> {
  const stop = hearOwn();
  const { startGroovelake } = await import('../server.ts');
  const server = await startGroovelake(config, { log });
  terminal.line(`Groovelake is listening on ${server.url}/graphql`);
  if (server.firstRun) {
    terminal.line(describeFirstRun(server.firstRun, config));
    await watchRun(createRunFinder(server.runs, systemClock), server.firstRun.id, {
      terminal,
      clock: systemClock,
      signal: stop,
    }).then(
      (run) => stop.aborted || terminal.line(describeEnd(run, true)),
      () => {},
    );
  }
  const snapshot = server.findServedSnapshot();
  if (snapshot) terminal.line(`Serving snapshot ${snapshot.id}. Open ${server.url}/graphql in a browser.`);
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    stop.addEventListener('abort', () => resolve(), { once: true });
  });
  terminal.line('Stopping: requests finish, runs are parked');
  await server.stop();
  return 0;
}

function describeFirstRun({ pipeline, isDamaged }: FirstRun, { isSandbox }: Config): string {
  if (pipeline === 'TRANSFORM')
    return `${isDamaged ? 'No snapshot is whole' : 'There is no snapshot yet'}: building from what has landed`;
  const from = isSandbox ? 'the sandbox (synthetic data; no key is set)' : 'Spotify';
  const found = isDamaged ? 'No snapshot is whole, and no track has landed' : 'The data folder is empty';
  return `${found}: crawling ${from}`;
}
