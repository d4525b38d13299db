import { getPriority } from 'node:os';
import { describe, expect, it } from 'vitest';
import { lowerPool, lowerThisThread, type Threads } from '../../src/store/thread-priority.ts';

function fakeThreads(own: number, tasks: ReturnType<Threads['list']>, change: Partial<Threads> = {}) {
  const set: [id: number, priority: number][] = [];
  const threads: Threads = {
    areApart: true,
    list: () => tasks,
    getPriority: () => own,
    setPriority: (id, priority) => {
      if (id === 13) throw new Error('kill ESRCH');
      set.push([id, priority]);
    },
    ...change,
  };
  return { threads, set };
}

const TASKS = [
  { id: 1, name: 'MainThread' },
  { id: 2, name: 'V8Worker' },
  { id: 3, name: 'libuv-worker' },
  { id: 4, name: 'libuv-worker' },
];

describe('lowerPool', () => {
  it('lets the threads of the pool give way, and no others', () => {
    const { threads, set } = fakeThreads(0, TASKS);
    lowerPool(threads);
    expect(set).toEqual([
      [3, 10],
      [4, 10],
    ]);
  });

  it('goes no lower than the system does', () => {
    const { threads, set } = fakeThreads(12, TASKS);
    lowerPool(threads);
    expect(set).toEqual([
      [3, 19],
      [4, 19],
    ]);
  });

  it('passes over a thread that has ended', () => {
    const { threads, set } = fakeThreads(0, [{ id: 13, name: 'libuv-worker' }, ...TASKS]);
    lowerPool(threads);
    expect(set).toHaveLength(2);
  });

  it('changes nothing where threads have no priorities of their own', () => {
    const { threads, set } = fakeThreads(0, TASKS, { areApart: false });
    lowerPool(threads);
    lowerThisThread(threads);
    expect(set).toEqual([]);
  });

  it.each([
    'list',
    'getPriority',
    'setPriority',
  ] as const)('changes nothing, and stops nobody, where the system refuses to %s', (call) => {
    const refuse = () => {
      throw new Error('EPERM');
    };
    const { threads, set } = fakeThreads(0, TASKS, { [call]: refuse });
    lowerPool(threads);
    expect(set).toEqual([]);
    if (call !== 'list') lowerThisThread(threads);
    expect(set).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('lowers the real pool', async () => {
    const { execFileSync } = await import('node:child_process');
    const script = `
      const { readFile } = await import('node:fs/promises');
      const { readdirSync, readFileSync } = await import('node:fs');
      const { lowerPool } = await import(${JSON.stringify(new URL('../../src/store/thread-priority.ts', import.meta.url).href)});
      await readFile('/proc/self/stat');
      lowerPool();
      const niceOf = (id) => Number(readFileSync('/proc/self/task/' + id + '/stat', 'utf8').split(') ').at(-1).split(' ')[16]);
      const found = readdirSync('/proc/self/task').map((id) => [readFileSync('/proc/self/task/' + id + '/comm', 'utf8').trim(), niceOf(id) - niceOf(process.pid)]);
      console.log(JSON.stringify(found.filter(([name]) => name === 'libuv-worker')));`;
    const told = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    const steps = (JSON.parse(told) as [string, number][]).map(([, step]) => step);
    expect(steps.length).toBeGreaterThan(0);
    const own = getPriority();
    // A test that runs at the lowest priority has nothing to lower.
    expect(new Set(steps)).toEqual(new Set([Math.min(19, own + 10) - own]));
  });
});

describe('lowerThisThread', () => {
  it('lowers the thread it is called in', () => {
    const { threads, set } = fakeThreads(0, TASKS);
    lowerThisThread(threads);
    expect(set).toEqual([[0, 10]]);
  });
});
