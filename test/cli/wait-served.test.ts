import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { retryCommand } from '../../src/cli/control-run.ts';
import { runCommand } from '../../src/cli/runs.ts';
import { snapshotsCommand } from '../../src/cli/snapshots.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { waitServed } from '../../src/cli/wait-served.ts';
import { systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { lockDataDir } from '../../src/store/server-lock.ts';
import { openPublisher } from '../fixtures/published.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

/** A folder in which something is published, and a server on it that says what it serves. */
async function open() {
  const dataDir = makeTempFolder();
  const publisher = await openPublisher(dataDir);
  const old = await publisher.publish({ 'gold.tracks': 'select 1 as n' });
  const published = await publisher.publish({ 'gold.tracks': 'select 2 as n' });
  let asked = 0;
  let say: () => object = () => ({ status: 'ready', snapshot: { id: old.id, ageSeconds: 1 } });
  const server = createServer((_request, response) => {
    asked += 1;
    response.end(JSON.stringify(say()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const lock = await lockDataDir(dataDir);
  await lock.announce(`http://127.0.0.1:${port}`);
  onTestFinished(async () => {
    await lock.release();
    server.close();
    await publisher.close();
  });
  const said: string[] = [];
  const printed: string[] = [];
  const terminal = createTerminal(
    { write: (text) => printed.push(text) },
    { write: (text) => said.push(text) },
  );
  const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir });
  const wait = (longestMs?: number) => waitServed({ config, terminal }, longestMs);
  return {
    parts: { config, terminal, log: silentLog },
    old,
    published,
    said,
    printed,
    server,
    wait,
    countAsked: () => asked,
    serve: (next: typeof say) => {
      say = next;
    },
  };
}

it('a command that publishes waits until the running server serves it', async () => {
  const { published, said, wait, serve, countAsked } = await open();
  let isOver = false;
  const waiting = wait().then((servedBy) => {
    isOver = true;
    return servedBy;
  });
  while (countAsked() < 3) await systemClock.sleep(20);
  expect(isOver).toBe(false);
  serve(() => ({ status: 'ready', snapshot: { id: published.id, ageSeconds: 0 } }));
  expect(await waiting).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(said).toEqual([]);
});

it('without a key the age of what is served tells whether it is the new one', async () => {
  const { published, wait, serve, said } = await open();
  const age = () => Math.floor((systemClock.now() - Date.parse(published.publishedAt)) / 1_000);
  serve(() => ({ status: 'ready', snapshot: { ageSeconds: age() + 60 } }));
  await wait(300);
  expect(said.join('')).toMatch(/answers from the one before/);
  serve(() => ({ status: 'degraded', snapshot: { ageSeconds: age() } }));
  await wait();
  expect(said).toHaveLength(1);
});

it('a server that does not serve it in time is named, and what that means', async () => {
  const { published, wait, said, serve } = await open();
  serve(() => ({ status: 'starting' }));
  expect(await wait(300)).toBeUndefined();
  expect(said.join('')).toMatch(
    new RegExp(
      `server at http://127.0.0.1:\\d+ does not serve snapshot ${published.id} yet.*answers from none`,
    ),
  );
});

it('nothing is waited for where no server answers', async () => {
  const { wait, said, server } = await open();
  server.close();
  server.closeAllConnections();
  expect(await wait()).toBeNull();
  expect(said).toEqual([]);
});

it('a rollback says who serves what was gone back to', async () => {
  const { parts, old, said, printed } = await open();
  expect(await snapshotsCommand.run({ ...parts, words: ['--rollback', old.id] })).toBe(0);
  expect(printed.join('')).toMatch(
    new RegExp(`^The server at http://127.0.0.1:\\d+ serves snapshot ${old.id}, published `),
  );
  expect(said).toEqual([]);
});

it.each([
  ['run', runCommand, ['TRANSFORM']],
  ['retry', retryCommand, ['r']],
])('a %s that the server has finished is over when what it published is served', async (_name, command, words) => {
  const { parts, old, published, serve, countAsked } = await open();
  const run = {
    ...{ id: 'r', pipeline: 'TRANSFORM', status: 'SUCCEEDED', attempt: 1, trigger: 'CLI', parameters: {} },
    ...{ createdAt: '2026-11-27T05:00:00Z', steps: [], error: null },
    progress: { done: null, total: null, message: null, remainingSeconds: null },
  };
  // One answer to whatever is asked: its health, what was triggered or tried again, and the run.
  const say = (id: string) => () => ({
    ...{ status: 'live', snapshot: { id, ageSeconds: 0 } },
    data: { result: { __typename: 'Success', wasStarted: true, run }, run },
  });
  serve(say(old.id));
  let isOver = false;
  const running = command.run({ ...parts, words }).then((code) => {
    isOver = true;
    return code;
  });
  while (countAsked() < 10) await systemClock.sleep(20);
  expect(isOver).toBe(false);
  serve(say(published.id));
  expect(await running).toBe(0);
});
