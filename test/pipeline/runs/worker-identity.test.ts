import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { isKnownDead, nameWorker, readProcessorTime } from '../../../src/pipeline/runs/worker-identity.ts';

const random = seededRandomness(1);

describe('isKnownDead(workerId)', () => {
  it('is false for a process that lives, and true once it is gone', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const name = nameWorker(child.pid ?? 0, random);
    expect(isKnownDead(name)).toBe(false);
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    expect(isKnownDead(name)).toBe(true);
  });

  it.runIf(existsSync('/proc/self/stat'))('is true when the process number was given out again', () => {
    const [machine, pid, , chance] = nameWorker(process.pid, random).split(':');
    expect(isKnownDead([machine, pid, '1', chance].join(':'))).toBe(true);
  });

  it('is false where it cannot be told: another machine, or a name of another form', () => {
    expect(isKnownDead('elsewhere:4194000:1:ab')).toBe(false);
    expect(isKnownDead('nobody')).toBe(false);
    expect(isKnownDead(nameWorker(0, random))).toBe(false);
  });

  it('names every worker differently', () => {
    expect(nameWorker(1, random)).not.toBe(nameWorker(1, random));
    expect(nameWorker(process.pid, random).split(':')).toHaveLength(4);
  });
});

describe.runIf(existsSync('/proc/self/stat'))('readProcessorTime(workerId)', () => {
  it('grows while a process computes, and not while it is stopped', async () => {
    const busy = spawn(process.execPath, ['-e', 'for (;;);']);
    const name = nameWorker(busy.pid ?? 0, random);
    const read = () => readProcessorTime(name) ?? -1;
    while (read() < 5) await new Promise((resolve) => setTimeout(resolve, 20));
    busy.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const stopped = read();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(read()).toBe(stopped);
    busy.kill('SIGKILL');
    await once(busy, 'exit');
    expect(readProcessorTime(name)).toBeNull();
  });

  it('is not known of another machine, or of a number that was given out again', () => {
    expect(readProcessorTime('elsewhere:1:1:ab')).toBeNull();
    const [machine, pid, , chance] = nameWorker(process.pid, random).split(':');
    expect(readProcessorTime([machine, pid, '1', chance].join(':'))).toBeNull();
  });
});
