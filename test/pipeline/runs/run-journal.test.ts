import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { createJournal } from '../../../src/pipeline/runs/run-journal.ts';
import { scriptRun } from './scripted-run.ts';

async function open(isFenced = () => false) {
  const { runs, run, clock } = await scriptRun('CRAWL');
  let changes = 0;
  const onChange = () => void changes++;
  const claim = { runId: run.id, fence: run.fence };
  const journal = createJournal(claim, { runs, clock, log: silentLog, onChange, isFenced });
  const listEvents = async () =>
    (await runs.listEvents(run.id, { after: 2, first: 100 })).map((event) => event);
  return { journal, runs, run, clock, listEvents, countChanges: () => changes };
}

describe('createJournal(claim, parts)', () => {
  it('keeps events in order, at the time they were told, without secrets', async () => {
    const { journal, listEvents, clock, countChanges } = await open();
    const at = clock.now();
    journal.event('INFO', 'log', 'crawl', 'GET https://me:pw@host/ with Bearer abcdefgh', {
      apiKey: 'abc',
      n: 1,
    });
    journal.event('WARN', 'log', null, 'second');
    clock.step(5_000);
    await journal.flush();
    expect(await listEvents()).toMatchObject([
      { at, message: 'GET https://***@host/ with Bearer ***', step: 'crawl', data: { apiKey: '***', n: 1 } },
      { at, message: 'second', level: 'WARN', data: null },
    ]);
    expect(countChanges()).toBe(2);
  });

  it('leaves out data too large for an event', async () => {
    const { journal, listEvents } = await open();
    journal.event('INFO', 'log', null, 'big', { text: 'x'.repeat(20_000) });
    await journal.flush();
    expect((await listEvents())[0]?.data).toEqual({
      omitted: expect.stringContaining('too many for an event'),
    });
  });

  it('writes progress at once, then the latest four times a second', async () => {
    const { journal, runs, run, clock } = await open();
    const progress = async () => (await runs.findRun(run.id))?.progress.done;
    for (const done of [1, 2, 3]) journal.progress({ done, total: null, message: '' });
    await clock.advance(0);
    expect(await progress()).toBe(1);
    await clock.advance(250);
    expect(await progress()).toBe(3);
    journal.progress({ done: 4, total: null, message: '' });
    await journal.flush();
    expect(await progress()).toBe(4);
  });

  it('writes nothing once the run is another worker’s', async () => {
    const { journal, listEvents } = await open(() => true);
    journal.event('INFO', 'log', null, 'late');
    await journal.flush();
    expect(await listEvents()).toEqual([]);
  });
});
