// Turns of the event loop, shared by much work so that none of it holds everybody else up: one piece of work a turn, or so much work a turn.

/**
 * Hands out turns of the event loop one by one: of all that it is given one thing runs in a turn, in the order in which it came, so that many of them
 * hold nobody else up for longer than one does.
 */
export function createTurnQueue(): (run: () => void) => void {
  const waiting: (() => void)[] = [];
  const runNext = () => {
    try {
      waiting[0]?.();
    } finally {
      waiting.shift();
      if (waiting.length > 0) setImmediate(runNext);
    }
  };
  return (run) => {
    waiting.push(run);
    if (waiting.length === 1) setImmediate(runNext);
  };
}

export interface TurnBudget {
  /** Null where this turn has room for the work, which is then spent; else resolves in the turn that has, first come first served. */
  take(work: number): Promise<void> | null;
}

/**
 * Hands out turns of the event loop by amount: each says beforehand how much it will take, and waits where a turn has no room for it.
 *
 * @param room what one turn holds; work that needs more has a turn of its own
 * @param next calls back in the next turn
 */
export function createTurnBudget(
  room: number,
  next: (turn: () => void) => void = (turn) => setImmediate(turn),
): TurnBudget {
  const waiting: { readonly work: number; readonly start: () => void }[] = [];
  let left = room;
  let isTurning = false;
  const spend = (work: number) => {
    left -= work;
    if (isTurning) return;
    isTurning = true;
    next(turn);
  };
  const turn = () => {
    isTurning = false;
    left = room;
    for (let first = waiting[0]; first && first.work <= left; first = waiting[0]) {
      waiting.shift();
      spend(first.work);
      first.start();
    }
  };
  return {
    take: (asked) => {
      const work = Math.min(asked, room);
      if (waiting.length > 0 || work > left) {
        return new Promise((start) => waiting.push({ work, start }));
      }
      spend(work);
      return null;
    },
  };
}
