// Records docs/recordings/terminal.md anew: types commands into real terminals (tmux) and writes down what they show.
// npm run docs:recording   (needs tmux)
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const dataDir = mkdtempSync(join(tmpdir(), 'groovelake-recording-'));
const SOCKET = `groovelake-recording-${process.pid}`;
const TOO_LONG_MS = 120_000;
const PROMPT = '$ ';

const tmux = (...words: readonly string[]) =>
  execFileSync('tmux', ['-L', SOCKET, '-f', '/dev/null', ...words], { encoding: 'utf8' });

interface Terminal {
  type(command: string): void;
  /** What is on the screen, once it holds what is waited for. */
  until(what: RegExp): Promise<string>;
  clear(): Promise<void>;
}

async function openTerminal(name: string, env: Readonly<Record<string, string>>): Promise<Terminal> {
  const settings = Object.entries({ ...env, PS1: PROMPT }).map(([key, value]) => `${key}=${value}`);
  const shell = ['env', ...settings, 'bash', '--norc', '--noprofile'];
  tmux('new-session', '-d', '-s', name, '-x', '120', '-y', '40', '--', ...shell);
  const screen = () => tmux('capture-pane', '-p', '-t', name).trimEnd();
  const until: Terminal['until'] = async (what) => {
    for (let waited = 0; waited < TOO_LONG_MS; waited += 50) {
      const text = screen();
      if (what.test(text)) return text;
      await sleep(50);
    }
    throw new Error(`${what} did not come:\n${screen()}`);
  };
  const type = (command: string) => tmux('send-keys', '-t', name, command, 'Enter');
  return {
    type,
    until,
    clear: async () => {
      type('clear');
      await until(/^\$$/);
    },
  };
}

const READY = /\n\$$/;
const parts: string[] = [
  '# A session at the terminal',
  "Recorded by `npm run docs:recording` ([record-terminal.ts](record-terminal.ts)): two real terminals, a server (`npx groovelake start`) and, in Spotify's place, " +
    '`npx groovelake sandbox --profile dev2026 --fault track=slow:100`. Each block is what a screen showed at that moment.',
];
const say = (text: string) => void parts.push(text);
const show = (screen: string) => void parts.push(`\`\`\`\n${screen.replace(READY, '')}\n\`\`\``);
const idIn = (screen: string) => /\d{8}-\d{6}-[0-9a-f]{8}/.exec(screen)?.[0] ?? '';

async function record(): Promise<void> {
  const source = await openTerminal('source', {});
  source.type('npx groovelake sandbox --profile dev2026 --fault track=slow:100 --quiet --port 0');
  const printed = await source.until(/Steer it at \S+/);
  const sandbox = /Steer it at (\S+)\/settings/.exec(printed)?.[1];
  const addresses = Object.fromEntries(
    [...printed.matchAll(/^([A-Z_]+)=(\S+)$/gm)].map(([, key = '', value = '']) => [key, value]),
  );
  const env = {
    ...addresses,
    GROOVELAKE_DATA_DIR: dataDir,
    GROOVELAKE_CRAWL_TOP: '3',
    GROOVELAKE_CRAWL_WINDOW_REQUESTS: '1000000',
    GROOVELAKE_HTTP_RETRIES: '0',
    PORT: '0',
  };
  const server = await openTerminal('server', env);
  server.type('npx groovelake start');
  await server.until(/SUCCEEDED/);
  const first = await openTerminal('first', env);
  const second = await openTerminal('second', env);

  say('## Trigger, watch, cancel');
  first.type('npx groovelake run REFRESH --top 12 --batch-size 1');
  const going = await first.until(/ [3-9] of 9 artists/);
  show(going);
  const run = idIn(going);
  say('In another terminal:');
  second.type(`npx groovelake cancel ${run} --reason "the wrong list"`);
  show(await second.until(/CANCELLED.*\n\$$/s));
  say('And in the first, which says by its exit code that the run was cancelled:');
  await first.until(READY);
  first.type('echo $?');
  show(await first.until(/\n2\n\$$/));

  say(
    '## Retry from where it failed\n\nWhat was landed is not fetched again. Meanwhile the source fails at one album (a fault of the sandbox): the rest lands and is published, and the run is PARTIAL.',
  );
  const counts = (await (await fetch(`${sandbox}/requests/counts`)).json()) as Record<string, number>;
  await fetch(`${sandbox}/faults`, { method: 'POST', body: `album#${(counts.album ?? 0) + 5}=500` });
  await first.clear();
  first.type(`npx groovelake retry ${run}`);
  show(await first.until(/ [3-9] of 9 artists/));
  show(await first.until(/PARTIAL after.*\n\$$/s));
  say('The next retry fetches that album, its tracks and their features, and nothing else:');
  await first.clear();
  first.type(`npx groovelake retry ${run}`);
  show(await first.until(/SUCCEEDED after.*\n\$$/s));
  say('Now nothing is left to do:');
  await first.clear();
  first.type(`npx groovelake retry ${run}; echo $?`);
  show(await first.until(/\n\d+\n\$$/));

  say('## What the run says of itself');
  await second.clear();
  second.type(
    `npx groovelake logs ${run} | grep -E 'queued|attempt|CANCEL|crawl |again|PARTIAL|publish S' | sed 's/  {.*//'`,
  );
  show(await second.until(/publish SUCCEEDED.*publish SUCCEEDED.*\n\$$/s));
  await second.clear();
  second.type('npx groovelake runs');
  show(await second.until(/BOOT.*\n\$$/s));

  say('## kill -9 of the server and its worker, and a boot');
  await first.clear();
  await second.clear();
  first.type('npx groovelake run REFRESH --top 12 --force --no-wait');
  await first.until(/[0-9a-f]{8}\n\$$/);
  await sleep(2_000);
  const { pid } = JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8')) as { pid: number };
  const workers = execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
    .trim()
    .split('\n');
  first.type(`kill -9 ${pid} ${workers.join(' ')}`);
  await server.until(READY);
  await server.clear();
  server.type('npx groovelake start');
  await server.until(/listening on/);
  first.type('npx groovelake runs --first 1');
  const listed = await first.until(/CRASHED.*\n\$$/s);
  show(listed);
  say(
    'What a crash ended is queued again by itself, once (`GROOVELAKE_CRASH_RETRIES`); what it had landed is kept:',
  );
  let again = '';
  while (!again.includes('SUCCEEDED')) {
    await first.clear();
    first.type('npx groovelake runs --first 1');
    again = await first.until(/Z.*\n\$$/s);
  }
  show(again);
  await first.clear();
  first.type(
    `npx groovelake logs ${idIn(listed)} | grep -E 'queued|attempt|CRASHED|crawl |publish S' | sed 's/  {.*//'`,
  );
  show(await first.until(/publish SUCCEEDED.*\n\$$/s));
}

try {
  await record();
  writeFileSync(join(import.meta.dirname, 'terminal.md'), `${parts.join('\n\n')}\n`);
} finally {
  try {
    tmux('kill-server');
  } catch {
    // It has ended by itself.
  }
  await sleep(3_000);
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
}
