// Searches take turns of the event loop with each other, statement by statement: one operation may ask for thirty of many words each.
import { createTurnQueue } from '../../turns.ts';

const inItsTurn = createTurnQueue();

/** Resolves in a turn of the event loop that no other search works in. */
export function waitForTurn(): Promise<void> {
  return new Promise((resolve) => inItsTurn(resolve));
}
