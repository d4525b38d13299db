// Soak: node bench/api/soak.ts [--scale 28k] [--minutes 5] [--publish 10] [--csv FILE] [--folder FOLDER] [--keep]. All workloads at once for some
// minutes, nothing remembered, while a new snapshot is published every so many seconds (RELIABILITY c 35). Needs bench/api/run.ts to have
// run at the scale, which writes the requests. Prints memory over time, the slope after a minute of warm-up, files, threads, delays.
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareData, publishAgain } from './data.ts';
import { readLoopDelay, watchLoop } from './loop-delay.ts';
import { startServer } from './servers.ts';
import { WORKLOADS } from './workloads.ts';

const { values: options } = parseArgs({
  options: {
    scale: { type: 'string', default: '28k' },
    minutes: { type: 'string', default: '5' },
    publish: { type: 'string', default: '10' },
    connections: { type: 'string', default: '16' },
    csv: { type: 'string', default: '../shared/data/spotify_songs.csv' },
    folder: { type: 'string', default: join(tmpdir(), 'groovelake-bench-api') },
    keep: { type: 'boolean', default: false },
  },
});
const SAMPLE_MS = 5_000;
const WARM_UP_MS = 60_000;

interface Sample {
  readonly ms: number;
  readonly rssMiB: number;
  readonly files: number;
  readonly threads: number;
}

const folder = resolve(options.folder);
const data = await prepareData(resolve(options.csv), folder, options.scale);
const dataDir = join(folder, options.scale, 'lake-soak');
rmSync(dataDir, { recursive: true, force: true });
for (const name of ['CURRENT', 'snapshots', 'gold', 'artifacts'])
  cpSync(join(data.dataDir, name), join(dataDir, name), { recursive: true });
const delays = join(folder, 'loop-delay.jsonl');
const server = await startServer(
  {
    name: 'groovelake',
    kind: 'groovelake',
    env: { GROOVELAKE_ANSWER_CACHE_MB: '0', ...watchLoop(delays), GROOVELAKE_DATA_DIR: dataDir },
  },
  data,
  24_000 + (process.pid % 20_000),
  { folder, scale: options.scale },
);
try {
  const milliseconds = Number(options.minutes) * 60_000;
  const load = startLoad(milliseconds / 1_000);
  const samples: Sample[] = [];
  const started = performance.now();
  const sampling = setInterval(() => samples.push(sample(performance.now() - started)), SAMPLE_MS);
  let published = 0;
  await readLoopDelay(server.pid, delays);
  while (performance.now() - started < milliseconds) {
    const next = started + (published + 1) * Number(options.publish) * 1_000;
    await new Promise((done) => setTimeout(done, Math.max(0, next - performance.now())));
    await publishAgain({ ...data, dataDir });
    published += 1;
  }
  const result = await load;
  clearInterval(sampling);
  const loop = await readLoopDelay(server.pid, delays);
  await new Promise((done) => setTimeout(done, 3_000));
  const spilled = listFiles(join(dataDir, 'tmp'));
  const steady = samples.filter(({ ms }) => ms >= WARM_UP_MS);
  const range = (pick: (sample: Sample) => number) => {
    const values = steady.map(pick);
    return `${Math.min(...values)} to ${Math.max(...values)}`;
  };
  const lines = [
    `## Soak, ${options.scale}, ${new Date().toISOString().slice(0, 16)}Z`,
    '',
    `${options.connections} connections ask all workloads in turn for ${options.minutes} min with nothing remembered; ${published} snapshots published beside them.`,
    '',
    `- ${result.requests} answers (${Math.round(result.requests / (milliseconds / 1_000))}/s), ${result.errors} errors; p99 ${(result.p99 / 1_000).toFixed(0)} ms.`,
    `- Memory after the first minute ${range((s) => s.rssMiB)} MiB; slope ${slope(steady).toFixed(1)} MiB a minute.`,
    `- Open files ${range((s) => s.files)}; threads ${range((s) => s.threads)}; files left in the temp folder: ${spilled}.`,
    `- Event loop's delay, median / p99 / worst: ${[loop.p50, loop.p99, loop.worst].map((ms) => ms.toFixed(1)).join(' / ')} ms.`,
    `- Memory every 15 s, MiB: ${samples
      .filter((_, at) => at % 3 === 2)
      .map(({ rssMiB }) => rssMiB)
      .join(', ')}.`,
  ];
  console.log(lines.join('\n'));
  if (options.keep) appendFileSync(new URL('./results.md', import.meta.url), `\n${lines.join('\n')}\n`);
} finally {
  await server.stop();
}

function sample(ms: number): Sample {
  const { pid } = server;
  return {
    ms,
    rssMiB: server.rssMiB(),
    files: readdirSync(`/proc/${pid}/fd`).length,
    threads: readdirSync(`/proc/${pid}/task`).length,
  };
}

async function startLoad(seconds: number): Promise<{ requests: number; errors: number; p99: number }> {
  const bodies = Object.keys(WORKLOADS).map((name) =>
    readFileSync(join(folder, 'requests', `${options.scale}-${name}-groovelake.txt`), 'utf8')
      .trim()
      .split('\n'),
  );
  const mixed = Array.from({ length: 12_000 }, (_, at) => {
    const ofWorkload = bodies[at % bodies.length] as string[];
    return ofWorkload[Math.floor(at / bodies.length) % ofWorkload.length] as string;
  });
  const path = join(folder, 'requests-mixed.txt');
  writeFileSync(path, `${mixed.join('\n')}\n`);
  const script = new URL('./load.lua', import.meta.url).pathname;
  const wrk = spawn('wrk', [
    ...['-t', '1', '-c', options.connections, '-d', `${seconds}s`, '--latency', '--timeout', '30s'],
    ...['-s', script, `http://127.0.0.1:${server.port}`, '--', path, '0'],
  ]);
  let output = '';
  wrk.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  await new Promise((done) => wrk.once('exit', done));
  const [, found = '{}'] = /^RESULT (.*)$/m.exec(output) ?? [];
  return { requests: 0, errors: 0, p99: 0, ...(JSON.parse(found) as object) };
}

/** Of the least-squares line through memory over time. */
function slope(samples: readonly Sample[]): number {
  const mean = (pick: (sample: Sample) => number) =>
    samples.reduce((sum, each) => sum + pick(each), 0) / samples.length;
  const [x, y] = [mean(({ ms }) => ms / 60_000), mean(({ rssMiB }) => rssMiB)];
  const over = samples.reduce((sum, { ms, rssMiB }) => sum + (ms / 60_000 - x) * (rssMiB - y), 0);
  return over / samples.reduce((sum, { ms }) => sum + (ms / 60_000 - x) ** 2, 0);
}

function listFiles(path: string): number {
  if (!existsSync(path)) return 0;
  return readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
}
