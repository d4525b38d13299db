// Lands an account's last plays. Spotify shows the last fifty only: asked too rarely, some are never seen, and the run says so.
import { checkEnd } from '../../sources/exports/to-play.ts';
import { TokenRefusedError } from '../../sources/spotify/answers.ts';
import { LoginEndedError, loginEnds } from '../../sources/spotify/login.ts';
import { type MeClient, MOST_RECENT, type RecentPlay } from '../../sources/spotify/me.ts';
import type { Account } from '../../store/listening/accounts.ts';
import type { LandedPlay, ListeningFile } from '../../store/listening/listening-file.ts';
import { describeLogin, listEnding } from '../../store/listening/logins.ts';
import type { StepContext, StepResult } from '../step.ts';
import { type AccountSource, openAccountSource } from './account-source.ts';

export interface PollResult {
  readonly read: number;
  readonly fresh: readonly RecentPlay[];
  /** Plays that cannot have ended when they are said to. */
  readonly rejected: number;
  /** Whether plays may have been missed since the poll before. */
  readonly isGap: boolean;
}

/** A play may come late: this far back what was told is told again, and known again. */
const OVERLAP_MS = 3 * 3_600_000;
const BATCH = 'recent';

/**
 * Lands them, and says when plays may have been missed, or the login ends soon. One that has ended is told once, and asked for nothing
 * more until somebody has logged in again. Of one whose token is refused though it is new each run says so: it may be taken again.
 */
export async function landRecent(
  context: StepContext,
  account: Account,
  listening: ListeningFile,
): Promise<StepResult> {
  const source = openAccountSource(context, { accountId: account.id, file: listening });
  try {
    if (hasEnded(context, listening, source)) return ended(context, account, listening);
    const polled = await pollRecent(context, listening, source.me).catch((error: unknown) => {
      if (error instanceof LoginEndedError || error instanceof TokenRefusedError) return error;
      throw error;
    });
    if (polled instanceof TokenRefusedError) return putOff(`Account ${account.id}: ${polled.message}`);
    if (polled instanceof LoginEndedError) {
      const result = ended(context, account, listening);
      context.event('WARN', 'account.ends', result.message);
      return result;
    }
    const { read, fresh, rejected, isGap } = polled;
    warnOfEnd(context, account, listening, source);
    if (rejected > 0)
      context.event(
        'INFO',
        'plays.rejected',
        `Account ${account.id}: ${rejected} of the last ${read} plays end in the future, or before 2006, and are left out: the clock of the device was wrong.`,
      );
    if (isGap) {
      context.event(
        'WARN',
        'plays.gap',
        `Account ${account.id}: the last ${read} plays are all new; plays before them may have been missed. ` +
          'Run HISTORY more often, or fill the gap with an export.',
      );
    }
    const counts = { rowsIn: read, rowsOut: fresh.length, rowsRejected: rejected, requests: 1 };
    if (isGap) return { ...counts, status: 'PARTIAL' };
    return fresh.length === 0 ? { ...counts, status: 'SKIPPED' } : counts;
  } finally {
    await source.close();
  }
}

/**
 * Whether the login was refused. One whose day has come may hold a little longer, and is tried; an end of before the person agreed is that
 * of the login before.
 */
function hasEnded({ clock }: StepContext, listening: ListeningFile, { tokens }: AccountSource): boolean {
  const login = tokens.find();
  const endedAt = listening.findLoginEnd();
  if (login === null || endedAt === null || endedAt === loginEnds(login)) return false;
  return endedAt > login.authorizedAt && endedAt <= clock.now();
}

function ended({ clock }: StepContext, { id }: Account, listening: ListeningFile) {
  const now = clock.now();
  return putOff(describeLogin({ accountId: id, endsAt: listening.findLoginEnd() ?? now }, now));
}

/** Nothing of this account until its owner has done something; the steps after this one go on. */
function putOff(message: string) {
  return { status: 'PARTIAL', message, rowsIn: 0, rowsOut: 0, requests: 0 } as const;
}

/** A login ends six months after it was granted, whatever happens: said in time. */
function warnOfEnd(
  { clock, config, event }: StepContext,
  { id }: Account,
  listening: ListeningFile,
  { tokens }: AccountSource,
): void {
  const found = tokens.find();
  if (!found) return;
  const login = { accountId: id, endsAt: loginEnds(found) };
  if (listening.findLoginEnd() !== login.endsAt) listening.saveLoginEnd(login.endsAt);
  const now = clock.now();
  if (listEnding([login], config.loginWarnDays, now).length > 0)
    event('WARN', 'account.ends', describeLogin(login, now));
}

export async function pollRecent(
  context: StepContext,
  file: ListeningFile,
  me: MeClient,
): Promise<PollResult> {
  const now = context.clock.now();
  // One that ends in the future, however it came here, must not hide what is played until then.
  const newest = file.findNewestRecent(now);
  const { shown, plays: told } = await me.recentlyPlayed(newest === null ? null : newest - OVERLAP_MS);
  const plays = told.filter(({ playedAt }) => checkEnd(playedAt, now) === null);
  const known = file.hasPlays(plays.map(keyOf));
  const fresh = plays.filter((play) => !known.has(keyOf(play)));
  const isGap = newest !== null && shown >= MOST_RECENT && known.size === 0;
  if (fresh.length > 0) {
    const batch = file.openBatch({ id: BATCH, origin: 'RECENT', runId: context.run.id, openedAt: now });
    // All plays of the API are one batch: each group of them lands whole, in a transaction.
    if (batch.sealedAt === null) file.sealBatch(BATCH, { at: now, files: [], note: {} });
    file.addPlays(BATCH, fresh.map(toLanded));
  }
  return { read: shown, fresh, rejected: told.length - plays.length, isGap };
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
