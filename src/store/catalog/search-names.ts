// Names that hold the words of a term: read by the serving index where it can, by DuckDB where not, the same rows.
import type { SQLInputValue } from 'node:sqlite';
import { ENTITIES, type EntityName } from '../serving/layout.ts';
import type { ServingIndex } from '../serving/serving-index.ts';
import type { Catalog } from './catalog.ts';
import { boundNames, holdsWords, QUICK_TEXT, slowTexts, toMatch, type Word } from './search-term.ts';
import { waitForTurn } from './search-turn.ts';
import { fragment } from './sql-fragment.ts';

export type SearchType = 'ARTIST' | 'ALBUM' | 'TRACK';

/** What is found: how it is ordered besides its fit, and what tells its fit. */
export interface NamedRow {
  readonly id: string;
  /** What is found once: the recording that a track is of, the preferred one of an album's market twins; else its id. */
  readonly group_id: string;
  /** 0..100; of an artist or album that has none, that of its most popular track; 0 where nobody knows. */
  readonly popularity: number;
  /** How many tracks an artist or album has; 0 where nobody says. */
  readonly tracks: number;
  /** The search text of its name. */
  readonly text: string;
}

/** Of names that hold the words, so many are found at most: the most popular. */
const MAX_MATCHES = 4_000;
/** Candidates of the trigram index that may be looked at: for them before DuckDB is asked, and to tell that a word is not rare. */
export const MAX_CANDIDATES = 20_000;
/** Of an album so many tracks are looked at for the most popular one: what an album has is bounded by nothing. */
const MAX_ALBUM_TRACKS = 30;

interface Named {
  readonly entity: EntityName;
  readonly id: string;
  /** The group, as SQL over a row e of either engine. */
  readonly group: string;
  /** How many tracks it has, likewise. */
  readonly tracks: string;
  /** The popularity of its most popular track, of a row e, by either engine; null where it is a track itself. */
  readonly bestTrack: { readonly quick: string; readonly slow: string } | null;
}

export const NAMED: Readonly<Record<SearchType, Named>> = {
  ARTIST: {
    entity: 'artists',
    id: 'artist_id',
    group: 'e.artist_id',
    tracks: 'e.track_count',
    bestTrack: {
      // Tracks of an artist lie by their rank, the most popular first.
      quick: `(select t.popularity from artist_tracks l cross join tracks t on t.rank = l.child where l.parent = e.rank
        order by l.place limit 1)`,
      slow: `(select max(t.popularity) from gold.track_artists l join gold.tracks t using (track_id) where l.artist_id = e.artist_id)`,
    },
  },
  ALBUM: {
    entity: 'albums',
    id: 'album_id',
    group: 'e.preferred_album_id',
    tracks: 'e.total_tracks',
    bestTrack: {
      quick: `(select t.popularity from tracks t where t.rank = (select min(l.child) from (
        select child from album_tracks where parent = e.rank order by place limit ${MAX_ALBUM_TRACKS}) l))`,
      slow: `(select max(t.popularity) from (select album_id, popularity, row_number() over (
        partition by album_id order by disc_number nulls last, track_number nulls last, track_id) as place from gold.tracks) t
        where t.album_id = e.album_id and t.place <= ${MAX_ALBUM_TRACKS})`,
    },
  },
  TRACK: {
    entity: 'tracks',
    id: 'track_id',
    // The serving index has none where it is the track's own id.
    group: 'coalesce(e.recording_id, e.track_id)',
    tracks: '1',
    bestTrack: null,
  },
};

export const SEARCH_TYPES = Object.keys(NAMED) as SearchType[];

/** SQL of a NamedRow over a row e of either engine. */
export function namedColumns(type: SearchType, engine: 'quick' | 'slow'): string {
  const { id, group, tracks, bestTrack } = NAMED[type];
  const popularity = bestTrack
    ? `coalesce(e.popularity, ${bestTrack[engine]}, 0)`
    : 'coalesce(e.popularity, 0)';
  const text = engine === 'quick' ? QUICK_TEXT('e') : 'e.text';
  return `e.${id} as id, ${group} as group_id, ${popularity} as popularity, coalesce(${tracks}, 0) as tracks, ${text} as text`;
}

/** Those that hold every word, or a variant of it, and those that have one of the keys. */
export async function findNames(
  catalog: Catalog,
  type: SearchType,
  words: readonly Word[],
  keys: readonly string[],
): Promise<NamedRow[]> {
  const held = catalog.serving && (await findQuick(catalog.serving, type, words));
  return catalog.serving && held
    ? [...held, ...findQuickKeys(catalog.serving, type, keys)]
    : findSlow(catalog, type, words, keys);
}

/** Null where the index would have to look at too many candidates. */
async function findQuick(
  index: ServingIndex,
  type: SearchType,
  words: readonly Word[],
): Promise<NamedRow[] | null> {
  const { entity } = NAMED[type];
  const match = toMatch(words);
  if (match === null) return null;
  await waitForTurn();
  const holds = holdsWords(QUICK_TEXT('e'), words);
  const [candidates, most] = [boundNames(words, MAX_CANDIDATES), boundNames(words, MAX_MATCHES)];
  const rows = index.all(
    `select ${namedColumns(type, 'quick')} from (
       select rowid from ${entity}_names where ${entity}_names match ? order by rowid limit ${candidates}) f
     cross join ${entity} e on e.rank = f.rowid where ${holds.sql} order by f.rowid limit ${most}`,
    [match, ...(holds.params as SQLInputValue[])],
  );
  const mayHaveMissed = rows.length < most && index.count(entity) > candidates;
  if (mayHaveMissed && (await hasMore(index, { entity, match, candidates }))) return null;
  return rows as unknown as NamedRow[];
}

/** Whether there are more candidates than were looked at. */
async function hasMore(
  index: ServingIndex,
  { entity, match, candidates }: { entity: EntityName; match: string; candidates: number },
): Promise<boolean> {
  await waitForTurn();
  const [beyond] = index.all(
    `select 1 from ${entity}_names where ${entity}_names match ? limit 1 offset ${candidates}`,
    [match],
  );
  return beyond !== undefined;
}

function findQuickKeys(index: ServingIndex, type: SearchType, keys: readonly string[]): NamedRow[] {
  if (keys.length === 0) return [];
  const rows = index.all(
    `select ${namedColumns(type, 'quick')} from ${NAMED[type].entity} e
     where e.name_key in (${keys.map(() => '?').join(', ')}) order by e.rank limit ${MAX_MATCHES}`,
    keys,
  );
  return rows as unknown as NamedRow[];
}

function findSlow(
  catalog: Catalog,
  type: SearchType,
  words: readonly Word[],
  keys: readonly string[],
): Promise<NamedRow[]> {
  const { entity } = NAMED[type];
  const parts = [{ ...holdsWords('text', words), most: boundNames(words, MAX_MATCHES) }];
  if (keys.length > 0) {
    parts.push({
      ...fragment(`name_key in (${keys.map(() => '?').join(', ')})`, ...keys),
      most: MAX_MATCHES,
    });
  }
  const select = ({ sql, most }: { sql: string; most: number }) =>
    `(from named where ${sql} order by ${ENTITIES[entity].order} limit ${most})`;
  return catalog.all<NamedRow>(
    `with named as materialized ${slowTexts('*', `gold.${entity}`)}
     select ${namedColumns(type, 'slow')} from (${parts.map(select).join(' union all ')}) e`,
    parts.flatMap(({ params }) => params),
  );
}
