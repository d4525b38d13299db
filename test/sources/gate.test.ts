import { describe, expect, it } from 'vitest';
import { describe as describeAnswer } from '../../src/sources/gate.ts';
import { type Scripted, scriptSource } from './scripted-source.ts';

const quota = (headers: Record<string, string> = {}): Scripted => ({
  status: 429,
  headers,
  body: JSON.stringify({ error: { status: 429, message: 'Too many requests', reason: 'QUOTA_EXCEEDED' } }),
});
const slowDown = (headers: Record<string, string> = {}, body = 'Too many requests'): Scripted => ({
  status: 429,
  headers,
  body,
});

describe('send', () => {
  it('waits exactly as long as a short Retry-After says, and never less than a second', async () => {
    for (const [said, ms] of [
      ['7', 7_000],
      ['0', 1_000],
    ] as const) {
      const { gate, clock, sent } = scriptSource([slowDown({ 'retry-after': said }), {}]);
      await gate.send('things', 'http://x', {});
      expect(clock.waits).toEqual([ms]);
      expect(sent).toHaveLength(2);
    }
  });

  it('holds the whole family off meanwhile, and no other', async () => {
    const { gate, clock, sent } = scriptSource([slowDown({ 'retry-after': '30' }), {}]);
    const first = gate.send('things', 'http://x/1', {});
    await first;
    const [refused, again] = sent.map(({ at }) => at);
    expect((again ?? 0) - (refused ?? 0)).toBe(30_000);
    const paused = scriptSource([{}]);
    paused.families.pause('things', 5_000);
    await paused.gate.send('others', 'http://x/2', {});
    await paused.gate.send('things', 'http://x/3', {});
    expect(paused.sent.map(({ at }) => at - (paused.sent[0]?.at ?? 0))).toEqual([0, 5_000]);
    expect(clock.waits).toHaveLength(1);
  });

  it('holds it off likewise where a server that fails says so, though that call is not tried again', async () => {
    const failing = { status: 503, headers: { 'retry-after': '30' } };
    const once = scriptSource([failing, {}], { retries: 0 });
    await expect(once.gate.send('things', 'http://x/1', {})).rejects.toMatchObject({ status: 503 });
    await once.gate.send('others', 'http://x/2', {});
    await once.gate.send('things', 'http://x/3', {});
    expect(once.sent.map(({ at }) => at - (once.sent[0]?.at ?? 0))).toEqual([0, 0, 30_000]);
    const { gate, clock } = scriptSource([failing, {}]);
    await gate.send('things', 'http://x', {});
    expect(clock.waits).toEqual([30_000]);
  });

  it('waits longer and longer where the source does not say, then leaves it alone', async () => {
    const { gate, clock, sent } = scriptSource([slowDown()]);
    await expect(gate.send('things', 'http://x', {})).rejects.toMatchObject({ code: 'SOURCE_DEFERRED' });
    expect(clock.waits).toEqual([2_000, 4_000, 8_000, 16_000]);
    expect(sent).toHaveLength(5);
  });

  it('blocks the family for a long Retry-After without waiting, for later runs too', async () => {
    const { gate, clock, sent, memory } = scriptSource([slowDown({ 'retry-after': '80000' })]);
    const until = clock.now() + 80_000_000;
    await expect(gate.send('things', 'http://x', {})).rejects.toMatchObject({ family: 'things', until });
    await expect(gate.send('things', 'http://x', {})).rejects.toMatchObject({ family: 'things', until });
    expect([sent.length, clock.waits]).toEqual([1, []]);
    const later = scriptSource([{}], { memory });
    await expect(later.gate.send('things', 'http://x', {})).rejects.toMatchObject({ until });
    await later.clock.sleep(80_000_001);
    expect((await later.gate.send('things', 'http://x', {})).status).toBe(200);
  });

  it('blocks the family likewise where a server that fails says when to come back', async () => {
    const { gate, clock, sent } = scriptSource([{ status: 503, headers: { 'retry-after': '7200' } }, {}]);
    const until = clock.now() + 7_200_000;
    await expect(gate.send('things', 'http://x', {})).rejects.toMatchObject({
      code: 'SOURCE_DEFERRED',
      until,
    });
    await expect(gate.send('things', 'http://x', {})).rejects.toMatchObject({ until });
    expect([sent.length, clock.waits]).toEqual([1, []]);
    expect((await gate.send('others', 'http://x', {})).status).toBe(200);
  });

  it('takes a used-up quota for a long one even where its Retry-After is short or missing', async () => {
    for (const [headers, ms] of [
      [{ 'retry-after': '5' }, 5_000],
      [{}, 3_600_000],
    ] as const) {
      const { gate, clock } = scriptSource([quota(headers)]);
      const until = clock.now() + ms;
      await expect(gate.send('things', 'http://x', {})).rejects.toMatchObject({ until });
      expect(clock.waits).toEqual([]);
    }
  });

  it('survives a Retry-After beyond all calendars', async () => {
    const { gate, clock } = scriptSource([slowDown({ 'retry-after': '9'.repeat(30) })]);
    const until = clock.now() + 7 * 86_400_000;
    await expect(gate.send('things', 'http://x', {})).rejects.toMatchObject({ until });
  });

  it('counts and pays for every try', async () => {
    let spent = 0;
    const { gate, families } = scriptSource([{ status: 500 }, { status: 500 }, {}], {
      spend: () => {
        spent += 1;
      },
    });
    await gate.send('things', 'http://x', {});
    expect([spent, families.counts()]).toEqual([3, { things: 3 }]);
  });

  it('never makes more calls in any 30 s than the window allows, further tries included', async () => {
    const script: Scripted[] = Array.from({ length: 200 }, (_, at) => (at % 3 === 0 ? { status: 500 } : {}));
    const { gate, sent } = scriptSource(script, { windowRequests: 10 });
    for (let n = 0; n < 60; n++) await gate.send('things', `http://x/${n}`, {});
    expect(sent.length).toBeGreaterThan(80);
    for (const { at } of sent) {
      expect(sent.filter((other) => other.at >= at && other.at < at + 30_000).length).toBeLessThanOrEqual(10);
    }
  });

  it('makes no call to a family that was blocked while it stood at the window', async () => {
    const { gate, families, clock, sent } = scriptSource([{}], { windowRequests: 1 });
    await gate.send('things', 'http://x/1', {});
    const waiting = gate.send('things', 'http://x/2', {});
    await families.block('things', clock.now() + 5e8, 'status 429');
    await expect(waiting).rejects.toMatchObject({ code: 'SOURCE_DEFERRED' });
    expect(sent).toHaveLength(1);
  });

  it('makes no call once it is told to stop', async () => {
    const stop = new AbortController();
    const { gate, sent } = scriptSource([{}]);
    stop.abort(new Error('cancelled'));
    await expect(gate.send('things', 'http://x', { signal: stop.signal })).rejects.toThrow('cancelled');
    expect(sent).toHaveLength(0);
  });
});

describe('describe', () => {
  it('says what a body says, and reads no further than the beginning of a long one', () => {
    const answer = { status: 502, headers: {}, body: '<h1>Bad\n gateway</h1>' };
    expect(describeAnswer(answer)).toBe('status 502: Bad gateway');
    const begin = performance.now();
    expect(describeAnswer({ ...answer, body: '<'.repeat(1_000_000) }).length).toBeLessThan(200);
    const message = 'x'.repeat(1_000_000);
    expect(describeAnswer({ ...answer, value: { error: { message } } }).length).toBeLessThan(600);
    expect(performance.now() - begin).toBeLessThan(1_000);
  });
});
