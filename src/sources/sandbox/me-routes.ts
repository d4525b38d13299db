// What a user's own token may ask: the profile, the last fifty plays, the top artists and tracks (SOURCES 1.5, 1.7).
import { toIso } from '../../clock.ts';
import type { Bodies } from './bodies.ts';
import type { Lie } from './faults.ts';
import type { Listener, Play, TimeRange } from './listener.ts';
import type { Pager } from './paging.ts';
import { apiError, json, type Reply } from './reply.ts';
import type { SandboxSettings } from './settings.ts';

export interface MeRoutes {
  profile(): Reply;
  recentlyPlayed(query: URLSearchParams): Reply;
  top(kind: 'artists' | 'tracks', query: URLSearchParams, lie: Lie | null): Reply;
}

interface MeOptions {
  /** e.g. http://127.0.0.1:1234/v1 */
  readonly base: string;
  readonly bodies: Bodies;
  readonly pager: Pager;
  readonly listener: Listener;
  readonly settings: Readonly<SandboxSettings>;
  readonly now: () => number;
}

/** Nothing older is ever shown, whatever the cursor. */
const KEPT = 50;
const RANGES: readonly TimeRange[] = ['short_term', 'medium_term', 'long_term'];
const USER = 'sandbox-listener';

export function createMeRoutes({ base, bodies, pager, listener, settings, now }: MeOptions): MeRoutes {
  const isNew = () => settings.listener === 'new';
  const toItem = ({ track, playedAt, context }: Play) => ({
    track: bodies.track(track, null),
    played_at: toIso(playedAt),
    context:
      context === null
        ? null
        : toContext(base, context, context === 'album' ? track.album.id : track.album.artist.id),
  });
  return {
    profile: () =>
      json({
        account_id: 'sandbox-account',
        display_name: 'Sandbox Listener',
        external_urls: { spotify: `https://open.sandbox.invalid/user/${USER}` },
        href: `${base}/users/${USER}`,
        id: USER,
        images: [],
        type: 'user',
        uri: `spotify:user:${USER}`,
        ...(settings.profile === 'dev2026'
          ? {}
          : {
              country: 'DE',
              email: 'listener@sandbox.invalid',
              explicit_content: { filter_enabled: false, filter_locked: false },
              followers: { href: null, total: 3 },
              product: 'premium',
            }),
      }),
    recentlyPlayed: (query) => {
      const limit = query.has('limit') ? Number(query.get('limit') || Number.NaN) : 20;
      if (!Number.isInteger(limit) || limit < 1 || limit > 50) return apiError(400, 'Invalid limit');
      const [before, after] = [readCursor(query, 'before'), readCursor(query, 'after')];
      if (before === 'wrong' || after === 'wrong') return apiError(400, 'Invalid cursor');
      if (before !== null && after !== null)
        return apiError(400, 'Only one of before and after may be given');
      const known = isNew() ? [] : listener.playsBefore(now(), KEPT);
      const shown = known
        .filter(
          ({ playedAt }) => (before === null || playedAt < before) && (after === null || playedAt > after),
        )
        .slice(0, limit);
      const [newest, oldest] = [shown[0], shown.at(-1)];
      const path = `${base}/me/player/recently-played`;
      if (!newest || !oldest)
        return json({ items: [], next: null, cursors: null, limit, href: `${path}?limit=${limit}` });
      return json({
        items: shown.map(toItem),
        // A next page is promised although it may prove empty.
        next: `${path}?before=${oldest.playedAt}&limit=${limit}`,
        cursors: { after: String(newest.playedAt), before: String(oldest.playedAt) },
        limit,
        href: `${path}?limit=${limit}`,
      });
    },
    top: (kind, query, lie) => {
      const range = RANGES.find((each) => each === (query.get('time_range') ?? 'medium_term'));
      if (!range) return apiError(400, 'Invalid time range');
      const list = { path: `/me/top/${kind}`, limits: { max: 50, usual: 20 }, query: `time_range=${range}` };
      return kind === 'artists'
        ? pager.reply(
            query,
            { ...list, items: isNew() ? [] : listener.topArtists(range), toBody: bodies.artist },
            lie,
          )
        : pager.reply(
            query,
            {
              ...list,
              items: isNew() ? [] : listener.topTracks(range),
              toBody: (track) => bodies.track(track, null),
            },
            lie,
          );
    },
  };
}

function toContext(base: string, type: 'album' | 'artist', id: string): object {
  return {
    type,
    href: `${base}/${type}s/${id}`,
    external_urls: { spotify: `https://open.sandbox.invalid/${type}/${id}` },
    uri: `spotify:${type}:${id}`,
  };
}

/** Unix time in milliseconds. */
function readCursor(query: URLSearchParams, name: string): number | null | 'wrong' {
  const given = query.get(name);
  if (given === null) return null;
  return /^\d+$/.test(given) ? Number(given) : 'wrong';
}
