// What a person's own token may ask: who they are, and their last plays (SOURCES 1.5, 1.7).
import { ExtractError } from '../../errors.ts';
import { type CallOptions, createCall } from './call.ts';

export interface Person {
  /** Spotify's stable id of the person, where it gives one; else the user id. */
  readonly accountId: string;
  readonly displayName: string;
}

export interface RecentPlay {
  /** Milliseconds since 1970. */
  readonly playedAt: number;
  readonly trackId: string;
  readonly trackName: string;
  readonly artistName: string;
  readonly albumName: string | null;
  readonly durationMs: number;
}

export interface MeClient {
  /** @throws ExtractError for an answer without an id: nobody could be told from anybody else by it */
  person(): Promise<Person>;
  /** At most 50 plays after an instant, newest first. */
  recentlyPlayed(after: number | null): Promise<RecentPlays>;
}

export interface RecentPlays {
  /** How many Spotify showed, those without an id (local files) too: fifty mean that there may be more. */
  readonly shown: number;
  /** Those with an id. */
  readonly plays: readonly RecentPlay[];
}

/** Spotify hands out no more, whatever is asked. */
export const MOST_RECENT = 50;

export function createMeClient(options: CallOptions): MeClient {
  const call = createCall(options);
  const unusable = (path: string, what: string, status: number) =>
    new ExtractError(`"${options.source}" answered ${path} ${what}. Try again later.`, {
      source: options.source,
      url: path,
      status,
    });
  const get = async (path: string, query?: Record<string, string>): Promise<Record<string, unknown>> => {
    const answer = await call('me', path, query);
    if (answer.status === 200 && typeof answer.value === 'object' && answer.value !== null)
      return answer.value as Record<string, unknown>;
    throw unusable(path, `with status ${answer.status}`, answer.status);
  };
  return {
    person: async () => {
      const body = await get('/me');
      const accountId = [body.account_id, body.id].map(text).find((id) => id.trim() !== '');
      if (accountId === undefined) throw unusable('/me', 'without an id of the person', 200);
      return { accountId, displayName: text(body.display_name) };
    },
    recentlyPlayed: async (after) => {
      const query = { limit: String(MOST_RECENT), ...(after === null ? {} : { after: String(after) }) };
      const { items } = await get('/me/player/recently-played', query);
      const shown: readonly Item[] = Array.isArray(items) ? items : [];
      return { shown: shown.length, plays: shown.flatMap((item) => readPlay(item) ?? []) };
    },
  };
}

interface Item {
  readonly played_at?: unknown;
  readonly track?: {
    readonly id?: unknown;
    readonly name?: unknown;
    readonly duration_ms?: unknown;
    readonly artists?: readonly { readonly name?: unknown }[];
    readonly album?: { readonly name?: unknown };
  } | null;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function readPlay(item: Item | null): RecentPlay | null {
  const playedAt = Date.parse(text(item?.played_at));
  const { track } = item ?? {};
  if (Number.isNaN(playedAt) || !/^[0-9A-Za-z]{22}$/.test(text(track?.id))) return null;
  return {
    playedAt,
    trackId: text(track?.id),
    trackName: text(track?.name),
    artistName: text(track?.artists?.[0]?.name),
    albumName: text(track?.album?.name) || null,
    durationMs: typeof track?.duration_ms === 'number' ? track.duration_ms : 0,
  };
}
