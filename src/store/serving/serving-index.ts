// Reads the serving index. Calls are synchronous and block the event loop, so each is bounded by construction: by the number of keys,
// by a page's limit, or by how many rows may be looked at for it.
import { dirname, join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { GroovelakeError } from '../../errors.ts';
import {
  type EntityName,
  LINKS,
  type LinkLayout,
  type LinkName,
  SERVING_FILES,
  SERVING_FORMAT,
} from './layout.ts';
import { createRowMemory } from './row-memory.ts';

export type Row = Record<string, unknown>;

/** What is read of an entity: a select list of ours over its columns, which go by the alias. */
export interface EntityRead {
  readonly entity: EntityName;
  readonly alias: string;
  readonly columns: string;
}

/** Where a walk goes along: the entity's default order, an index over columns, or the children of a parent. */
export type Path =
  | { readonly kind: 'rank' }
  | { readonly kind: 'columns'; readonly columns: readonly string[] }
  /** Ranks of the entities whose name the trigram index finds for an FTS5 expression. */
  | { readonly kind: 'names'; readonly match: string }
  | { readonly kind: 'link'; readonly link: LinkName; readonly parent: number };

export interface WalkRequest {
  readonly read: EntityRead;
  readonly path: Path;
  /** Begins after this place of the path, one value per column of it. */
  readonly after: readonly SQLInputValue[] | null;
  /** Ends before this one. */
  readonly before: readonly SQLInputValue[] | null;
  readonly isBackward: boolean;
  readonly limit: number;
  /** Over the alias; null: every row passes. */
  readonly filter: { readonly sql: string; readonly params: readonly SQLInputValue[] } | null;
  /** How many rows may be looked at for the filter. */
  readonly probe: number;
}

export interface ServingIndex {
  readonly path: string;
  /** How many statements have been run. */
  readonly statements: number;
  /** The rows of these ids, in their order; null for one that is not there. Rows are shared and must not be changed. */
  findByIds(read: EntityRead, ids: readonly string[]): (Row | null)[];
  /** The rank of an entity by its id. */
  findRank(entity: EntityName, id: string): number | null;
  /** The id that an artist goes by now that has left this one behind, or null. */
  findMergedId(id: string): string | null;
  /** The children of a parent in their order; shared likewise. */
  listChildren(read: EntityRead, link: LinkName, parentId: string): Row[];
  /** How many children a parent has: as its row says where that does, else counted, for links of which a parent has few. */
  countChildren(link: LinkName, parentId: string): number;
  count(entity: EntityName): number;
  /**
   * The popularity at a rank of an entity that is ordered by it, remembered: for halving the ranks, which comes by the same few
   * of them again, some twenty for each popularity that there is.
   */
  findPopularity(entity: EntityName, rank: number): number | null;
  /** Where a child stands under its parent, or null. */
  findPlace(link: LinkName, parent: number, child: number): number | null;
  /** Rows along a path; null when more than `probe` rows would have to be looked at to fill the page. */
  walk(request: WalkRequest): Row[] | null;
  /** Any statement of ours that is bounded by its own text. */
  all(sql: string, params: readonly SQLInputValue[]): Row[];
  /** The same index, whose statements go through `around`: for whoever wants to see them. */
  observed(around: Around): ServingIndex;
  /** Whether the columns of a read are all in the file. */
  canRead(read: EntityRead): boolean;
  close(): void;
}

/** Runs a statement; may look at it, its values and its rows. */
export type Around = (sql: string, params: readonly SQLInputValue[], run: () => Row[]) => Row[];

/** Shapes of statements are as many as filters have shapes; the ones used last stay prepared. */
const MAX_STATEMENTS = 300;
/** Rows and short lists that are remembered: some 15 MB. */
const MAX_REMEMBERED = 20_000;

/** Pages that are held of each file, in KiB: all in all 32 MB. */
const CACHE_KIB = { main: 26_624, links: 6_144 };

/** Makes the links beside a file of rows answer with it. */
export function attachLinks(db: DatabaseSync, path: string): void {
  db.prepare('attach database ? as links').run(join(dirname(path), SERVING_FILES.links));
}

/**
 * @param path of the file with the rows; the links lie beside it
 * @throws GroovelakeError (FORMAT) for a file of another format
 */
export function openServingIndex(path: string): ServingIndex {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const version = db.prepare('pragma user_version').get()?.user_version;
    if (version !== SERVING_FORMAT) {
      throw new GroovelakeError(
        'FORMAT',
        `"${path}" has format ${version}; ${SERVING_FORMAT} is expected. It is built anew.`,
      );
    }
    attachLinks(db, path);
    db.exec('pragma query_only = on');
    for (const [name, kib] of Object.entries(CACHE_KIB)) db.exec(`pragma ${name}.cache_size = -${kib}`);
    return createIndex(path, db);
  } catch (error) {
    db.close();
    throw error;
  }
}

