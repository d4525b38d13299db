// What one row of an export says, whatever its edition: a play, something set aside, or nothing that can be used (SOURCES 4).
import { createHash } from 'node:crypto';

/** A play as exports and the API know it. What is personal beyond the listening itself is not in it. */
export interface Play {
  /** The same for the same row, in whichever file it comes again. */
  readonly key: string;
  readonly origin: 'EXTENDED' | 'SHORT' | 'RECENT';
  /** End of the play, milliseconds since 1970; of SHORT plays the begin of the minute in which it ended. */
  readonly endedAt: number;
  readonly msPlayed: number;
  readonly trackId: string | null;
  readonly trackName: string;
  readonly artistName: string;
  readonly albumName: string | null;
  /** ios, android, web, desktop, device or other; null where the row does not say. */
  readonly platform: string | null;
  /** ISO 3166-1 alpha-2; null where unknown. */
  readonly country: string | null;
  readonly reasonStart: string | null;
  readonly reasonEnd: string | null;
  readonly isShuffle: boolean | null;
  readonly isSkipped: boolean | null;
  readonly isOffline: boolean | null;
  readonly isIncognito: boolean | null;
}

export type Row =
  | { readonly kind: 'PLAY'; readonly play: Play; readonly user: string | null }
  | { readonly kind: 'PODCAST' | 'AUDIOBOOK' | 'VIDEO'; readonly user: string | null }
  | { readonly kind: 'REJECTED'; readonly reason: string };

type Fields = Readonly<Record<string, unknown>>;

const FIRST_PLAY = Date.UTC(2006, 0, 1);
const DAY_MS = 86_400_000;

/** @param now plays that end more than a day after it are rejected: the clock of the device was wrong */
export function toRow(fields: unknown, now: number): Row {
  if (typeof fields !== 'object' || fields === null) return reject('it is no object');
  const row = fields as Fields;
  if ('ts' in row && 'ms_played' in row) return fromExtended(row, now);
  if ('endTime' in row && 'msPlayed' in row) return fromShort(row, now);
  return reject('it has neither "ts" and "ms_played" nor "endTime" and "msPlayed"');
}

function fromExtended(row: Fields, now: number): Row {
  const ts = text(row.ts);
  const endedAt = ts !== null && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(ts) ? Date.parse(ts) : Number.NaN;
  const wrong = checkPlayed(endedAt, row.ms_played, `ts ${JSON.stringify(row.ts)}`, now);
  if (wrong) return reject(wrong);
  // Another person's name is told from this one's without keeping either.
  const username = text(row.username);
  const user = username === null ? null : digest(`user ${username}`);
  if (text(row.spotify_episode_uri) ?? text(row.episode_name)) return { kind: 'PODCAST', user };
  if (text(row.audiobook_uri) ?? text(row.audiobook_title) ?? text(row.audiobook_chapter_uri))
    return { kind: 'AUDIOBOOK', user };
  const uri = text(row.spotify_track_uri);
  const trackId = /^spotify:track:([0-9A-Za-z]{22})$/.exec(uri ?? '')?.[1] ?? null;
  const trackName = text(row.master_metadata_track_name) ?? '';
  const artistName = text(row.master_metadata_album_artist_name) ?? '';
  if (uri !== null && trackId === null && !uri.startsWith('spotify:local:'))
    return reject(`spotify_track_uri ${JSON.stringify(uri)} is no track`);
  if (trackId === null && trackName === '')
    return reject('it names neither a track, an episode nor an audiobook');
  const platform = toPlatform(text(row.platform) ?? '');
  return {
    kind: 'PLAY',
    user,
    play: {
      key: digest(`extended ${ts} ${uri ?? `${artistName} ${trackName}`} ${row.ms_played} ${platform ?? ''}`),
      origin: 'EXTENDED',
      endedAt,
      msPlayed: row.ms_played as number,
      trackId,
      trackName,
      artistName,
      albumName: text(row.master_metadata_album_album_name),
      platform,
      country: toCountry(row.conn_country),
      reasonStart: toReason(row.reason_start),
      reasonEnd: toReason(row.reason_end),
      isShuffle: flag(row.shuffle),
      isSkipped: flag(row.skipped),
      isOffline: flag(row.offline),
      isIncognito: flag(row.incognito_mode),
    },
  };
}

