// Overload: node bench/api/overload.ts [--scale 28k] [--seconds 20] [--csv FILE] [--folder FOLDER] [--keep]. Dear operations come from many
// connections at once, none of them remembered, while cheap ones and /health/live are asked evenly (RELIABILITY c 22 and 23).
// Prints what became of each, and how soon the server is itself again.
import { spawn } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { waitForColumns } from './columns-ready.ts';
import { prepareData } from './data.ts';
import { type LoopDelay, readLoopDelay, watchLoop } from './loop-delay.ts';
import { type MeasuredServer, startServer } from './servers.ts';

const { values: options } = parseArgs({
  options: {
    scale: { type: 'string', default: '28k' },
    seconds: { type: 'string', default: '20' },
    connections: { type: 'string', default: '64' },
    csv: { type: 'string', default: '../shared/data/spotify_songs.csv' },
    folder: { type: 'string', default: join(tmpdir(), 'groovelake-bench-api') },
    keep: { type: 'boolean', default: false },
  },
});
const PROBE_MS = 50;
const RECOVERY_SECONDS = 5;

const folder = resolve(options.folder);
const delays = join(folder, 'loop-delay.jsonl');
const data = await prepareData(resolve(options.csv), folder, options.scale);
const server = await startServer(
  { name: 'groovelake', kind: 'groovelake', env: { GROOVELAKE_ANSWER_CACHE_MB: '0', ...watchLoop(delays) } },
  data,
  24_000 + (process.pid % 20_000),
  { folder, scale: options.scale },
);
try {
  // Statistics are computed from columns in memory once these have been read.
  await waitForColumns(server);
  await probe(server, 2);
  await readLoopDelay(server.pid, delays);
  const before = await probe(server, 3);
  const load = startDearLoad(server);
  const during = await probe(server, Number(options.seconds));
  const dear = await load;
  const after = await probe(server, RECOVERY_SECONDS);
  const lines = [
    `## Overload, ${options.scale}, ${new Date().toISOString().slice(0, 16)}Z`,
    '',
    `${options.connections} connections ask distinct dear operations (cost 23) for ${options.seconds} s: ${dear.requests} answers, ${dear.refused} of them 503. Beside them one cheap query and one /health/live every ${PROBE_MS} ms.`,
    '',
    '| ms, median / p99 / worst | before | under load | in the 5 s after |',
    '|---|--:|--:|--:|',
    ...(['cheap', 'health'] as const).map(
      (what) => `| ${what} | ${tell(before[what])} | ${tell(during[what])} | ${tell(after[what])} |`,
    ),
    `| event loop's delay | ${tellLoop(before)} | ${tellLoop(during)} | ${tellLoop(after)} |`,
    `| cheap answers refused | ${before.refused} | ${during.refused} | ${after.refused} |`,
    '',
    `Memory of the server at the most: ${server.peakMiB()} MiB.`,
  ];
  console.log(lines.join('\n'));
  if (options.keep) appendFileSync(new URL('./results.md', import.meta.url), `\n${lines.join('\n')}\n`);
} finally {
  await server.stop();
}

interface Probed {
  readonly cheap: number[];
  readonly health: number[];
  refused: number;
  readonly loop: LoopDelay;
}

/** Asks at an even pace, whether or not earlier answers have come. */
async function probe({ port }: MeasuredServer, seconds: number): Promise<Probed> {
  const found = { cheap: [] as number[], health: [] as number[], refused: 0 };
  const asked: Promise<void>[] = [];
  for (let at = 0; at < (seconds * 1_000) / PROBE_MS; at++) {
    const query = `{ tracks(first: 5, where: { popularity: { lte: ${at % 100} } }) { nodes { id name artists { name } } } }`;
    asked.push(
      timed(`http://127.0.0.1:${port}/graphql?query=${encodeURIComponent(query)}`).then(({ ms, status }) => {
        if (status === 200) found.cheap.push(ms);
        else found.refused += 1;
      }),
      timed(`http://127.0.0.1:${port}/health/live`).then(({ ms }) => void found.health.push(ms)),
    );
    await new Promise((done) => setTimeout(done, PROBE_MS));
  }
  await Promise.all(asked);
  return { ...found, loop: await readLoopDelay(server.pid, delays) };
}

async function timed(url: string): Promise<{ ms: number; status: number }> {
  const started = performance.now();
  const response = await fetch(url);
  await response.arrayBuffer();
  return { ms: performance.now() - started, status: response.status };
}

async function startDearLoad({ port }: MeasuredServer): Promise<{ requests: number; refused: number }> {
  const path = join(folder, 'requests-dear.txt');
  const bodies = Array.from({ length: 5_000 }, (_, at) =>
    JSON.stringify({
      query: `{ trackStats(where: { energy: { gte: ${at / 10_000} } }, groupBy: [GENRE, RELEASE_DECADE], first: 100) { nodes { count artistCount energy { median } tempo { median } } } }`,
    }),
  );
  writeFileSync(path, `${bodies.join('\n')}\n`);
  const script = new URL('./load.lua', import.meta.url).pathname;
  const wrk = spawn('wrk', [
    ...['-t', '1', '-c', options.connections, '-d', `${options.seconds}s`, '--latency', '--timeout', '30s'],
    ...['-s', script, `http://127.0.0.1:${port}`, '--', path, '0'],
  ]);
  let output = '';
  wrk.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  await new Promise((done) => wrk.once('exit', done));
  const [, found = '{}'] = /^RESULT (.*)$/m.exec(output) ?? [];
  const { requests = 0, errors = 0 } = JSON.parse(found) as { requests?: number; errors?: number };
  return { requests, refused: errors };
}

function tellLoop({ loop: { p50, p99, worst } }: Probed): string {
  return [p50, p99, worst].map((value) => value.toFixed(1)).join(' / ');
}

function tell(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return `${at(0.5).toFixed(1)} / ${at(0.99).toFixed(1)} / ${(sorted.at(-1) ?? 0).toFixed(1)}`;
}
