import { setImmediate as immediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { createAdmissionGate, createPlaces, ShareTakenError } from '../../../src/http/limits/admission.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';

const limits = readConfig({
  GROOVELAKE_MAX_IN_FLIGHT: '2',
  GROOVELAKE_MAX_QUEUE: '2',
  GROOVELAKE_MAX_SCANS_IN_FLIGHT: '1',
  GROOVELAKE_MAX_DEAR_IN_FLIGHT: '1',
  GROOVELAKE_MAX_DEAR_QUEUE: '1',
  GROOVELAKE_QUEUE_TIMEOUT_MS: '1000',
});
const CHEAP = { cost: 1, scans: false };
const SCAN = { cost: 1, scans: true };
const DEAR = { cost: limits.dearCost, scans: true };
const never = new AbortController().signal;
const overloaded = (about: object) => ({
  extensions: { code: 'OVERLOADED', http: { status: 503, headers: { 'retry-after': '1' } }, ...about },
});

describe('createAdmissionGate', () => {
  it('lets a class have its number at once, the next ones in place, and refuses beyond the queue', async () => {
    const gate = createAdmissionGate(limits, createVirtualClock());
    const leave = [await gate.enter(CHEAP, never), await gate.enter(CHEAP, never)];
    const order: string[] = [];
    const third = gate.enter(CHEAP, never).then((done) => {
      order.push('third');
      return done;
    });
    const fourth = gate.enter(CHEAP, never).then((done) => {
      order.push('fourth');
      return done;
    });
    await expect(gate.enter(CHEAP, never)).rejects.toMatchObject(overloaded({ class: 'cheap', limit: 2 }));
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
    (await gate.enter({ cost: limits.dearCost - 1, scans: false }, never))();
    expect(gate.count()).toMatchObject({
      cheap: { inFlight: 0, queued: 0 },
      dear: { inFlight: 1, queued: 1 },
    });
  });

  it('keeps cheap operations going while those that read whole relations queue, however little these cost', async () => {
    const gate = createAdmissionGate(limits, createVirtualClock());
    const leave = await gate.enter(SCAN, never);
    const waiting = [gate.enter(SCAN, never), gate.enter(SCAN, never)];
    await expect(gate.enter(SCAN, never)).rejects.toMatchObject(overloaded({ class: 'scan', limit: 1 }));
    (await gate.enter(CHEAP, never))();
    expect(gate.count()).toMatchObject({ cheap: { inFlight: 0 }, scan: { inFlight: 1, queued: 2 } });
    leave();
    for (const place of waiting) (await place)();
    expect(gate.count().scan).toEqual({ inFlight: 0, queued: 0 });
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

  it('refuses who waited as long as each other one in a place of the event loop, and nobody who had a place meanwhile', async () => {
    const timers: (() => void)[] = [];
    const clock = {
      ...createVirtualClock(),
      after: (_ms: number, run: () => void) => {
        timers.push(run);
        return () => {};
      },
    };
    const places = createPlaces(
      { what: 'dear operations', name: 'dear', limit: 1, maxQueue: 5, timeoutMs: 1_000 },
      clock,
    );
    const leave = await places.enter(never);
    let seen = '';
    for (let at = 0; at < 4; at++)
      places.enter(never).then(
        () => {
          seen += 'in ';
        },
        () => {
          seen += 'refused ';
        },
      );
    for (const run of timers) run();
    leave();
    for (let place = 0; place < 4; place++) {
      await immediate();
      seen += '| ';
    }
    expect(seen).toBe('in | refused | refused | refused | ');
  });
});

const EXPORTS = { what: 'exports', name: 'exports', limit: 4, timeoutMs: 1_000 };

describe('createPlaces with a share for each caller', () => {
  const busy = (message: string, limit: number) => ({
    message: expect.stringContaining(message),
    ...overloaded({ class: 'exports', limit }),
  });

  it('leaves places, and room in the queue, to others', async () => {
    const clock = createVirtualClock();
    const places = createPlaces({ ...EXPORTS, maxQueue: 4, share: 2 }, clock);
    const own = [await places.enter(never, 'a'), await places.enter(never, 'a')];
    const seen: string[] = [];
    const wait = (caller: string | null) => {
      const entered = places.enter(never, caller);
      entered.then(
        () => seen.push(`${caller}`),
        () => {},
      );
      return entered;
    };
    const third = wait('a');
    const fourth = wait('a');
    await expect(places.enter(never, 'a')).rejects.toMatchObject(
      busy('2 exports of this key are under way and 2 wait already', 2),
    );
    // Two more places are there for another.
    const other = await places.enter(never, 'b');
    const nobody = await places.enter(never);
    const queued = [wait('b'), wait(null)];
    await expect(places.enter(never, 'c')).rejects.toMatchObject(
      busy('4 exports are under way and 4 wait already', 4),
    );
    // The first in the queue has his share: whoever comes behind him goes before.
    nobody();
    await clock.advance(0);
    expect(seen).toEqual(['b']);
    own[0]?.();
    await clock.advance(0);
    expect(seen).toEqual(['b', 'a']);
    await clock.advance(1_000);
    await expect(fourth).rejects.toMatchObject(
      busy('2 exports of this key are under way and the question has waited 1000 ms for a place', 2),
    );
    await expect(queued[1]).rejects.toMatchObject(busy('4 exports are under way', 4));
    for (const leave of [own[1], other, await third, await queued[0]]) leave?.();
    expect(places.count()).toEqual({ inFlight: 0, queued: 0 });
  });

  it('takes callers who are not told apart for as many', async () => {
    const places = createPlaces({ ...EXPORTS, maxQueue: 0, share: 1 }, createVirtualClock());
    for (let n = 0; n < 4; n++) await places.enter(never, null);
    expect(places.count().inFlight).toBe(4);
  });

  it('has a share of the queue of its own, which is of nobody else where others have all places', async () => {
    const places = createPlaces(
      {
        what: 'cheap operations',
        name: 'cheap',
        limit: 2,
        maxQueue: 4,
        timeoutMs: 1_000,
        share: 1,
        queueShare: 2,
      },
      createVirtualClock(),
    );
    const leave = [await places.enter(never, 'a'), await places.enter(never, 'b')];
    const waiting = [places.enter(never, 'a'), places.enter(never, 'a'), places.enter(never, 'c')];
    await expect(places.enter(never, 'a')).rejects.toMatchObject(overloaded({ class: 'cheap', limit: 1 }));
    waiting.push(places.enter(never, 'c'));
    await expect(places.enter(never, 'd')).rejects.not.toBeInstanceOf(ShareTakenError);
    for (const done of leave) done();
    for (const place of waiting) (await place)();
    expect(places.count()).toEqual({ inFlight: 0, queued: 0 });
  });

  it('counts those who wait for the same question as one, and gives the place to the first who may have it', async () => {
    const places = createPlaces(
      {
        what: 'cheap operations',
        name: 'cheap',
        limit: 2,
        maxQueue: 1,
        timeoutMs: 1_000,
        share: 1,
        queueShare: 1,
      },
      createVirtualClock(),
    );
    const leave = [await places.enter(never, 'a'), await places.enter(never, 'b')];
    const question = {};
    const left = new AbortController();
    const own = places.enter(left.signal, 'a', question);
    const other = places.enter(never, 'c', question);
    expect(places.count()).toEqual({ inFlight: 2, queued: 1 });
    await expect(places.enter(never, 'd')).rejects.toMatchObject(overloaded({ class: 'cheap' }));
    leave[1]?.();
    const done = await other;
    left.abort(new Error('answered'));
    await expect(own).rejects.toThrow('answered');
    expect(places.count()).toEqual({ inFlight: 2, queued: 0 });
    for (const end of [...leave, done]) end();
    expect(places.count()).toEqual({ inFlight: 0, queued: 0 });
  });
});

describe('createAdmissionGate with callers that are told apart', () => {
  const three = readConfig({ GROOVELAKE_MAX_DEAR_IN_FLIGHT: '4', GROOVELAKE_MAX_DEAR_QUEUE: '4' });

  it('leaves the last quarter of places and of the queue to others', async () => {
    const gate = createAdmissionGate(three, createVirtualClock());
    const leave = await Promise.all([1, 2, 3].map(() => gate.enter(DEAR, never, 'a')));
    const waiting = [1, 2, 3].map(() => gate.enter(DEAR, never, 'a'));
    const refused = gate.enter(DEAR, never, 'a');
    await expect(refused).rejects.toBeInstanceOf(ShareTakenError);
    await expect(refused).rejects.toMatchObject({
      message: expect.stringContaining('3 dear operations of this key are under way and 3 wait already'),
      ...overloaded({ class: 'dear', limit: 3 }),
    });
    const other = await gate.enter(DEAR, never, 'b');
    waiting.push(gate.enter(DEAR, never, 'b'));
    const full = gate.enter(DEAR, never, 'b');
    await expect(full).rejects.toMatchObject(overloaded({ class: 'dear', limit: 4 }));
    for (const done of [...leave, other]) done();
    for (const place of waiting) (await place)();
    expect(gate.count().dear).toEqual({ inFlight: 0, queued: 0 });
  });

  it('lets one caller wait who finds all places taken by others, and says whose queue is full', async () => {
    const gate = createAdmissionGate(three, createVirtualClock());
    const leave = await Promise.all(['b', 'b', 'c', 'c'].map((each) => gate.enter(DEAR, never, each)));
    const waiting = [1, 2, 3].map(() => gate.enter(DEAR, never, 'a'));
    await expect(gate.enter(DEAR, never, 'a')).rejects.toThrow(
      '4 dear operations are under way and 3 of this key wait already',
    );
    for (const done of leave) done();
    for (const place of waiting) (await place)();
  });

  it('lets somebody alone in where there is one place, and all who are not told apart in', async () => {
    const gate = createAdmissionGate(limits, createVirtualClock());
    (await gate.enter(DEAR, never, 'a'))();
    for (let n = 0; n < limits.maxInFlight; n++) await gate.enter(CHEAP, never, null);
    expect(gate.count().cheap.inFlight).toBe(limits.maxInFlight);
  });
});
