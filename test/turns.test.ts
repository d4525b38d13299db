import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createTurnBudget, createTurnQueue } from '../src/turns.ts';

/** Turns of 10 that come when they are told to, and what was started in each. */
function createTurnsOfTen() {
  const due: (() => void)[] = [];
  const started: string[] = [];
  const turns = createTurnBudget(10, (turn) => due.push(turn));
  return {
    due,
    started,
    take: (name: string, work: number) => {
      const wait = turns.take(work);
      if (wait) void wait.then(() => started.push(name));
      else started.push(name);
    },
    turn: async () => {
      started.push('|');
      for (const turn of due.splice(0)) turn();
      await Promise.resolve();
    },
  };
}

describe('createTurnBudget', () => {
  it('starts at once what a turn has room for, and the rest in the turns after it, in the order that they came', async () => {
    const { take, turn, started, due } = createTurnsOfTen();
    for (const [at, work] of [4, 6, 5, 5, 1, 10].entries()) take(`${at}`, work);
    await turn();
    await turn();
    await turn();
    expect(started.join('')).toBe('01|23|4|5');
    await turn();
    expect(due).toHaveLength(0);
  });

  it('lets nobody pass who came later and needs less', async () => {
    const { take, turn, started } = createTurnsOfTen();
    take('a', 5);
    take('b', 9);
    take('c', 1);
    expect(started).toEqual(['a']);
    await turn();
    expect(started.join('')).toBe('a|bc');
  });

  it('gives a turn to work that no turn has room for', async () => {
    const { take, turn, started } = createTurnsOfTen();
    take('a', 1);
    take('b', 1_000);
    take('c', 1);
    await turn();
    await turn();
    expect(started.join('')).toBe('a|b|c');
  });

  it('begins anew when nothing was taken for a while', async () => {
    const { take, turn, started } = createTurnsOfTen();
    take('a', 10);
    await turn();
    await turn();
    take('b', 10);
    expect(started.join('')).toBe('a||b');
  });
});

describe('createTurnQueue', () => {
  it('runs one thing in a turn of the event loop, in the order in which they came', async () => {
    const inTurn = createTurnQueue();
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
    const inTurn = createTurnQueue();
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
