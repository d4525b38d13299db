import { describe, expect, it } from 'vitest';
import { followRun } from '../../src/cli/follow-run.ts';
import type { EventView, Operator, RunView } from '../../src/cli/operator.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { silentLog } from '../../src/log.ts';

const T0 = Date.UTC(2026, 10, 20, 12);

function open(status: RunView['status'], events: readonly Partial<EventView>[]) {
  const run = {
    id: 'r1',
    pipeline: 'CRAWL',
    status,
    startedAt: T0,
    endedAt: T0 + 1_500,
    resumesAt: null,
    snapshotId: null,
    error: null,
    steps: [],
  } as unknown as RunView;
  const operator = {
    where: 'here',
    isServer: false,
    findRun: async () => run,
    listEvents: async (_id: string, after: string | null) => ({
      events: after === null ? (events as EventView[]) : [],
      cursor: '9',
    }),
  } as unknown as Operator;
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  const out = { write, isTTY: false, columns: 80 };
  const terminal = createTerminal(out, out);
  return {
    follow: () => followRun('r1', { operator, terminal, log: silentLog, isJson: false }),
    text: () => text,
  };
}

const finished = (message: string, at = T0 + 1) => ({ type: 'step.finished', at, message });

describe('followRun', () => {
  it('says why a step of this attempt is SKIPPED or PARTIAL', async () => {
    const { follow, text } = open('PARTIAL', [
      finished('crawl PARTIAL: of the attempt before', T0 - 1),
      { type: 'crawl.skipped', at: T0 + 1, message: 'no artist is due' },
      finished('crawl PARTIAL: no single artist is meant by "Nobody"'),
      finished('bronze SUCCEEDED: 3 documents'),
      finished('gold SKIPPED'),
    ]);
    expect(await follow()).toBe(0);
    expect(text()).toBe(
      'CRAWL r1: PARTIAL after 1.5 s\n  crawl PARTIAL: no single artist is meant by "Nobody"\n',
    );
  });

  it('says nothing more of a run that did all it was to', async () => {
    const { follow, text } = open('SUCCEEDED', [finished('index SKIPPED: nothing has changed')]);
    await follow();
    expect(text()).toBe('CRAWL r1: SUCCEEDED after 1.5 s\n');
  });
});
