import { describe, expect, it, onTestFinished } from 'vitest';
import { pollRecent } from '../../src/pipeline/poll-recent.ts';
import type { StepContext } from '../../src/pipeline/step.ts';
import type { MeClient, RecentPlay } from '../../src/sources/spotify/me.ts';
import { createAccount, openAccount } from '../../src/store/listening/accounts.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';
import { createVirtualClock } from '../fixtures/virtual-clock.ts';

const ID = 'aaaaaaaaaaaa';
const MINUTE = 60_000;

async function openPoll() {
  const dataDir = makeTempFolder();
  await createAccount(dataDir, { id: ID, spotifyAccountId: null, displayName: '', createdAt: 1 });
  const file = await openAccount(dataDir, ID);
  onTestFinished(() => file.close());
  const context = { run: { id: 'r' }, clock: createVirtualClock() } as unknown as StepContext;
  /** A poll that is shown so many plays from a time on, one a minute; so many of them without an id. */
  return (from: number, count: number, withoutId = 0) => {
    const plays = Array.from({ length: count - withoutId }, (_, n): RecentPlay => {
      const names = { trackName: 'Limelight', artistName: 'Rush', albumName: null, durationMs: 1 };
      return { playedAt: from + n * MINUTE, trackId: String(n % 10).repeat(22), ...names };
    });
    const me: Pick<MeClient, 'recentlyPlayed'> = { recentlyPlayed: async () => ({ shown: count, plays }) };
    return pollRecent(context, file, me as MeClient);
  };
}

describe('pollRecent(context, file, me)', () => {
  it('sees no gap at the first poll, nor where one of the plays is known', async () => {
    const poll = await openPoll();
    expect(await poll(0, 50)).toMatchObject({ read: 50, isGap: false });
    expect(await poll(40 * MINUTE, 50)).toMatchObject({ isGap: false });
  });

  it('sees a gap when all fifty are new, those without an id among them', async () => {
    const poll = await openPoll();
    await poll(0, 50);
    expect(await poll(100 * MINUTE, 50)).toMatchObject({ isGap: true });
    const local = await poll(200 * MINUTE, 50, 1);
    expect([local.read, local.fresh.length, local.isGap]).toEqual([50, 49, true]);
    expect(await poll(300 * MINUTE, 49)).toMatchObject({ isGap: false });
  });
});
