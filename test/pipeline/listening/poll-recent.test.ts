import { describe, expect, it, onTestFinished } from 'vitest';
import { pollRecent } from '../../../src/pipeline/listening/poll-recent.ts';
import type { StepContext } from '../../../src/pipeline/step.ts';
import type { MeClient, RecentPlay } from '../../../src/sources/spotify/me.ts';
import { createAccount, openAccount } from '../../../src/store/listening/accounts.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';

const ID = 'aaaaaaaaaaaa';
const MINUTE = 60_000;
const DAY = 86_400_000;

async function openPoll() {
  const dataDir = makeTempFolder();
  await createAccount(dataDir, { id: ID, spotifyAccountId: null, displayName: '', createdAt: 1 });
  const file = await openAccount(dataDir, ID);
  onTestFinished(() => file.close());
  const clock = createVirtualClock();
  const begin = clock.now();
  const context = { run: { id: 'r' }, clock } as unknown as StepContext;
  const asked: (number | null)[] = [];
  /** A poll that is shown so many plays from a time on (0: when the clock began), one a minute; so many of them without an id. */
  const poll = async (from: number, count: number, withoutId = 0) => {
    if (clock.now() < begin + from + count * MINUTE) clock.step(begin + from + count * MINUTE - clock.now());
    return pollAsItIs(from, count, withoutId);
  };
  /** The same without waiting for their end. */
  const pollAsItIs = (from: number, count: number, withoutId = 0) => {
    const plays = Array.from({ length: count - withoutId }, (_, n): RecentPlay => {
      const names = { trackName: 'Limelight', artistName: 'Rush', albumName: null, durationMs: 1 };
      return { playedAt: begin + from + n * MINUTE, trackId: String(n % 10).repeat(22), ...names };
    });
    const me: Pick<MeClient, 'recentlyPlayed'> = {
      recentlyPlayed: async (after) => {
        asked.push(after === null ? null : after - begin);
        return { shown: count, plays };
      },
    };
    return pollRecent(context, file, me as MeClient);
  };
  return { clock, poll, pollAsItIs, asked };
}

describe('pollRecent(context, file, me)', () => {
  it('sees no gap at the first poll, nor where one of the plays is known', async () => {
    const { poll } = await openPoll();
    expect(await poll(0, 50)).toMatchObject({ read: 50, isGap: false });
    expect(await poll(40 * MINUTE, 50)).toMatchObject({ isGap: false });
  });

  it('sees a gap when all fifty are new, those without an id among them', async () => {
    const { poll } = await openPoll();
    await poll(0, 50);
    expect(await poll(100 * MINUTE, 50)).toMatchObject({ isGap: true });
    const local = await poll(200 * MINUTE, 50, 1);
    expect([local.read, local.fresh.length, local.isGap]).toEqual([50, 49, true]);
    expect(await poll(300 * MINUTE, 49)).toMatchObject({ isGap: false });
  });

  it('leaves out plays that end more than a day from now, or before 2006, and counts them', async () => {
    const { clock, pollAsItIs } = await openPoll();
    const ahead = await pollAsItIs(DAY - 10 * MINUTE, 50);
    expect([ahead.read, ahead.fresh.length, ahead.rejected]).toEqual([50, 11, 39]);
    expect(await pollAsItIs(-clock.now(), 1)).toMatchObject({ rejected: 1, fresh: [] });
  });

  it('asks from the newest play that has ended by now, whatever the clock of a device says', async () => {
    const { clock, poll, pollAsItIs, asked } = await openPoll();
    await poll(0, 1);
    await pollAsItIs(10 * 60 * MINUTE, 1);
    clock.step(8 * 60 * MINUTE);
    await pollAsItIs(30 * MINUTE, 1);
    await pollAsItIs(40 * MINUTE, 1);
    // Three hours before the newest one: plays may come late.
    expect(asked).toEqual([null, -180 * MINUTE, -180 * MINUTE, -150 * MINUTE]);
  });
});
