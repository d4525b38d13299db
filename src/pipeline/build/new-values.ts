// Whether what a batch touches is new to the parent: then nothing of the parent is in the way, and its files need not be read.
import { invariant } from '../../errors.ts';
import { type DuckDb, quoteName } from '../../store/duckdb.ts';
import type { LayerFolder, Manifest } from '../../store/snapshots/manifest.ts';
import { selectFiles } from '../../store/snapshots/relation-writer.ts';
import type { InQueue } from './side-by-side.ts';

/** Columns of silver that together hold every value of a kind that any relation of the parent has. */
interface Kind {
  /** What has been found out, since most relations are touched by the same values: (id, is_known). */
  readonly asked: string;
  readonly places: readonly string[];
  /** One that knows of the places which are dear to read. */
  readonly beside?: Kind;
}

const TRACKS: Kind = { asked: 'work.asked_tracks', places: ['tracks.track_id', 'audio_features.track_id'] };
const ENTITIES: Kind = {
  asked: 'work.asked_entities',
  places: ['albums.album_id', 'artists.artist_id', 'rankings.artist_id', 'playlists.playlist_id'],
  beside: TRACKS,
};
/** Of silver alone: what a track says of its album or artists comes on top in gold. */
const ALBUMS: Kind = { asked: 'work.asked_albums', places: ['albums.album_id'] };
const ARTISTS: Kind = { asked: 'work.asked_artists', places: ['artists.artist_id', 'rankings.artist_id'] };

const KINDS: Readonly<Record<string, Kind>> = { track_id: TRACKS, recording_id: TRACKS, entity_id: ENTITIES };
const KINDS_OF_SILVER: typeof KINDS = { album_id: ALBUMS, artist_id: ARTISTS, ...KINDS };

/** Ids of what has come: tracks are asked for once for all of them, whatever they are asked for as later. */
const CAME = `select track_id as id from staging.tracks union select track_id from staging.audio_features
  union select album_id from staging.albums union select artist_id from staging.artists`;

/** Makes the tables of what has been asked, and the view `new_tracks` of those that the parent says nothing of, as far as anybody knows. */
export const OPEN_ASKED = [
  ...[TRACKS, ENTITIES, ALBUMS, ARTISTS].map(
    ({ asked }) => `create table if not exists ${asked} (id varchar, is_known boolean)`,
  ),
  `create or replace view new_tracks as select id as track_id from ${TRACKS.asked} where not is_known`,
].join(';\n');

/** Values whose rows a batch may change. */
export interface TouchedValues {
  readonly layer: LayerFolder;
  readonly column: string;
  /** The table of one column that shall hold them. */
  readonly table: string;
  /** Select of them. */
  readonly select: string;
}

interface Asking {
  readonly dataDir: string;
  readonly db: DuckDb;
  readonly parent: Manifest;
  /** For values of one kind one asks at a time: the next one need not look for what has been found out by then. */
  readonly inQueue: InQueue;
  readonly signal?: AbortSignal;
}

/**
 * Fills the table of touched values.
 *
 * @returns how many there are, and whether none of them is the parent's: false where nobody looks
 */
export async function findTouched(
  asking: Asking,
  { layer, column, table, select }: TouchedValues,
): Promise<{ values: number; isNew: boolean }> {
  const kind = (layer === 'silver' ? KINDS_OF_SILVER : KINDS)[column];
  const fill = `create or replace table ${table} as select distinct * from (${select}\n)`;
  // In the same call: most relations are touched by values that have been asked for by then.
  const found = await countAsked(asking, kind, [fill], table, column);
  const { values } = found;
  if (!kind || values === 0 || found.known > 0 || found.open === 0)
    return { values, isNew: kind !== undefined && found.known === 0 };
  const isNew = await asking.inQueue((kind.beside ?? kind).asked, () => ask(asking, kind, table, column));
  return { values, isNew };
}

/** @param first statements that run before */
async function countAsked(
  { db, signal }: Asking,
  kind: Kind | undefined,
  first: readonly string[],
  table: string,
  column: string,
): Promise<{ values: number; known: number; open: number }> {
  const counts = [
    'count(*) as values',
    'count(*) filter (where a.is_known) as known',
    'count(*) filter (where a.id is null) as open',
  ];
  const count = kind
    ? `select ${counts.join(', ')} from ${table} t left join ${kind.asked} a on a.id = t.${quoteName(column)}`
    : `select count(*) as values, 0 as known, 0 as open from ${table}`;
  const [found] = await db.all<{ values: number; known: number; open: number }>(
    [...first, count].join(';\n'),
    [],
    { signal },
  );
  return found ?? { values: 0, known: 0, open: 0 };
}

async function ask(asking: Asking, kind: Kind, table: string, column: string): Promise<boolean> {
  const ids = `select ${quoteName(column)} as id from ${table}`;
  const read = (place: string, wanted: string) => selectKnown(asking.dataDir, asking.parent, place, wanted);
  for (const first of [[], ...listAsks(kind, ids, read)]) {
    const found = await countAsked(asking, kind, first, table, column);
    if (found.known > 0) return false;
    if (found.open === 0) return true;
  }
  return false;
}

/** Statements that find out more and more, until every id has been asked for. */
function listAsks(
  { asked, places, beside }: Kind,
  ids: string,
  read: (place: string, wanted: string) => string,
): string[][] {
  const open = (kind: Pick<Kind, 'asked'>, from: string) =>
    `select id from (${from}) where id not in (select id from ${kind.asked})`;
  const known = (named: readonly string[], wanted: string) =>
    named.map((place) => read(place, wanted)).join(' union all ');
  const askAll = (kind: Kind, from: string) =>
    `insert into ${kind.asked} select id, id in (${known(kind.places, open(kind, from))}) from (${open(kind, from)})`;
  if (!beside) return [[askAll({ asked, places }, asked === TRACKS.asked ? `${ids} union ${CAME}` : ids)]];
  const settle = `insert into ${asked} select id, is_known from (${open({ asked }, ids)}) join ${beside.asked} using (id)`;
  // What is small first: where it has one of the values nobody has to look further.
  return [
    [`insert into ${asked} select distinct id, true from (${known(places, open({ asked }, ids))})`],
    [settle],
    [askAll(beside, `${ids} union ${CAME}`), settle],
  ];
}

/** @param place of silver: relation.column */
function selectKnown(dataDir: string, parent: Manifest, place: string, ids: string): string {
  const [name = '', key = ''] = place.split('.');
  const relation = parent.relations.find((other) => other.layer === 'silver' && other.name === name);
  invariant(relation, `the parent of an incremental build has silver.${name}`);
  return `select ${quoteName(key)} as id from (${selectFiles(dataDir, relation)}) where ${quoteName(key)} in (${ids})`;
}
