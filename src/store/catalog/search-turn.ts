// Searches take turns of the event loop with each other, statement by statement: one operation may ask for thirty of many words each.
import { openTurns } from '../../clock.ts';

const inItsTurn = openTurns();

/** Resolves in a turn of the event loop that no other search works in. */
export function waitForTurn(): Promise<void> {
  return new Promise((resolve) => inItsTurn(resolve));
}
