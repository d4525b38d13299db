// From landing to a published snapshot, beside the job of the system we replace and beside bare SQL, in turn:
// `node bench/etl/run.ts NDJSON_FOLDER YARDSTICK_FOLDER PYTHON [ROUNDS]`.
//
// NDJSON_FOLDER is what generate_landing.py of the yardstick wrote; PYTHON has pyspark 3.5 (Java 17). Per round: PySpark, bare DuckDB, our
// build of everything without five artists, and the batch that brings them. Peak memory is that of the largest process.
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepCompiled } from '../keep-compiled.ts';
import { listFamily, readCpuSeconds, readResidentMb } from '../processes.ts';

const [from, yardstick, python, rounds = '3'] = process.argv.slice(2);
if (!from || !yardstick || !python)
  throw new Error('usage: run.ts NDJSON_FOLDER YARDSTICK_FOLDER PYTHON [ROUNDS]');

keepCompiled();

interface Figures {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
}
const figures = new Map<string, Figures[]>();
const work = mkdtempSync(join(tmpdir(), 'groovelake-bench-'));
const landed = join(work, 'landed');
execFileSync(process.execPath, ['bench/etl/load-landing.ts', from, landed, '5'], { stdio: 'inherit' });

for (let round = 0; round < Number(rounds); round++) {
  const out = join(work, 'out');
  await measure('PySpark, the whole job', python, [join(yardstick, 'spark_job.py'), from, out]);
  rmSync(out, { recursive: true });
  // The job is a module that resolves its engine from where it lies: it is run from here.
  copyFileSync(join(yardstick, 'duckdb_job.mjs'), 'bench/etl/.duckdb_job.mjs');
  await measure('DuckDB, bare SQL', process.execPath, ['bench/etl/.duckdb_job.mjs', from, out]);
  rmSync('bench/etl/.duckdb_job.mjs');
  rmSync(out, { recursive: true });
  mkdirSync(out);
  for (const file of readdirSync(landed)) copyFileSync(join(landed, file), join(out, file));
  // As a worker is started.
  const publish = ['--expose-gc', 'bench/etl/publish.ts', out];
  await measure('Groovelake, everything', process.execPath, publish);
  await measure('Groovelake, one batch of five artists', process.execPath, [...publish, 'second']);
  rmSync(out, { recursive: true });
}
rmSync(work, { recursive: true });

console.log(`\n${cpus().length} cores, ${rounds} rounds, medians\n`);
console.log('| | s | processor s | peak MB |\n|---|--:|--:|--:|');
for (const [name, found] of figures) {
  const middle = (pick: (figure: Figures) => number) =>
    found.map(pick).sort((a, b) => a - b)[Math.floor(found.length / 2)] ?? 0;
  console.log(
    `| ${name} | ${middle((f) => f.seconds).toFixed(1)} | ${middle((f) => f.cpuSeconds).toFixed(1)} | ${middle((f) => f.peakMb).toFixed(0)} |`,
  );
}

/**
 * Runs a program to its end. Its processor time is what its processes were last seen to have spent: the shell's account leaves out a JVM
 * that nobody waits for.
 */
async function measure(name: string, program: string, words: readonly string[]): Promise<void> {
  // What was copied or written before is not for this one to wait for.
  execFileSync('sync');
  const child = spawn('bash', ['-c', 'TIMEFORMAT="%R"; time "$0" "$@"', program, ...words], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let heard = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
  });
  let peakMb = 0;
  const spent = new Map<number, number>();
  const timer = setInterval(() => {
    for (const pid of listFamily(child.pid ?? 0)) {
      peakMb = Math.max(peakMb, readResidentMb(pid));
      spent.set(pid, Math.max(spent.get(pid) ?? 0, readCpuSeconds(pid)));
    }
  }, 100);
  const code = await new Promise<number | null>((done) => child.on('exit', done));
  clearInterval(timer);
  // Behind whatever the program drew without ending its line.
  const seconds = Number(/([\d.]+)\s*$/.exec(heard)?.[1]);
  if (code !== 0 || Number.isNaN(seconds))
    throw new Error(`${name} ended with ${code}: ${heard.slice(-2_000)}`);
  const cpuSeconds = [...spent.values()].reduce((sum, each) => sum + each, 0);
  figures.set(name, [...(figures.get(name) ?? []), { seconds, cpuSeconds, peakMb }]);
  console.error(`${name}: ${seconds} s, ${cpuSeconds.toFixed(1)} processor s, ${peakMb.toFixed(0)} MB`);
}
