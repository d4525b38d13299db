// How late the event loop of a measured server runs, between one look and the next.
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

/** What a server is started with so that it can be asked. */
export function watchLoop(file: string): Record<string, string> {
  rmSync(file, { force: true });
  const watcher = fileURLToPath(new URL('./loop-delay.mjs', import.meta.url));
  return { NODE_OPTIONS: `--import=${watcher}`, LOOP_DELAY_FILE: file };
}

/** Milliseconds since the last call. */
export async function readLoopDelay(pid: number, file: string): Promise<LoopDelay> {
  const before = countLines(file);
  process.kill(pid, 'SIGUSR2');
  while (countLines(file) === before) await new Promise((resolve) => setTimeout(resolve, 10));
  return JSON.parse(readLines(file).at(-1) ?? '{}') as LoopDelay;
}

function countLines(file: string): number {
  return readLines(file).length;
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