function createIndex(
  path: string,
  db: DatabaseSync,
  around: Around = (_sql, _params, run) => run(),
): ServingIndex {
  const prepared = new Map<string, StatementSync>();
  const readable = new Map<string, boolean>();
  const counts = new Map<EntityName, number>();
  const popularities = new Map<string, number | null>();
  const decoders = readDecoders(db);
  const memory = createRowMemory(MAX_REMEMBERED);
  let statements = 0;

  const prepare = (sql: string): StatementSync => {
    const known = prepared.get(sql);
    const statement = known ?? db.prepare(sql);
    // The map's order is the order of use: the first key is the one that has waited longest.
    if (known) prepared.delete(sql);
    else if (prepared.size >= MAX_STATEMENTS) prepared.delete(prepared.keys().next().value ?? '');
    prepared.set(sql, statement);
    return statement;
  };
  const all = (sql: string, params: readonly SQLInputValue[]): Row[] => {
    statements += 1;
    return around(sql, params, () => prepare(sql).all(...params) as Row[]);
  };
  const get = (sql: string, params: readonly SQLInputValue[]): Row | undefined => {
    statements += 1;
    const [row] = around(sql, params, () => {
      const found = prepare(sql).get(...params) as Row | undefined;
      return found ? [found] : [];
    });
    return row;
  };
  const decode = (entity: EntityName, row: Row): Row => {
    for (const { name, isJson } of decoders.get(entity) ?? []) {
      const value = row[name];
      if (value === null || value === undefined) continue;
      row[name] = isJson ? JSON.parse(value as string) : value === 1;
    }
    return row;
  };
  const findRank = (entity: EntityName, id: string): number | null =>
    (get(`select rank from ${entity} where ${idOf(entity)} = ?`, [id])?.rank as number | undefined) ?? null;

  const count = (entity: EntityName): number => {
    const known = counts.get(entity) ?? (get(`select count(*) as n from ${entity}`, [])?.n as number);
    counts.set(entity, known);
    return known;
  };

  return {
    path,
    get statements() {
      return statements;
    },
    findRank,
    findByIds: ({ entity, alias, columns }, ids) =>
      ids.map((id) =>
        memory.remember([entity, columns], id, () => {
          const row = get(`select ${columns} from ${entity} ${alias} where ${alias}.${idOf(entity)} = ?`, [
            id,
          ]);
          return row ? decode(entity, row) : null;
        }),
      ),
    findMergedId: (id) =>
      (get('select artist_id from artist_merges where named_id = ?', [id])?.artist_id as
        | string
        | undefined) ?? null,
    listChildren: ({ entity, alias, columns }, link, parentId) =>
      memory.remember([link, columns], parentId, () => {
        const { parent } = LINKS[link];
        const rows = all(
          `select ${columns} from ${link} l cross join ${entity} ${alias} on ${alias}.rank = l.child
           where l.parent = (select rank from ${parent} where ${idOf(parent)} = ?) order by l.place, l.child`,
          [parentId],
        );
        for (const row of rows) decode(entity, row);
        return rows;
      }),
    countChildren: (link, parentId) => {
      const { parent, count: counted }: LinkLayout = LINKS[link];
      if (counted) {
        const row = get(`select ${counted} as n from ${parent} where ${idOf(parent)} = ?`, [parentId]);
        return (row?.n ?? 0) as number;
      }
      const rank = findRank(parent, parentId);
      return rank === null
        ? 0
        : (get(`select count(*) as n from ${link} where parent = ?`, [rank])?.n as number);
    },
    count,
    findPopularity: (entity, rank) => {
      const key = `${entity} ${rank}`;
      const known = popularities.get(key);
      if (known !== undefined) return known;
      const row = get(`select popularity from ${entity} where rank = ?`, [rank]);
      const found = (row?.popularity ?? null) as number | null;
      popularities.set(key, found);
      return found;
    },
    findPlace: (link, parent, child) =>
      (get(`select place from ${link} where parent = ? and child = ?`, [parent, child])?.place as
        | number
        | undefined) ?? null,
    walk: (request) => {
      const rows = walk({ all, count }, request);
      for (const row of rows ?? []) decode(request.read.entity, row);
      return rows;
    },
    all,
    observed: (observer) => createIndex(path, db, observer),
    canRead: ({ entity, alias, columns }) => {
      // A select list names its columns by the alias of one entity.
      const known = readable.get(columns) ?? canPrepare(db, `select ${columns} from ${entity} ${alias}`);
      if (readable.size >= MAX_STATEMENTS) readable.clear();
      readable.set(columns, known);
      return known;
    },
    close: () => {
      prepared.clear();
      db.close();
    },
  };
}

/** The id's column of each entity. */
export function idOf(entity: EntityName): string {
  return {
    tracks: 'track_id',
    artists: 'artist_id',
    albums: 'album_id',
    genres: 'name',
    playlists: 'playlist_id',
  }[entity];
}

type Reading = Pick<ServingIndex, 'all' | 'count'>;

