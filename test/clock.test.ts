import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openTurns } from '../src/clock.ts';

describe('openTurns', () => {
  it('runs one thing in a turn of the event loop, in the order in which they came', async () => {
    const inTurn = openTurns();
    const ran: string[] = [];
    for (const name of ['a', 'b', 'c']) inTurn(() => ran.push(name));
    expect(ran).toEqual([]);
    await setImmediate();
    expect(ran).toEqual(['a']);
    await setImmediate();
    expect(ran).toEqual(['a', 'b']);
    await setImmediate();
    expect(ran).toEqual(['a', 'b', 'c']);
  });

  it('takes what comes meanwhile behind the others, and begins anew when nothing waits', async () => {
    const inTurn = openTurns();
    const ran: string[] = [];
    inTurn(() => {
      ran.push('a');
      inTurn(() => ran.push('c'));
    });
    inTurn(() => ran.push('b'));
    for (let turn = 0; turn < 3; turn++) await setImmediate();
    expect(ran).toEqual(['a', 'b', 'c']);
    inTurn(() => ran.push('d'));
    await setImmediate();
    expect(ran).toEqual(['a', 'b', 'c', 'd']);
  });
});
