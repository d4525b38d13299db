import { describe, expect, it } from 'vitest';
import type { RunView } from '../../src/cli/operator.ts';
import {
  describeEnd,
  describeRun,
  drawRun,
  exitCodeOf,
  toIsoTimes,
  watchRun,
} from '../../src/cli/run-view.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { GroovelakeError } from '../../src/errors.ts';
import { createVirtualClock } from '../fixtures/virtual-clock.ts';

const T0 = Date.UTC(2026, 10, 20, 12);

const step = (name: string, change: Partial<RunView['steps'][number]> = {}): RunView['steps'][number] => ({
  name,
  status: 'PENDING',
  attempt: 1,
  startedAt: null,
  endedAt: null,
  rowsIn: null,
  rowsOut: null,
  rowsRejected: null,
  requests: null,
  error: null,
  ...change,
});
const done = step('crawl', { status: 'SUCCEEDED', startedAt: T0, endedAt: T0 + 1_500, rowsOut: 1_234 });
const run = (change: Partial<RunView> = {}): RunView => ({
  id: 'r1',
  pipeline: 'REFRESH',
  status: 'RUNNING',
  attempt: 1,
  trigger: 'CLI',
  parameters: {},
  createdAt: T0,
  startedAt: T0,
  endedAt: null,
  resumesAt: null,
  progress: { done: 1, total: 4, message: 'gold.tracks' },
  snapshotId: null,
  cancelReason: null,
  error: null,
  isAbandoned: false,
  remainingMs: 6_000,
  steps: [done, step('gold', { status: 'RUNNING', startedAt: T0 + 1_500 }), step('publish')],
  ...change,
});

describe('drawRun(run, now)', () => {
  it('shows what is over, how far the step under way is, what is to come, and an estimate', () => {
    expect(drawRun(run(), T0 + 3_500)).toEqual([
      'REFRESH r1 RUNNING 3.5 s, about 6.0 s to go',
      '  crawl      SUCCEEDED   1.5 s  1,234 out',
      '  gold       RUNNING     2.0 s  [###.........] 25 % gold.tracks',
      '  publish',
    ]);
    const unknown = run({ remainingMs: null, progress: { done: 3, total: null, message: 'gold' } });
    expect(drawRun(unknown, T0 + 3_500)[2]).toBe('  gold       RUNNING     2.0 s');
  });
});

describe('describeRun(run, seen)', () => {
  it('says why a run was cancelled, in one line whatever was given', () => {
    const cancelled = run({ status: 'CANCELLED', cancelReason: 'wrong\nmarket' });
    const told = (change: Partial<RunView>) =>
      describeRun({ ...cancelled, ...change }, { now: T0, isServer: true });
    expect(told({})).toMatch(/ {2}wrong\\u000amarket$/);
    expect(told({ status: 'QUEUED' })).not.toContain('wrong');
  });

  it('says of a run whose worker is lost what ends it: beside a server, a worker', () => {
    const lost = run({ isAbandoned: true });
    const told = (isServer: boolean) => describeRun(lost, { now: T0, isServer });
    expect(told(false)).toMatch(/nobody works on it any more: "groovelake retry r1" goes on with it/);
    expect(told(true)).toMatch(/nobody works on it any more: start a worker, which ends it/);
  });
});

/** A terminal that keeps what is written. */
function open(isTTY: boolean) {
  let text = '';
  const out = {
    write: (part: string) => {
      text += part;
    },
    isTTY,
    columns: 60,
  };
  return { terminal: createTerminal(out, out), text: () => text };
}

describe('watchRun(operator, id)', () => {
  const ended = run({ status: 'SUCCEEDED', endedAt: T0 + 9_000, steps: [done] });
  const script = () => {
    const states = [run({ status: 'QUEUED' }), run(), run(), ended];
    return { findRun: async () => states.shift() ?? ended };
  };

  it('writes a plain line per step that is over, where nobody looks at a terminal', async () => {
    const { terminal, text } = open(false);
    const clock = createVirtualClock();
    const watching = watchRun(script(), 'r1', { terminal, clock });
    await clock.advance(2_000);
    expect(await watching).toBe(ended);
    expect(text()).toBe('  crawl      SUCCEEDED   1.5 s  1,234 out\n');
  });

  it('draws the run again and again on a terminal, and leaves the lines of a plain one', async () => {
    const { terminal, text } = open(true);
    const clock = createVirtualClock();
    const watching = watchRun(script(), 'r1', { terminal, clock });
    await clock.advance(2_000);
    await watching;
    // Each drawing of four lines is taken back: three lines up, then everything below is cleared.
    expect(text().split('\r\u001b[3A\u001b[J')).toHaveLength(4);
    expect(text().endsWith('\u001b[J  crawl      SUCCEEDED   1.5 s  1,234 out\n')).toBe(true);
  });

  it('goes on when a server that was busy or away answers again', async () => {
    const { terminal } = open(false);
    const clock = createVirtualClock();
    const { findRun } = script();
    const failures = ['OVERLOADED', 'UNAVAILABLE', 'STARTING'] as const;
    let asked = 0;
    const failing = async () => {
      const code = failures[asked++];
      if (code) throw new GroovelakeError(code, 'later', { isRetryable: true });
      return findRun();
    };
    const watching = watchRun({ findRun: failing }, 'r1', { terminal, clock });
    await clock.advance(10_000);
    expect(await watching).toBe(ended);
  });

  it('answers with the run as it stands when whoever watches leaves', async () => {
    const { terminal } = open(false);
    const leave = new AbortController();
    leave.abort();
    const found = await watchRun({ findRun: async () => run() }, 'r1', {
      terminal,
      clock: createVirtualClock(),
      signal: leave.signal,
    });
    expect(found.status).toBe('RUNNING');
    await expect(
      watchRun({ findRun: async () => null }, 'x', { terminal, clock: createVirtualClock() }),
    ).rejects.toEqual(expect.objectContaining({ code: 'NOT_FOUND' }));
  });
});

describe('a run’s end', () => {
  it('says why it failed and what to do, and becomes the exit code', () => {
    const error = {
      code: 'EXTRACT',
      message: 'no answer',
      isRetryable: true,
      step: 'crawl',
      hint: 'Retry it.',
    };
    const failed = run({ status: 'FAILED', endedAt: T0 + 2_000, error });
    expect(describeEnd(failed, true)).toBe(
      'REFRESH r1: FAILED after 2.0 s\n  EXTRACT in step crawl: no answer\n  Retry it.',
    );
    const codes = (
      ['SUCCEEDED', 'PARTIAL', 'SKIPPED', 'WAITING', 'FAILED', 'CRASHED', 'TIMED_OUT', 'CANCELLED'] as const
    ).map((status) => exitCodeOf({ status }));
    expect(codes).toEqual([0, 0, 0, 0, 1, 1, 1, 2]);
  });
});

describe('toIsoTimes(value)', () => {
  it('writes instants, by their names, for machines', () => {
    expect(
      toIsoTimes({
        at: T0,
        createdAt: T0,
        endedAt: null,
        rowsOut: T0,
        steps: [{ startedAt: T0 }],
        upcoming: [T0],
      }),
    ).toEqual({
      at: '2026-11-20T12:00:00.000Z',
      createdAt: '2026-11-20T12:00:00.000Z',
      endedAt: null,
      rowsOut: T0,
      steps: [{ startedAt: '2026-11-20T12:00:00.000Z' }],
      upcoming: ['2026-11-20T12:00:00.000Z'],
    });
  });
});
