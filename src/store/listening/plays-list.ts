// The plays of an account as a list, newest first.
import type { Catalog } from '../catalog/catalog.ts';
import { type Listing, listConnection } from '../catalog/listing.ts';
import type { Connection, PageArgs, PageLimits } from '../catalog/page.ts';
import { type Span, withinSpan } from './span.ts';

/** One play, merged over the ways it came to us. */
export interface Play {
  readonly endedAt: number;
  readonly startedAt: number;
  readonly msPlayed: number;
  readonly trackId: string | null;
  /** As the play names it; "" where only the id is known. */
  readonly trackName: string;
  readonly artistName: string;
  readonly albumName: string | null;
  /** How surely the id belongs to the names, 0..1: 1 came with it; null: none was found. */
  readonly matchScore: number | null;
  readonly origin: 'EXTENDED' | 'SHORT' | 'RECENT';
  readonly isSkipped: boolean | null;
  readonly isShuffle: boolean | null;
  readonly isOffline: boolean | null;
  readonly reasonStart: string | null;
  readonly reasonEnd: string | null;
  readonly platform: string | null;
  readonly country: string | null;
}

const PLAYS: Listing<Play, Play> = {
  name: 'plays',
  from: 'me.plays p',
  columns: `epoch_ms(p.ended_at) as endedAt, epoch_ms(p.started_at) as startedAt, p.ms_played as msPlayed, p.track_id as trackId,
    p.track_name as trackName, p.artist_name as artistName, p.album_name as albumName, p.match_score as matchScore, p.origin,
    p.is_skipped as isSkipped, p.is_shuffle as isShuffle, p.is_offline as isOffline, p.reason_start as reasonStart,
    p.reason_end as reasonEnd, p.platform, p.country`,
  toEntity: (row) => row,
};

export function listPlays(
  listening: Catalog,
  span: Span,
  args: PageArgs,
  limits: PageLimits,
): Connection<Play> {
  return listConnection(listening, PLAYS, {
    filter: withinSpan(span),
    terms: [
      { field: 'ENDED_AT', sql: 'epoch_ms(p.ended_at)', type: 'number', direction: 'DESC', nulls: 'LAST' },
      { field: 'KEY', sql: 'p.play_key', type: 'text', direction: 'ASC', nulls: 'LAST' },
    ],
    args,
    limits,
  });
}

export interface UnresolvedName {
  readonly artistName: string;
  readonly trackName: string;
  readonly plays: number;
  readonly minutes: number;
}

/** Names that no track was found for, the most played first. */
export function listUnresolved(listening: Catalog, first: number): Promise<UnresolvedName[]> {
  return listening.all<UnresolvedName>(
    `select artist_name as artistName, track_name as trackName, count(*) as plays, sum(ms_played)::bigint / 60000.0 as minutes
     from me.plays where track_id is null group by all order by plays desc, minutes desc, artistName, trackName limit ${first}`,
  );
}
