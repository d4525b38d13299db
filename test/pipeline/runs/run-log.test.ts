import { expect, it } from 'vitest';
import { createLog } from '../../../src/log.ts';
import type { Journal } from '../../../src/pipeline/runs/run-journal.ts';
import { createRunLog } from '../../../src/pipeline/runs/run-log.ts';

it('createRunLog writes to the output and, from INFO on, into the run’s events, without stacks', () => {
  const lines: string[] = [];
  const events: unknown[][] = [];
  const output = createLog({
    level: 'debug',
    format: 'json',
    write: (line) => void lines.push(line),
    now: () => 0,
  });
  const journal = { event: (...event: unknown[]) => void events.push(event) } as unknown as Journal;
  const log = createRunLog(output, journal, 'gold', { run: 'r1' });
  log.debug('looks');
  log.info('built');
  log.with({ relation: 'tracks' }).warn('slow', { ms: 5, error: new Error('at /home/x') });
  log.error('gone');
  expect(lines).toHaveLength(4);
  expect(JSON.parse(lines[2] ?? '')).toMatchObject({
    run: 'r1',
    relation: 'tracks',
    ms: 5,
    error: { stack: expect.any(String) },
  });
  expect(events).toEqual([
    ['INFO', 'log', 'gold', 'built', null],
    ['WARN', 'log', 'gold', 'slow', { ms: 5, error: 'at /home/x' }],
    ['ERROR', 'log', 'gold', 'gone', null],
  ]);
});
