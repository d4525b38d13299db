// Lands an account's last plays. Spotify shows the last fifty only: asked too rarely, some are never seen, and the run says so.
import { type MeClient, MOST_RECENT, type RecentPlay } from '../sources/spotify/me.ts';
import type { LandedPlay, ListeningFile } from '../store/listening/listening-file.ts';
import type { StepContext } from './step.ts';

export interface PollResult {
  readonly read: number;
  readonly fresh: readonly RecentPlay[];
  /** Whether plays may have been missed since the poll before. */
  readonly isGap: boolean;
}

/** A play may come late: this far back what was told is told again, and known again. */
const OVERLAP_MS = 3 * 3_600_000;
const BATCH = 'recent';

export async function pollRecent(
  context: StepContext,
  file: ListeningFile,
  me: MeClient,
): Promise<PollResult> {
  const newest = file.findNewestRecent();
  const plays = await me.recentlyPlayed(newest === null ? null : newest - OVERLAP_MS);
  const known = file.hasPlays(plays.map(keyOf));
  const fresh = plays.filter((play) => !known.has(keyOf(play)));
  const isGap = newest !== null && plays.length >= MOST_RECENT && known.size === 0;
  if (fresh.length > 0) {
    const { run, clock } = context;
    const batch = file.openBatch({ id: BATCH, origin: 'RECENT', runId: run.id, openedAt: clock.now() });
    // All plays of the API are one batch: each group of them lands whole, in a transaction.
    if (batch.sealedAt === null) file.sealBatch(BATCH, { at: clock.now(), files: [], note: {} });
    file.addPlays(BATCH, fresh.map(toLanded));
  }
  return { read: plays.length, fresh, isGap };
}

/** The natural key of a play of the API (SOURCES 1.7): when, and which track. */
const keyOf = ({ playedAt, trackId }: RecentPlay) => `recent ${playedAt} ${trackId}`;

function toLanded(play: RecentPlay): LandedPlay {
  return {
    key: keyOf(play),
    origin: 'RECENT',
    endedAt: play.playedAt,
    // The API does not say how long; a play that it lists was played for the most part.
    msPlayed: play.durationMs,
    trackId: play.trackId,
    trackName: play.trackName,
    artistName: play.artistName,
    albumName: play.albumName,
    platform: null,
    country: null,
    reasonStart: null,
    reasonEnd: null,
    isShuffle: null,
    isSkipped: null,
    isOffline: null,
    isIncognito: null,
  };
}
