// How much of the allowance of a rolling window the gate uses, in virtual time: answers take as long as they do over the network.
import { seededRandomness } from '../../src/clock.ts';
import { createFamilies } from '../../src/sources/families.ts';
import { createGate } from '../../src/sources/gate.ts';
import { createHttp } from '../../src/sources/http.ts';
import { DEFAULT_SETTINGS } from '../../src/sources/sandbox/settings.ts';
import { createThrottle } from '../../src/sources/sandbox/throttle.ts';
import { createWindow } from '../../src/sources/window.ts';
import { createVirtualClock } from '../../test/fixtures/virtual-clock.ts';

const WINDOW_MS = 30_000;

export interface WindowUse {
  /** Calls over what the window allows in the time. */
  readonly share: number;
  /** Most calls that the source saw in any 30 s. */
  readonly most: number;
  readonly refused: number;
}

/** @param limit calls in any 30 s, for the client and for the source alike */
export async function measureWindow(limit: number, minutes: number): Promise<WindowUse> {
  const clock = createVirtualClock();
  const random = seededRandomness(20261126);
  const throttle = createThrottle({ clock, settings: DEFAULT_SETTINGS, windowRequests: limit, quotas: {} });
  const arrivals: number[] = [];
  let refused = 0;
  const http = createHttp({
    source: 'bench',
    clock,
    random,
    retries: 3,
    sendOnce: async () => {
      // A call counts where it arrives, and not when it was sent.
      await clock.sleep(5 + 60 * random.next());
      arrivals.push(clock.now());
      const refusal = throttle.check('things', { client: 'c', developer: 'd' });
      if (refusal) refused += 1;
      await clock.sleep(40 + 200 * random.next());
      return refusal ?? { status: 200, headers: {}, body: '{}' };
    },
  });
  const families = createFamilies({
    source: 'bench',
    memory: { get: async () => null, set: async () => {} },
    clock,
    key: '',
  });
  const window = createWindow(limit, clock);
  const gate = createGate({ http, families, window, clock, maxWaitSeconds: 60, spend: () => {} });
  const end = clock.now() + minutes * 60_000;
  const lane = async () => {
    while (clock.now() < end) await gate.send('things', 'http://x', {});
  };
  const lanes = Array.from({ length: 8 }, lane);
  await clock.advance(minutes * 60_000 + 2 * WINDOW_MS);
  await Promise.all(lanes);
  const within = arrivals.filter((at) => at <= end).length;
  const most = Math.max(
    ...arrivals.map((at) => arrivals.filter((other) => other >= at && other < at + WINDOW_MS).length),
  );
  return { share: within / ((minutes * 60_000 * limit) / WINDOW_MS), most, refused };
}
