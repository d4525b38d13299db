// groovelake start: the server, with the first run shown as it goes.

import { systemClock } from '../clock.ts';
import { startGroovelake } from '../server.ts';
import type { Command, CommandParts } from './command.ts';
import { describeEnd, watchRun } from './run-view.ts';

export const startCommand: Command = {
  name: 'start',
  usage: 'start',
  does: 'serve the API; on an empty data folder crawl the sandbox first',
  run: serve,
};

/** Serves until it is told to stop; a second signal ends it at once. */
async function serve({ config, terminal, log }: CommandParts): Promise<number> {
  const server = await startGroovelake(config, { log });
  terminal.line(`Groovelake is listening on ${server.url}/graphql`);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(1);
      stop.abort();
    });
  }
  if (server.firstRunId !== null) {
    const from = config.isSandbox ? 'the sandbox (synthetic data; no key is set)' : 'Spotify';
    terminal.line(`The data folder is empty: crawling ${from}`);
    await watchRun(server.runs, server.firstRunId, {
      terminal,
      clock: systemClock,
      signal: stop.signal,
    }).then(
      (run) => terminal.line(describeEnd(run)),
      () => {},
    );
  }
  const snapshot = server.findServedSnapshot();
  if (snapshot) terminal.line(`Serving snapshot ${snapshot.id}. Open ${server.url}/graphql in a browser.`);
  await new Promise<void>((resolve) => {
    if (stop.signal.aborted) resolve();
    stop.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  terminal.line('Stopping: requests finish, runs are parked');
  await server.stop();
  return 0;
}