function fromShort(row: Fields, now: number): Row {
  const endTime = text(row.endTime);
  const endedAt =
    endTime !== null && /^\d{4}-\d\d-\d\d \d\d:\d\d$/.test(endTime)
      ? Date.parse(`${endTime.replace(' ', 'T')}:00Z`)
      : Number.NaN;
  const wrong = checkPlayed(endedAt, row.msPlayed, `endTime ${JSON.stringify(row.endTime)}`, now);
  if (wrong) return reject(wrong);
  if (text(row.podcastName) ?? text(row.episodeName)) return { kind: 'PODCAST', user: null };
  const trackName = text(row.trackName) ?? '';
  const artistName = text(row.artistName) ?? '';
  if (trackName === '' || (trackName === 'Unknown Track' && artistName === 'Unknown Artist'))
    return reject('its track has no name');
  return {
    kind: 'PLAY',
    user: null,
    play: {
      key: digest(`short ${endTime} ${artistName}\n${trackName} ${row.msPlayed}`),
      origin: 'SHORT',
      endedAt,
      msPlayed: row.msPlayed as number,
      trackId: null,
      trackName,
      artistName,
      albumName: null,
      platform: null,
      country: null,
      reasonStart: null,
      reasonEnd: null,
      isShuffle: null,
      isSkipped: null,
      isOffline: null,
      isIncognito: null,
    },
  };
}

function checkPlayed(endedAt: number, ms: unknown, shown: string, now: number): string | null {
  if (Number.isNaN(endedAt)) return `${shown} is no time`;
  const wrong = checkEnd(endedAt, now);
  if (wrong) return `${shown} ${wrong}`;
  if (typeof ms !== 'number' || !Number.isInteger(ms) || ms < 0 || ms > 10 * DAY_MS)
    return `its play of ${JSON.stringify(ms)} ms is not possible`;
  return null;
}

/** Between which instants a play can have ended: not before there was anything to play with, nor more than a day after now. */
export function endBounds(now: number): { from: number; to: number } {
  return { from: FIRST_PLAY, to: now + DAY_MS };
}

/** Why nothing can have been played up to an instant, or null. */
export function checkEnd(endedAt: number, now: number): string | null {
  const { from, to } = endBounds(now);
  if (endedAt > to) return 'lies in the future';
  return endedAt < from ? 'lies before 2006' : null;
}

const reject = (reason: string): Row => ({ kind: 'REJECTED', reason });

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/** Older exports say null, or leave the key out. */
function flag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

function toReason(value: unknown): string | null {
  const reason = text(value)?.toLowerCase() ?? null;
  return reason === 'none' || reason === 'unknown' || reason === null || !/^[a-z-]{1,40}$/.test(reason)
    ? null
    : reason;
}

function toCountry(value: unknown): string | null {
  return typeof value === 'string' && /^[A-Z]{2}$/.test(value) && value !== 'ZZ' ? value : null;
}

/** The free text of an export names devices down to their model; the kind is all that is kept. */
function toPlatform(value: string): string | null {
  if (value === '') return null;
  const words = value.toLowerCase();
  if (/\bios\b|iphone|ipad/.test(words)) return 'ios';
  if (/android/.test(words)) return 'android';
  if (/web_?player|webplayer/.test(words)) return 'web';
  if (/windows|os ?x|macos|linux/.test(words)) return 'desktop';
  if (/cast|tv|speaker|sonos|playstation|xbox|garmin|car\b|partner/.test(words)) return 'device';
  return 'other';
}

function digest(content: string): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 22);
}
