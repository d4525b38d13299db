import { describe, expect, it } from 'vitest';
import { createTurns } from '../../../src/store/catalog/turns.ts';

/** Turns of 10 that come when they are told to, and what was started in each. */
function createTurnsOfTen() {
  const due: (() => void)[] = [];
  const started: string[] = [];
  const turns = createTurns(10, (turn) => due.push(turn));
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

describe('turns', () => {
  it('start at once what a turn has room for, and the rest in the turns after it, in the order that they came', async () => {
    const { take, turn, started, due } = createTurnsOfTen();
    for (const [at, work] of [4, 6, 5, 5, 1, 10].entries()) take(`${at}`, work);
    await turn();
    await turn();
    await turn();
    expect(started.join('')).toBe('01|23|4|5');
    await turn();
    expect(due).toHaveLength(0);
  });

  it('let nobody pass who came later and needs less', async () => {
    const { take, turn, started } = createTurnsOfTen();
    take('a', 5);
    take('b', 9);
    take('c', 1);
    expect(started).toEqual(['a']);
    await turn();
    expect(started.join('')).toBe('a|bc');
  });

  it('give a turn to work that no turn has room for', async () => {
    const { take, turn, started } = createTurnsOfTen();
    take('a', 1);
    take('b', 1_000);
    take('c', 1);
    await turn();
    await turn();
    expect(started.join('')).toBe('a|b|c');
  });

  it('begin anew when nothing was taken for a while', async () => {
    const { take, turn, started } = createTurnsOfTen();
    take('a', 10);
    await turn();
    await turn();
    take('b', 10);
    expect(started.join('')).toBe('a||b');
  });
});
