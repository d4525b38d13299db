// What a measured process and its children hold in memory (Linux: it reads /proc).
import { readdirSync, readFileSync } from 'node:fs';

/** A process and all that it started. */
export function listFamily(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const stat = readOrEmpty(`/proc/${name}/stat`);
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const family = [root];
  for (const known of family) for (const [pid, parent] of parents) if (parent === known) family.push(pid);
  return family;
}

/** Resident memory of a process in MB; 0 where it has ended. */
export function readResidentMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readOrEmpty(`/proc/${pid}/status`))?.[1] ?? 0) / 1_024;
}

/** Processor seconds that a process has spent so far; 0 once it is gone. */
export function readCpuSeconds(pid: number): number {
  const [, behind = ''] = readOrEmpty(`/proc/${pid}/stat`).split(') ');
  const fields = behind.split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND;
}

const TICKS_PER_SECOND = 100;

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
