// Who a worker is: the machine and boot it lives in, its process, and when that process began, so that anybody on the same machine can
// tell whether it still lives, and a process number that was given out again is not mistaken for it.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Randomness } from '../../clock.ts';

/** `machine:process:start:random`; machine has no colon. */
export function nameWorker(pid: number, random: Randomness): string {
  return [describeMachine(), pid, findStart(pid) ?? '', random.hex(3)].join(':');
}

/** Whether the process behind a worker's name is gone for sure; false for one of another machine, or when it cannot be told. */
export function isKnownDead(workerId: string): boolean {
  const [machine, process, start] = workerId.split(':');
  const pid = Number(process);
  if (machine !== describeMachine() || !Number.isInteger(pid) || pid <= 0) return false;
  if (!isAlive(pid)) return true;
  const found = findStart(pid);
  return start !== undefined && start !== '' && found !== null && found !== start;
}

/** Processor time that a worker of this machine has used, in clock ticks; null for one that is gone or elsewhere, and where there is no /proc. */
export function readProcessorTime(workerId: string): number | null {
  const [machine, process, start] = workerId.split(':');
  if (machine !== describeMachine()) return null;
  const fields = readStat(Number(process));
  if (!fields || (start && fields[START] !== start)) return null;
  return Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME]);
}

/** Host name, and on Linux the boot and the space of process numbers (a container has its own). */
function describeMachine(): string {
  const parts = [
    hostname().replaceAll(':', '_'),
    read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)),
    read(() => readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')),
  ];
  return parts.filter((part) => part !== null).join('/');
}

/** Places in what readStat answers, which begins with the third field of proc(5): in clock ticks, the start from boot on. */
const USER_TIME = 11;
const SYSTEM_TIME = 12;
const START = 19;

/** Clock ticks from boot to the start of a process; null where there is no /proc. */
function findStart(pid: number): string | null {
  return readStat(pid)?.[START] ?? null;
}

function readStat(pid: number): string[] | null {
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The second field is a name in brackets that may hold anything.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // A zombie has ended; only its parent has not looked yet.
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return stat === null || stat[stat.lastIndexOf(')') + 2] !== 'Z';
}

function read(from: () => string): string | null {
  try {
    return from();
  } catch {
    return null;
  }
}
