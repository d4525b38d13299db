// Memory of an import, step by step: `node bench/import/run.ts FILE [KEPT_DATA_FOLDER]` (Linux: it reads /proc).
//
// Imports the file with the command line into an empty folder, and looks every 100 ms at the resident memory of the command and its
// worker. Prints the peak of any one process within each step.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listFamily, readResidentMb } from '../processes.ts';

const [file, kept] = process.argv.slice(2);
if (!file) throw new Error('usage: run.ts FILE [KEPT_DATA_FOLDER]');
const dataDir = kept ?? mkdtempSync(join(tmpdir(), 'groovelake-bench-'));

const peaks = new Map<string, number>();
let peak = 0;
const child = spawn(process.execPath, ['bin/groovelake.js', 'import', file], {
  env: { ...process.env, GROOVELAKE_DATA_DIR: dataDir },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const timer = setInterval(() => {
  for (const pid of listFamily(child.pid ?? 0)) peak = Math.max(peak, readResidentMb(pid));
}, 100);

child.stdout.setEncoding('utf8').on('data', (text: string) => {
  process.stdout.write(text);
  for (const line of text.split('\n')) {
    const step = /^\s+(\w+)\s+(?:SUCCEEDED|SKIPPED|PARTIAL|FAILED)/.exec(line)?.[1];
    if (!step) continue;
    peaks.set(step, peak);
    peak = 0;
  }
});
const code = await new Promise<number | null>((done) => child.on('exit', done));
clearInterval(timer);
if (!kept) rmSync(dataDir, { recursive: true });
console.log(`\nexit code ${code}\n\n| step | peak of any one process, MB |\n|---|--:|`);
for (const [step, megabytes] of peaks) console.log(`| ${step} | ${Math.round(megabytes)} |`);
