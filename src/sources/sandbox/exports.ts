// The personal data of the synthetic listener, as Spotify would hand it out: in each edition that an import knows.
import { drawFor } from './draw.ts';
import type { Listener, Play } from './listener.ts';

export const EXPORT_EDITIONS = ['extended', 'old', 'short'] as const;
export type ExportEdition = (typeof EXPORT_EDITIONS)[number];

const PLAYS_PER_FILE = 10_000;
const DAY_MS = 86_400_000;
/** Years that the short history covers. */
const SHORT_MS = 365 * DAY_MS;

/**
 * Yields the files of an export, name and text. Deterministic: the same listener and times, the same bytes.
 *
 * @param edition `extended` as it is since 2023, `old` as it was before, `short` the account data of the last year
 */
export function* writeExport(
  listener: Listener,
  { edition, from, to, seed }: { edition: ExportEdition; from: number; to: number; seed: number },
): Generator<{ name: string; text: string }> {
  const begin = edition === 'short' ? Math.max(from, to - SHORT_MS) : from;
  let rows: object[] = [];
  let count = 0;
  for (const play of listener.playsBetween(begin, to)) {
    rows.push(toRow(play, edition, seed));
    // Now and then an episode is heard, which an import sets aside.
    if (rows.length % 97 === 0) rows.push(toEpisode(play, edition));
    if (rows.length < PLAYS_PER_FILE) continue;
    yield { name: nameOf(edition, count++, play), text: JSON.stringify(rows) };
    rows = [];
  }
  const last = { playedAt: to - 1 };
  if (rows.length > 0 || count === 0)
    yield { name: nameOf(edition, count, last), text: JSON.stringify(rows) };
}

function nameOf(edition: ExportEdition, count: number, { playedAt }: Pick<Play, 'playedAt'>): string {
  if (edition === 'short') return `Spotify Account Data/StreamingHistory_music_${count}.json`;
  if (edition === 'old') return `MyData/endsong_${count}.json`;
  const year = new Date(playedAt).getUTCFullYear();
  return `Spotify Extended Streaming History/Streaming_History_Audio_${year}_${count}.json`;
}

/** Half of a play or more; a short one was skipped. */
function drawPlayed(play: Play, seed: number): { ms: number; isSkipped: boolean; isShuffle: boolean } {
  const draw = drawFor(seed, `played ${play.playedAt}`);
  const isSkipped = draw.chance(0.12);
  const share = isSkipped ? draw.unit() * 0.4 : 1;
  return { ms: Math.round(play.track.durationMs * share), isSkipped, isShuffle: draw.chance(0.3) };
}

function toRow(play: Play, edition: ExportEdition, seed: number): object {
  const { ms, isSkipped, isShuffle } = drawPlayed(play, seed);
  const { track } = play;
  const endedAt = new Date(play.playedAt + ms).toISOString();
  const artist = track.album.artist.name;
  if (edition === 'short') {
    return {
      endTime: endedAt.slice(0, 16).replace('T', ' '),
      artistName: artist,
      trackName: track.name,
      msPlayed: ms,
    };
  }
  const isOld = edition === 'old';
  return {
    ts: `${endedAt.slice(0, 19)}Z`,
    ...(isOld ? { username: 'sandbox-listener' } : {}),
    platform: isOld ? 'Android OS 4.2.2 API 17 (samsung, GT-I9195)' : 'android',
    ms_played: ms,
    conn_country: 'DE',
    ...(isOld
      ? { ip_addr_decrypted: '203.0.113.7', user_agent_decrypted: 'unknown' }
      : { ip_addr: '203.0.113.7' }),
    master_metadata_track_name: track.name,
    master_metadata_album_artist_name: artist,
    master_metadata_album_album_name: track.album.name,
    spotify_track_uri: `spotify:track:${track.id}`,
    episode_name: null,
    episode_show_name: null,
    spotify_episode_uri: null,
    reason_start: 'trackdone',
    reason_end: isSkipped ? 'fwdbtn' : 'trackdone',
    shuffle: isShuffle,
    skipped: isOld ? null : isSkipped,
    offline: false,
    offline_timestamp: isOld ? play.playedAt : Math.round(play.playedAt / 1_000),
    incognito_mode: false,
  };
}

function toEpisode(play: Play, edition: ExportEdition): object {
  const endedAt = new Date(play.playedAt + 1_800_000).toISOString();
  return edition === 'short'
    ? {
        endTime: endedAt.slice(0, 16).replace('T', ' '),
        podcastName: 'Sandbox talks',
        episodeName: `Talk ${play.playedAt}`,
        msPlayed: 1_800_000,
      }
    : {
        ts: `${endedAt.slice(0, 19)}Z`,
        platform: 'android',
        ms_played: 1_800_000,
        conn_country: 'DE',
        ip_addr: '203.0.113.7',
        master_metadata_track_name: null,
        master_metadata_album_artist_name: null,
        master_metadata_album_album_name: null,
        spotify_track_uri: null,
        episode_name: `Talk ${play.playedAt}`,
        episode_show_name: 'Sandbox talks',
        spotify_episode_uri: `spotify:episode:${play.track.id}`,
      };
}
