// How long a newcomer waits: `node bench/first-answer/run.ts [spotify_songs.csv] [rounds]`.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const csv = resolve(process.argv[2] ?? '../shared/data/spotify_songs.csv');
const rounds = Number(process.argv[3] ?? 3);

const results: Record<string, number[]> = {};
const note = (name: string, ms: number) => {
  results[name] = [...(results[name] ?? []), ms / 1000];
};

for (let round = 0; round < rounds; round++) {
  const dataDir = mkdtempSync(join(tmpdir(), 'groovelake-bench-'));
  note('first start, sandbox crawl to first answer', await timeStart(dataDir));
  note('second start to first answer', await timeStart(dataDir));
  rmSync(dataDir, { recursive: true });
  const importDir = mkdtempSync(join(tmpdir(), 'groovelake-bench-'));
  note('import of the real CSV to published snapshot', await timeCommand(['import', csv], importDir));
  note('alternative: DuckDB reads the CSV and writes two Parquet tables', await timeDuckDb(importDir));
  rmSync(importDir, { recursive: true });
}

console.log(`${cpus().length} cores, ${rounds} rounds, seconds\n`);
console.log('| what | median | min | max |\n|---|--:|--:|--:|');
for (const [name, values] of Object.entries(results)) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
  console.log(
    `| ${name} | ${middle.toFixed(2)} | ${(sorted[0] ?? 0).toFixed(2)} | ${(sorted.at(-1) ?? 0).toFixed(2)} |`,
  );
}

/** From the start of the process to an answer that holds a track; the process is then told to stop. */
async function timeStart(dataDir: string): Promise<number> {
  const started = performance.now();
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const child = spawn(process.execPath, ['bin/groovelake.js', 'start'], {
    env: { ...process.env, GROOVELAKE_DATA_DIR: dataDir, PORT: String(port) },
    stdio: 'ignore',
  });
  const exited = new Promise((done) => child.on('exit', done));
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/graphql?query={tracks(first:1){nodes{name}}}`)
      .then((response) => response.json() as Promise<{ data?: { tracks?: { nodes: unknown[] } } }>)
      .catch(() => null);
    if (answer?.data?.tracks?.nodes.length) break;
    await new Promise((done) => setTimeout(done, 20));
  }
  const took = performance.now() - started;
  child.kill('SIGTERM');
  await exited;
  return took;
}

async function timeCommand(words: readonly string[], dataDir: string): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, ['bin/groovelake.js', ...words], {
    env: { ...process.env, GROOVELAKE_DATA_DIR: dataDir },
    stdio: 'ignore',
  });
  const code = await new Promise((done) => child.on('exit', done));
  if (code !== 0) throw new Error(`groovelake ${words.join(' ')} ended with ${code}`);
  return performance.now() - started;
}

/** No landing, history, ids, checks, index or sync: the floor, not a peer. */
async function timeDuckDb(folder: string): Promise<number> {
  const started = performance.now();
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`create table songs as select * from read_csv('${csv}', nullstr = '')`);
  await connection.run(
    `copy (select distinct on (track_id) * from songs) to '${join(folder, 'tracks.parquet')}' (format parquet)`,
  );
  await connection.run(
    `copy (select distinct playlist_id, track_id from songs) to '${join(folder, 'places.parquet')}' (format parquet)`,
  );
  connection.closeSync();
  return performance.now() - started;
}
