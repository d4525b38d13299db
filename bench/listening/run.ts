// The year in review: `node bench/listening/run.ts [--plays 1000000] [--data FOLDER] [--keep]` (Linux: it reads /proc).
//
// Publishes the sandbox's catalogue and imports an invented export (write-export.ts) with the command line, unless FOLDER holds them from a
// run before. Then a server is asked for `wrapped`: at once when it says that it is ready, seconds later, for years that nobody asked for yet,
// for the same year again, by field, and after the account was closed. Wall time, and the server's own processor time and memory; how busy
// the machine was stands above the table.
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ask, runProgram, startServer } from '../../test/end-to-end/process.ts';

const { values } = parseArgs({
  options: {
    plays: { type: 'string', default: '1000000' },
    data: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const root = mkdtempSync(join(tmpdir(), 'groovelake-bench-listening-'));
const dataDir = values.data ?? join(root, 'data');
const ROUNDS = 15;
const TICKS_PER_SECOND = 100;
type Server = Awaited<ReturnType<typeof startServer>>;
const SETTLED_MS = 3_000;
/** An account that is open is closed so long after its last question, at the next look. */
const IDLE_MS = 5_000;
const LOOK_MS = 10_000;
const YEARS = [2017, 2018, 2019, 2020, 2021, 2022, 2023, 2024];

const FIELDS: Readonly<Record<string, string>> = {
  totals: 'totals { plays minutes tracks artists albums days newTracks newArtists skippedShare minorShare }',
  before: 'before { totals { plays minutes } }',
  topTracks:
    'topTracks(first: 10) { rank name artistName plays track { audioFeatures { danceability energy valence } } }',
  topArtists: 'topArtists(first: 10) { rank name plays }',
  topGenres: 'topGenres(by: MINUTES, first: 5) { name minutes }',
  rhythm: 'rhythm(by: HOUR) { label plays }',
  longestStreak: 'longestStreak { days from to }',
  sessions: 'sessions { count averageMinutes longestMinutes }',
  taste: 'taste { feature mine catalogue }',
  tempo: 'tempo { mean median bins { from plays } }',
};
const EVERYTHING = Object.values(FIELDS).join(' ');
/** A zone for each field: its years begin at instants of their own, so that no answer is one from before. */
const ZONES = [
  'Asia/Tokyo',
  'Asia/Kolkata',
  'Asia/Dubai',
  'Africa/Nairobi',
  'Africa/Lagos',
  'America/Sao_Paulo',
  'America/Halifax',
  'America/Chicago',
  'America/Denver',
  'Pacific/Auckland',
];

async function run(...words: string[]): Promise<void> {
  const { code, output } = await runProgram(words, { GROOVELAKE_DATA_DIR: dataDir });
  if (code !== 0) throw new Error(output);
}

const readCpuMs = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
};
const readMemoryMb = ({ child }: Server): number =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1_024);
const quantile = (times: readonly number[], share: number) =>
  [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.ceil(share * times.length) - 1)] ?? 0;

const lines: string[] = [];

async function measure(
  { url, child }: Server,
  name: string,
  rounds: readonly { year: number; zone: string }[],
  fields: string,
): Promise<void> {
  const cpu = readCpuMs(child.pid ?? 0);
  const times: number[] = [];
  for (const { year, zone } of rounds) {
    const began = performance.now();
    const answer = await ask(url, `{ me { wrapped(year: ${year}, timeZone: "${zone}") { ${fields} } } }`);
    times.push(performance.now() - began);
    if (!JSON.stringify(answer).includes('"wrapped":{"')) throw new Error(JSON.stringify(answer));
  }
  const cpuMs = (readCpuMs(child.pid ?? 0) - cpu) / rounds.length;
  lines.push(
    `| ${name} | ${quantile(times, 0.5).toFixed(0)} ms | ${quantile(times, 0.95).toFixed(0)} ms | ${cpuMs.toFixed(0)} ms |`,
  );
}

const yearsIn = (zone: string) => YEARS.map((year) => ({ year, zone }));

const busyBefore = loadavg()[0] ?? 0;
try {
  if (!existsSync(join(dataDir, 'listening'))) {
    await run('run', 'REFRESH');
    const folder = join(root, 'export');
    execFileSync(process.execPath, [join(import.meta.dirname, 'write-export.ts'), folder, values.plays]);
    await run('import', folder);
  }
  const atOnce = await startServer(dataDir);
  const first = { year: 2018, zone: 'Australia/Sydney' };
  await measure(atOnce, 'the first question, at once when the server is ready', [first], EVERYTHING);
  atOnce.child.kill('SIGTERM');
  await atOnce.exited;
  const server = await startServer(dataDir, { GROOVELAKE_ACCOUNT_IDLE_MS: String(IDLE_MS) });
  const before = readMemoryMb(server);
  await pause(SETTLED_MS);
  await measure(server, 'the first question, seconds later', [first], EVERYTHING);
  const same = { year: 2025, zone: 'Europe/Berlin' };
  await measure(server, 'a year not asked for before', yearsIn('Europe/Berlin'), EVERYTHING);
  await measure(server, 'the same year again', Array(ROUNDS).fill(same), EVERYTHING);
  const memory = `${before} MB when it is ready, ${readMemoryMb(server)} MB with the account open`;
  for (const [at, [name, fields]] of Object.entries(FIELDS).entries())
    await measure(server, `${name} alone, not asked for before`, yearsIn(ZONES[at] ?? 'UTC'), fields);
  await pause(2 * LOOK_MS + IDLE_MS);
  await measure(server, 'the first question after it was closed', [first], EVERYTHING);
  server.child.kill('SIGTERM');
  await server.exited;
  lines.push('', `Resident memory of the server: ${memory}.`);
} finally {
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
}

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const busyAfter = loadavg()[0] ?? 0;
const text = [
  `## ${new Date().toISOString().slice(0, 16)}Z, commit ${commit}, ${cpus().length} cores, load ${busyBefore.toFixed(1)} before and ${busyAfter.toFixed(1)} after`,
  '',
  '| wrapped | median | p95 | processor |',
  '|---|--:|--:|--:|',
  ...lines,
  '',
].join('\n');
console.log(text);
if (values.keep) appendFileSync(join(import.meta.dirname, 'results.md'), `\n${text}`);