function walk(reading: Reading, request: WalkRequest): Row[] | null {
  const { all } = reading;
  const { read, path, limit, filter } = request;
  const { entity, alias } = read;
  const columns = columnsOf(path, alias);
  const from = `${fromOf(path, read)}${joinOf(path, read)}`;
  const direction = request.isBackward ? 'desc' : 'asc';
  const orderBy = columns.map((column) => `${column} ${direction}`).join(', ');
  const within = new Conditions();
  if (path.kind === 'link') within.add('l.parent = ?', [path.parent]);
  if (path.kind === 'names') within.add(`f.${entity}_names match ?`, [path.match]);
  if (request.after) within.add(compare(columns, '>'), request.after);
  if (request.before) within.add(compare(columns, '<'), request.before);
  if (!filter) {
    return all(
      `select ${read.columns} from ${from} where ${within.sql} order by ${orderBy} limit ${limit}`,
      within.params,
    );
  }
  if (path.kind === 'names') {
    // Most words are found often: a page that is full needs no end.
    const hits = `(select f.rowid as rowid from ${entity}_names f where ${within.sql} order by ${orderBy} limit ${request.probe}) f`;
    const rows = all(
      `select ${read.columns} from ${hits}${joinOf(path, read)} where ${filter.sql} order by ${orderBy} limit ${limit}`,
      [...within.params, ...filter.params],
    );
    return rows.length < limit && findEnd(reading, request, columns, within) ? null : rows;
  }
  const last = findEnd(reading, request, columns, within);
  if (last) within.add(compare(columns, request.isBackward ? '>' : '<'), last);
  const rows = all(
    `select ${read.columns} from ${from} where ${within.sql} and (${filter.sql}) order by ${orderBy} limit ${limit}`,
    [...within.params, ...filter.params],
  );
  return last && rows.length < limit ? null : rows;
}

/** The place at which looking stops: so many rows beyond the beginning, or null where the path ends before. */
function findEnd(
  { all, count }: Reading,
  { read, path, isBackward, after, before, probe }: WalkRequest,
  columns: readonly string[],
  within: Conditions,
): readonly SQLInputValue[] | null {
  const { entity } = read;
  if (path.kind === 'rank') {
    // Ranks have no gaps.
    const first = Number(after?.[0] ?? 0);
    const beyond = Number(before?.[0] ?? count(entity) + 1);
    const end = isBackward ? beyond - probe - 1 : first + probe + 1;
    return end <= first || end >= beyond ? null : [end];
  }
  const direction = isBackward ? 'desc' : 'asc';
  const [last] = all(
    `select ${columns.map((column, at) => `${column} as e${at}`).join(', ')} from ${fromOf(path, read)} where ${within.sql}
     order by ${columns.map((column) => `${column} ${direction}`).join(', ')} limit 1 offset ${probe}`,
    within.params,
  );
  return last ? columns.map((_, at) => last[`e${at}`] as SQLInputValue) : null;
}

/** The columns that order a path. */
function columnsOf(path: Path, alias: string): string[] {
  switch (path.kind) {
    case 'rank':
      return [`${alias}.rank`];
    case 'link':
      return ['l.place'];
    case 'names':
      return ['f.rowid'];
    case 'columns':
      return path.columns.map((column) => `${alias}.${column}`);
  }
}

/** What a path is walked along, and how it leads to the entity's rows. */
function fromOf(path: Path, { entity, alias }: EntityRead): string {
  if (path.kind === 'link') return `${path.link} l`;
  return path.kind === 'names' ? `${entity}_names f` : `${entity} ${alias}`;
}

function joinOf(path: Path, { entity, alias }: EntityRead): string {
  if (path.kind === 'link') return ` cross join ${entity} ${alias} on ${alias}.rank = l.child`;
  return path.kind === 'names' ? ` cross join ${entity} ${alias} on ${alias}.rank = f.rowid` : '';
}

class Conditions {
  readonly params: SQLInputValue[] = [];
  #parts: string[] = [];

  add(sql: string, params: readonly SQLInputValue[]): void {
    this.#parts.push(sql);
    this.params.push(...params);
  }

  get sql(): string {
    return this.#parts.length === 0 ? 'true' : this.#parts.join(' and ');
  }
}

function compare(columns: readonly string[], operator: '<' | '>'): string {
  return `(${columns.join(', ')}) ${operator} (${columns.map(() => '?').join(', ')})`;
}

function canPrepare(db: DatabaseSync, sql: string): boolean {
  try {
    db.prepare(sql);
    return true;
  } catch {
    return false;
  }
}

/** Columns that SQLite keeps in another shape than DuckDB gives them, by entity. */
function readDecoders(db: DatabaseSync): Map<EntityName, { name: string; isJson: boolean }[]> {
  const rows = db.prepare("select * from columns where kept in ('JSON', 'BOOLEAN')").all() as {
    entity: EntityName;
    name: string;
    kept: string;
  }[];
  const decoders = new Map<EntityName, { name: string; isJson: boolean }[]>();
  for (const { entity, name, kept } of rows) {
    decoders.set(entity, [...(decoders.get(entity) ?? []), { name, isJson: kept === 'JSON' }]);
  }
  return decoders;
}
