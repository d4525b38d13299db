import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createAdmissionGate } from '../../src/http/admission.ts';
import { createVirtualClock } from '../fixtures/virtual-clock.ts';

const limits = readConfig({
  GROOVELAKE_MAX_IN_FLIGHT: '2',
  GROOVELAKE_MAX_QUEUE: '2',
  GROOVELAKE_MAX_DEAR_IN_FLIGHT: '1',
  GROOVELAKE_MAX_DEAR_QUEUE: '1',
  GROOVELAKE_QUEUE_TIMEOUT_MS: '1000',
});
const DEAR = limits.dearCost;
const never = new AbortController().signal;
const overloaded = (about: object) => ({
  extensions: { code: 'OVERLOADED', http: { status: 503, headers: { 'retry-after': '1' } }, ...about },
});

describe('createAdmissionGate', () => {
  it('lets a class have its number at once, the next ones in turn, and refuses beyond the queue', async () => {
    const gate = createAdmissionGate(limits, createVirtualClock());
    const leave = [await gate.enter(1, never), await gate.enter(1, never)];
    const order: string[] = [];
    const third = gate.enter(1, never).then((done) => {
      order.push('third');
      return done;
    });
    const fourth = gate.enter(1, never).then((done) => {
      order.push('fourth');
      return done;
    });
    await expect(gate.enter(1, never)).rejects.toMatchObject(overloaded({ class: 'cheap', limit: 2 }));
    expect(gate.count().cheap).toEqual({ inFlight: 2, queued: 2 });
    leave[0]?.();
    leave[0]?.();
    (await third)();
    (await fourth)();
    leave[1]?.();
    expect(order).toEqual(['third', 'fourth']);
    expect(gate.count().cheap).toEqual({ inFlight: 0, queued: 0 });
  });

  it('keeps cheap operations going while dear ones queue', async () => {
    const gate = createAdmissionGate(limits, createVirtualClock());
    await gate.enter(DEAR, never);
    gate.enter(DEAR, never).catch(() => {});
    await expect(gate.enter(DEAR, never)).rejects.toMatchObject(overloaded({ class: 'dear' }));
    (await gate.enter(DEAR - 1, never))();
    expect(gate.count()).toEqual({ cheap: { inFlight: 0, queued: 0 }, dear: { inFlight: 1, queued: 1 } });
  });

  it('refuses whoever waited too long, and forgets a client that leaves the queue', async () => {
    const clock = createVirtualClock();
    const gate = createAdmissionGate(limits, clock);
    const first = await gate.enter(DEAR, never);
    const late = gate.enter(DEAR, never);
    late.catch(() => {});
    await clock.advance(1_000);
    await expect(late).rejects.toMatchObject(overloaded({ class: 'dear' }));
    const client = new AbortController();
    const gone = gate.enter(DEAR, client.signal);
    client.abort(new Error('left'));
    await expect(gone).rejects.toThrow('left');
    await expect(gate.enter(DEAR, client.signal)).rejects.toThrow('left');
    expect(gate.count().dear).toEqual({ inFlight: 1, queued: 0 });
    first();
    (await gate.enter(DEAR, never))();
    expect(gate.count().dear).toEqual({ inFlight: 0, queued: 0 });
  });
});
