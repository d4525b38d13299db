// What an operator waits for:
// `node bench/runs/run.ts [--only zombie,cancel,statement,stop,boot,virtual] [--rows 200000] [--cancels 54] [--statements 10] [--data DIR] [--keep]`.
//
// A frozen worker until its run is fenced; a cancel until the run has ended, at random moments of each step of small runs and in the
// statements of a large TRANSFORM (cancels.ts); SIGTERM until exit 0 with 50 subscribers and 20 requests in flight; a boot amid wreckage; ten virtual years
// of schedules; 1,000 sequences of the run store against its model. --data keeps the
// prepared data folders there for the next time (nothing is measured while they are made); --keep appends the table to results.md.
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runProgram } from '../../test/end-to-end/process.ts';
import { type Cancelled, cancelRuns, SMALL_POINTS, STATEMENT_POINTS } from './cancels.ts';
import { bootAmidWreckage, ENV, freezeWorker, stopUnderLoad, withCopy } from './measures.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'zombie,cancel,statement,stop,boot,virtual' },
    rows: { type: 'string', default: '200000' },
    cancels: { type: 'string', default: '54' },
    statements: { type: 'string', default: '10' },
    data: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const wanted = values.only.split(',');
const ROUNDS = 3;

interface Line {
  readonly what: string;
  readonly n: number;
  /** Seconds. */
  readonly times: readonly number[];
  readonly goal: string;
  readonly said: string;
}
const lines: Line[] = [];
const root = mkdtempSync(join(tmpdir(), 'groovelake-bench-runs-'));

async function prepare(name: string, words: readonly string[]): Promise<string> {
  const dataDir = join(values.data ?? root, name);
  if (existsSync(join(dataDir, 'CURRENT'))) return dataDir;
  const { code, output } = await runProgram(words, { GROOVELAKE_DATA_DIR: dataDir });
  if (code !== 0) throw new Error(output);
  return dataDir;
}

async function prepareLarge(): Promise<string> {
  const csv = join(root, 'tracks_features.csv');
  if (!existsSync(join(values.data ?? root, 'large', 'CURRENT')))
    execFileSync(process.execPath, ['bench/import/generate-csv.ts', csv, values.rows]);
  const large = await prepare('large', ['import', csv]);
  rmSync(csv, { force: true });
  return large;
}

async function repeat<R>(count: number, work: () => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  while (results.length < count) results.push(await work());
  return results;
}

const seconds = (results: readonly { readonly ms: number }[]) => results.map(({ ms }) => ms / 1_000);
const bySteps = (cancelled: readonly Cancelled[]) =>
  [...Map.groupBy(cancelled, ({ step }) => step || 'before a worker has it')]
    .map(([step, of]) => `${step} ${of.length} (${Math.max(...seconds(of)).toFixed(2)} s)`)
    .join(', ');

/** Seconds that tests took, by vitest's own report. */
function timeTest(file: string, title: string): number {
  const text = execFileSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', file, '-t', title, '--reporter=json'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const report = JSON.parse(text.slice(text.indexOf('{"num'))) as {
    testResults: { assertionResults: { status: string; duration?: number }[] }[];
  };
  const passed = report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'passed'),
  );
  if (passed.length !== 1) throw new Error(`${file}: ${passed.length} tests passed, one is expected`);
  return (passed[0]?.duration ?? 0) / 1_000;
}

try {
  const small = await prepare('small', ['run', 'REFRESH', '--top', '3']);
  if (wanted.includes('zombie')) {
    const frozen = await repeat(ROUNDS, () => withCopy(small, freezeWorker));
    lines.push({
      what: 'worker frozen (SIGSTOP) until its run is CRASHED and fenced',
      n: ROUNDS,
      times: seconds(frozen),
      goal: '30 s',
      said: `woken later, ${frozen.filter(({ wasFenced }) => wasFenced).length} of ${ROUNDS} changed nothing and ended`,
    });
  }
  if (wanted.includes('cancel')) {
    const about = { points: SMALL_POINTS, count: Number(values.cancels), seed: 26, env: ENV };
    const cancelled = await withCopy(small, (dataDir) => cancelRuns(dataDir, about));
    lines.push({
      what: 'cancel of a REFRESH or TRANSFORM of three artists until CANCELLED',
      n: cancelled.length,
      times: seconds(cancelled),
      goal: 'p95 2 s',
      said: bySteps(cancelled),
    });
  }
  if (wanted.includes('stop')) {
    const stopped = await repeat(ROUNDS, () => withCopy(small, stopUnderLoad));
    lines.push({
      what: 'SIGTERM until exit, 50 subscribers and 20 requests in flight',
      n: ROUNDS,
      times: seconds(stopped),
      goal: '10 s, exit 0',
      said: stopped
        .map(
          ({ code, answered, completed }) =>
            `exit ${code}, ${answered} answered, ${completed} streams completed`,
        )
        .join('; '),
    });
  }
  if (wanted.includes('boot') || wanted.includes('statement')) {
    const large = await prepareLarge();
    if (wanted.includes('boot')) {
      for (const [name, base] of [
        ['three artists', small],
        [`${Number(values.rows).toLocaleString('en')} tracks`, large],
      ] as const) {
        const boots = await repeat(ROUNDS, () => withCopy(base, bootAmidWreckage));
        lines.push({
          what: `boot amid wreckage until ready, ${name}`,
          n: ROUNDS,
          times: seconds(boots),
          goal: '5 s',
          said: `${boots.reduce((sum, { leftRunning }) => sum + leftRunning, 0)} runs left under way after 3 s`,
        });
      }
    }
    if (wanted.includes('statement')) {
      const about = { points: STATEMENT_POINTS, count: Number(values.statements), seed: 27, env: ENV };
      const cancelled = await withCopy(large, (dataDir) => cancelRuns(dataDir, about));
      lines.push({
        what: `cancel within a DuckDB step of ${Number(values.rows).toLocaleString('en')} tracks until CANCELLED`,
        n: cancelled.length,
        times: seconds(cancelled),
        goal: 'max 10 s',
        said: bySteps(cancelled),
      });
    }
  }
  if (wanted.includes('virtual')) {
    lines.push({
      what: 'ten virtual years of four time zones, each due instant handled once',
      n: 1,
      times: [timeTest('test/pipeline/runs/scheduler.test.ts', 'virtual years')],
      goal: '10 s',
      said: '',
    });
    lines.push({
      what: '1,000 sequences of up to 60 commands against the model of a run store',
      n: 1,
      times: [timeTest('test/store/runs/run-store-model.test.ts', 'makes only legal moves')],
      goal: 'none',
      said: '',
    });
  }
} finally {
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
}

const quantile = (times: readonly number[], share: number) => {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
};
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const text = [
  `## ${new Date().toISOString().slice(0, 16)}Z, commit ${commit}, ${cpus().length} cores`,
  '',
  '| what | n | median s | p95 s | max s | goal | |',
  '|---|--:|--:|--:|--:|---|---|',
  ...lines.map(({ what, n, times, goal, said }) =>
    ['', what, n, ...[0.5, 0.95, 1].map((share) => quantile(times, share).toFixed(2)), goal, said, '']
      .join(' | ')
      .trim(),
  ),
  '',
].join('\n');
console.log(text);
if (values.keep) appendFileSync(join(import.meta.dirname, 'results.md'), `\n${text}`);
