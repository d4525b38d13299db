// Runs publish.ts on a copy of a landed data folder, in a process of its own.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepCompiled } from '../keep-compiled.ts';
import type { Figures } from './publish.ts';

/** Copies the folder, works on the copy, and removes it. */
export function withCopy<Result>(landed: string, work: (dataDir: string) => Result): Result {
  const dataDir = mkdtempSync(join(tmpdir(), 'groovelake-bench-'));
  try {
    cpSync(landed, dataDir, { recursive: true });
    return work(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

export function publish(
  dataDir: string,
  { batch, env = {} }: { batch?: string; env?: Readonly<Record<string, string>> } = {},
): Figures {
  keepCompiled();
  // What was copied for it is not for it to wait for.
  execFileSync('sync');
  // As a worker is started.
  const words = ['--expose-gc', 'bench/etl/publish.ts', dataDir, ...(batch ? [batch] : [])];
  const said = execFileSync(process.execPath, words, {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(said.trim().split('\n').at(-1) ?? '') as Figures;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
