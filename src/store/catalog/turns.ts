// Turns of the event loop shared by whoever holds it: each says beforehand how much it will take, and waits where a turn has no room for it.

export interface Turns {
  /** Null where this turn has room for the work, which is then spent; else resolves in the turn that has, first come first served. */
  take(work: number): Promise<void> | null;
}

/**
 * @param room what one turn holds; work that needs more has a turn of its own
 * @param next calls back in the next turn
 */
export function createTurns(
  room: number,
  next: (turn: () => void) => void = (turn) => setImmediate(turn),
): Turns {
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
