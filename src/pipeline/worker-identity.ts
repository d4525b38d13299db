// Who a worker is: the machine and boot it lives in, its process, and when that process began, so that anybody on the same machine can
// tell whether it still lives, and a process number that was given out again is not mistaken for it.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Randomness } from '../clock.ts';

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

/** Host name, and on Linux the boot and the space of process numbers (a container has its own). */
function describeMachine(): string {
  const parts = [
    hostname().replaceAll(':', '_'),
    read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)),
    read(() => readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')),
  ];
  return parts.filter((part) => part !== null).join('/');
}

/** Clock ticks from boot to the start of a process (proc(5), field 22 of stat); null where there is no /proc. */
function findStart(pid: number): string | null {
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The second field is a name in brackets that may hold anything.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
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
