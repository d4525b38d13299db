#!/usr/bin/env node
// The way in. Plain JavaScript, so that an older Node can read it: it finds a Node that runs our TypeScript as it is
// (24 or newer; the npm package "node" brings one) and hands over to src/cli.ts.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const bundled = fileURLToPath(
  new URL(`../node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`, import.meta.url),
);

// DuckDB and hnswlib work on libuv's pool, which Node also needs for files and DNS: four threads starve it.
const threadPool = process.env.UV_THREADPOOL_SIZE ?? '16';

// Statements wander over the pool's threads, and DuckDB's allocator keeps a heap of freed pages for every processor, each for ten seconds:
// one heap for all held 60 MB less at the peak of dear statistics over a million tracks and 100 MB less after it, in as much processor time.
process.env.DUCKDB_JE_MALLOC_CONF ??= 'narenas:1';

// graphql checks every value for a second copy of itself unless it is told that this is no development.
process.env.NODE_ENV ??= 'production';

// Taking the types out of 300 files and compiling them is half of a start: what came of it is kept beside the packages, for the processes and
// threads that this one starts too. Where that folder cannot be written nothing is kept. It is code, and lies where the code lies: not in a
// folder that others may write, as Node's own choice is.
process.env.NODE_COMPILE_CACHE ||= fileURLToPath(
  new URL('../node_modules/.cache/groovelake', import.meta.url),
);

/** Node 22.19 takes types out as well, but does not know `using`. */
function runsOurs(version) {
  return Number(version.split('.')[0]) >= 24;
}

if (runsOurs(process.versions.node)) {
  process.env.UV_THREADPOOL_SIZE = threadPool;
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  const { main } = await import(cli);
  await main(process.argv.slice(2));
} else if (existsSync(bundled)) {
  const child = spawn(bundled, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, UV_THREADPOOL_SIZE: threadPool },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
} else {
  console.error(
    `groovelake: Node "${process.versions.node}" cannot run it; Node 24 or newer is expected. ` +
      'Run "npm ci" in this folder (it brings Node 24), or install a newer Node.',
  );
  process.exit(1);
}
