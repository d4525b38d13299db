import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Job, openQueues, runSideBySide } from '../../../src/pipeline/build/side-by-side.ts';

/** Jobs written as `c: a b` for one that waits for two. */
function readJobs(text: string): Job[] {
  return text.split(',').map((each) => {
    const [name = '', after = ''] = each.trim().split(':');
    return { name, after: after.trim().split(' ').filter(Boolean) };
  });
}

/** Jobs side by side that end when they are told to. */
function open(text: string, atOnce: number) {
  const log: string[] = [];
  const ends = new Map<string, { end: () => void; fail: (error: Error) => void }>();
  const whole = runSideBySide({
    jobs: readJobs(text),
    atOnce,
    run: ({ name }) => {
      log.push(`+${name}`);
      return new Promise<void>((resolve, reject) => {
        ends.set(name, { end: resolve, fail: reject });
      });
    },
    onWidth: async (width) => {
      log.push(`x${width}`);
    },
  });
  // Whoever waits for it hears of a failure.
  whole.catch(() => {});
  const settle = async () => {
    await setImmediate();
    return log.splice(0).join(' ');
  };
  return {
    whole,
    settle,
    end: async (name: string) => {
      ends.get(name)?.end();
      return settle();
    },
    fail: async (name: string) => {
      ends.get(name)?.fail(new Error(`${name} failed`));
      return settle();
    },
  };
}

describe('runSideBySide', () => {
  it('runs jobs in their order one at a time, one after the other', async () => {
    const { settle, end, whole } = open('a, b, c: a', 1);
    expect(await settle()).toBe('x1 +a');
    expect(await end('a')).toBe('+b');
    expect(await end('b')).toBe('+c');
    expect(await end('c')).toBe('');
    await whole;
  });

  it('begins a job once all that it waits for is done, and fills the place beside it with what nobody waits for', async () => {
    const { settle, end, whole } = open('leaf, a, other, b: a, c: a b, last: c', 2);
    expect(await settle()).toBe('x2 +a +leaf');
    expect(await end('leaf')).toBe('+other');
    expect(await end('a')).toBe('+b');
    expect(await end('other')).toBe('');
    expect(await end('b')).toBe('x1 +c');
    expect(await end('c')).toBe('+last');
    expect(await end('last')).toBe('');
    await whole;
  });

  it('begins with the heaviest of those with as many jobs behind them', async () => {
    const begun: string[] = [];
    const jobs = [
      ...readJobs('light, leaf').map((job) => ({ ...job, weight: 1 })),
      ...readJobs('heavy, last: light heavy').map((job) => ({ ...job, weight: 2 })),
    ];
    await runSideBySide({ jobs, atOnce: 2, run: async ({ name }) => void begun.push(name) });
    expect(begun).toEqual(['heavy', 'light', 'last', 'leaf']);
  });

  it('lets one that begins alone have everything, and says so before it begins', async () => {
    const { settle, end, whole } = open('a, b: a, c: a, d: a', 2);
    expect(await settle()).toBe('x1 +a');
    expect(await end('a')).toBe('x2 +b +c');
    expect(await end('c')).toBe('+d');
    await end('b');
    await end('d');
    await whole;
  });

  it('runs the last ones one by one', async () => {
    const { settle, end, whole } = open('a, b: a, c: a', 2);
    expect(await settle()).toBe('x1 +a');
    expect(await end('a')).toBe('+b');
    expect(await end('b')).toBe('+c');
    await end('c');
    await whole;
  });

  it('runs the last ones side by side as well where they share nothing', async () => {
    const begun: string[] = [];
    await runSideBySide({
      jobs: readJobs('a, b'),
      atOnce: 2,
      run: async ({ name }) => {
        begun.push(name);
        await setImmediate();
        expect(begun).toEqual(['a', 'b']);
      },
    });
  });

  it('does not wait for names that are no jobs', async () => {
    const { settle, end, whole } = open('a: bronze.documents', 2);
    expect(await settle()).toBe('x1 +a');
    await end('a');
    await whole;
  });

  it('begins nothing after a failure, waits for what runs, and throws what came first', async () => {
    const { settle, end, fail, whole } = open('a, b, c, d', 2);
    let isOver = false;
    const settled = whole.then(
      () => 'no error',
      (error: Error) => {
        isOver = true;
        return error.message;
      },
    );
    expect(await settle()).toBe('x2 +a +b');
    expect(await fail('a')).toBe('');
    expect(isOver).toBe(false);
    expect(await fail('b')).toBe('');
    expect(await settled).toBe('a failed');
    expect(await end('c')).toBe('');
  });

  it('runs nothing of nothing', async () => {
    await runSideBySide({ jobs: [], atOnce: 2, run: () => Promise.reject(new Error('never')) });
  });

  it('says that jobs wait for each other in a circle', async () => {
    await expect(
      runSideBySide({ jobs: readJobs('a: b, b: a'), atOnce: 2, run: async () => {} }),
    ).rejects.toThrow(/order in which they can run/);
  });
});

describe('openQueues', () => {
  it('runs one piece of work at a time in the order in which they come, after one that failed too', async () => {
    const inQueue = openQueues();
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`+${name}`);
      await setImmediate();
      log.push(`-${name}`);
      if (name === 'b') throw new Error('b failed');
      return name;
    };
    const found = await Promise.allSettled(['a', 'b', 'c'].map((name) => inQueue('one', work(name))));
    expect(log.join(' ')).toBe('+a -a +b -b +c -c');
    expect(found.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('lets work on other things go on', async () => {
    const inQueue = openQueues();
    const { promise, resolve } = Promise.withResolvers<void>();
    const long = inQueue('one', () => promise);
    expect(await inQueue('another', async () => 'done')).toBe('done');
    resolve();
    await long;
  });
});
