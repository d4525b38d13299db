// Tracks and albums that hold some words of a term in their own name and the others in names of their artists, as people ask for them:
// "beatles yesterday", "shape of you ed sheeran". One word that few names have leads to all of them.
import type { SQLInputValue } from 'node:sqlite';
import type { EntityName, LinkName } from '../serving/layout.ts';
import type { ServingIndex } from '../serving/serving-index.ts';
import type { Catalog, SqlFragment } from './catalog.ts';
import { fitOfCredit, type SharedTerm } from './credit-fit.ts';
import { MAX_CANDIDATES, NAMED, type NamedRow, namedColumns, type SearchType } from './search-names.ts';
import { boundNames, holdsWords, QUICK_TEXT, slowTexts, toMatch, type Word } from './search-term.ts';
import { waitForTurn } from './search-turn.ts';
import { allOf, anyOf, fragment } from './sql-fragment.ts';

/** A hit with the part of its score that says how well it fits, in hundredths. */
interface Credit {
  readonly row: NamedRow;
  readonly fit: number;
}

/** Words of a term that are shared out; of one with more nothing is found in this way. */
const MAX_WORDS = 12;
/**
 * How many names, and credits of artists, may lie on the way to the hits. A term of which no word is rare enough for that finds nothing in
 * this way.
 */
const MAX_LENGTH = 4_000;
/** A way that is no longer than this is good enough. */
const GOOD_ENOUGH = 300;
/** Artists of one track or album whose names are looked at, in the order of its credits. */
const MAX_ARTISTS = 20;
/** Rows that are judged in one turn of the event loop. */
const TURN = 500;

/** The links between what has artists and them; in gold the first of both goes by the same name. */
interface Credited {
  readonly artists: LinkName;
  readonly credits: LinkName;
}

const CREDITED: Readonly<Record<CreditedType, Credited>> = {
  ALBUM: { artists: 'album_artists', credits: 'artist_albums' },
  TRACK: { artists: 'track_artists', credits: 'artist_tracks' },
};

type CreditedType = Exclude<SearchType, 'ARTIST'>;

/** All of them, of one type, in no order. */
export async function findCredits(catalog: Catalog, type: CreditedType, term: SharedTerm): Promise<Credit[]> {
  const { words } = term;
  if (words.length < 2 || words.length > MAX_WORDS) return [];
  const rows =
    (catalog.serving && (await listQuick(catalog.serving, type, words))) ??
    (await listSlow(catalog, type, words));
  const credits: Credit[] = [];
  for (const [at, row] of rows.entries()) {
    if (at % TURN === TURN - 1) await waitForTurn();
    const fit = fitOfCredit(term, row.text, row.artists.split('\n'));
    if (fit !== null) credits.push({ row, fit });
  }
  return credits;
}

interface CreditedRow extends NamedRow {
  /** Search texts of its artists' names, a line each. */
  readonly artists: string;
}

/** Every word stands in the name or in one of its artists', and each of both has one. */
function isShared(words: readonly Word[]): SqlFragment {
  const inName = words.map((word) => holdsWords('c.text', [word]));
  const inArtists = words.map((word) => holdsWords('c.artists', [word]));
  return allOf([
    anyOf(inName),
    anyOf(inArtists),
    ...inName.map((held, at) => anyOf([held, inArtists[at] as SqlFragment])),
  ]);
}

/** Null where the index cannot tell whether there is a way that is short enough. */
async function listQuick(
  index: ServingIndex,
  type: CreditedType,
  words: readonly Word[],
): Promise<CreditedRow[] | null> {
  const way = await findWay(index, type, words);
  if (way === null || way === 'none') return way && [];
  await waitForTurn();
  const { artists, credits } = CREDITED[type];
  const { entity } = NAMED[type];
  const ways = [
    fragment(
      `select distinct l.child as rank from artists_names f cross join ${credits} l on l.parent = f.rowid where f.artists_names match ?`,
      way.artists,
    ),
    ...(way.names === null
      ? []
      : [fragment(`select rowid from ${entity}_names where ${entity}_names match ?`, way.names)]),
  ];
  const inName = anyOf(words.map((word) => holdsWords('e.text', [word])));
  const shared = isShared(words);
  // Limits keep what is put together within from being put together anew for every comparison without.
  const rows = index.all(
    `select ${namedColumns(type, 'quick')}, c.artists from (
       select e.rank, e.text, (select group_concat(text, char(10)) from (
           select ${QUICK_TEXT('a')} as text from ${artists} l cross join artists a on a.rank = l.child
           where l.parent = e.rank order by l.place limit ${MAX_ARTISTS})) as artists
       from (select e.rank, ${QUICK_TEXT('e')} as text from (${ways.map(({ sql }) => sql).join(' union ')}) r
         cross join ${entity} e on e.rank = r.rank limit ${MAX_CANDIDATES}) e
       where ${inName.sql} limit ${MAX_CANDIDATES}) c
     cross join ${entity} e on e.rank = c.rank where ${shared.sql}`,
    [...ways.flatMap(({ params }) => params), ...inName.params, ...shared.params] as SQLInputValue[],
  );
  return rows as unknown as CreditedRow[];
}

/** How long a way may be: on it a name is compared with every spelling four times at most, its own and those of its artists. */
function boundLength(words: readonly Word[]): number {
  return boundNames(words, MAX_LENGTH, 4);
}

/** What leads to all hits: credits of the artists that the index finds for an expression, and the names that it finds for another. */
interface Way {
  readonly artists: string;
  /** Null where artists are enough. */
  readonly names: string | null;
}

/**
 * The first way that is good enough, by the longest word before others, or else the shortest. A hit has every word in its name or an
 * artist's, so names and artists of any one word lead to all; and it has some word in an artist's, so the artists of all words do too.
 */
async function findWay(
  index: ServingIndex,
  type: CreditedType,
  words: readonly Word[],
): Promise<Way | 'none' | null> {
  const longestFirst = words.toSorted((a, b) => b.text.length - a.text.length);
  const most = boundLength(words);
  let shortest: { way: Way; length: number } | null = null;
  let ofArtists = 0;
  for (const word of longestFirst) {
    const match = toMatch([word]);
    if (match === null) return null;
    const { names, credits } = await remember(index, `${type} ${most} ${match}`, () =>
      countCandidates(index, type, match, most),
    );
    ofArtists += credits;
    const length = names + credits;
    if (length < (shortest?.length ?? most + 1)) shortest = { way: { artists: match, names: match }, length };
    if (shortest && shortest.length <= GOOD_ENOUGH) return shortest.way;
  }
  const either = longestFirst.map((word) => toMatch([word])).join(' OR ');
  if (ofArtists < (shortest?.length ?? most + 1)) return { artists: either, names: null };
  if (shortest) return shortest.way;
  return (await isSurelyLong(index, type, longestFirst)) ? 'none' : null;
}

interface Counted {
  readonly names: number;
  readonly credits: number;
}

/** What was counted of a snapshot: of the words of a language people ask for the same few thousand, and the common ones take longest. */
const counted = new WeakMap<ServingIndex, Map<string, Counted>>();
const MAX_REMEMBERED = 5_000;
/** Longer expressions, of many variants, are counted anew. */
const MAX_KEY = 300;

/** In a turn of its own where it has to be counted. */
async function remember(index: ServingIndex, key: string, count: () => Counted): Promise<Counted> {
  const known = counted.get(index) ?? new Map<string, Counted>();
  counted.set(index, known);
  const found = known.get(key);
  if (found) return found;
  await waitForTurn();
  const counts = count();
  if (known.size >= MAX_REMEMBERED) known.clear();
  if (key.length <= MAX_KEY) known.set(key, counts);
  return counts;
}

/** How many names the index finds for a word, and how much is credited to the artists whom it finds; of either no more than tells. */
function countCandidates(index: ServingIndex, type: CreditedType, match: string, most: number): Counted {
  const { credits } = CREDITED[type];
  const { entity } = NAMED[type];
  const [row] = index.all(
    `select (select count(*) from (select 1 from ${entity}_names where ${entity}_names match ? limit ${most + 1})) as names,
       (select count(*) from (select 1 from artists_names f cross join ${credits} l on l.parent = f.rowid
         where f.artists_names match ? limit ${most + 1})) as credits`,
    [match, match],
  );
  return row as unknown as Counted;
}

/** Whether names themselves say that every way is too long: the index finds more than there is. */
async function isSurelyLong(
  index: ServingIndex,
  type: CreditedType,
  words: readonly Word[],
): Promise<boolean> {
  const most = boundLength(words);
  let ofArtists = 0;
  for (const word of words) {
    const match = toMatch([word]) ?? '';
    const { names, credits } = await remember(index, `${type} ${most} held ${JSON.stringify(word)}`, () => ({
      names: countNames(index, { of: NAMED[type].entity, word, match, most }),
      credits: countNames(index, { of: 'artists', word, match, most, by: CREDITED[type].credits }),
    }));
    if (names + credits <= most) return false;
    ofArtists += credits;
  }
  return ofArtists > most;
}

/** Names that hold a word, or what is credited to artists with such names, among so many candidates as may be looked at. */
function countNames(
  index: ServingIndex,
  { of, word, match, most, by }: { of: EntityName; word: Word; match: string; most: number; by?: LinkName },
): number {
  const holds = holdsWords(QUICK_TEXT('e'), [word]);
  const [row] = index.all(
    `select count(*) as n from (
       select 1 from (select rowid from ${of}_names where ${of}_names match ? order by rowid limit ${boundNames([word], MAX_CANDIDATES)}) f
       cross join ${of} e on e.rank = f.rowid ${by ? `cross join ${by} l on l.parent = f.rowid` : ''}
       where ${holds.sql} limit ${most + 1})`,
    [match, ...(holds.params as SQLInputValue[])],
  );
  return row?.n as number;
}

function listSlow(catalog: Catalog, type: CreditedType, words: readonly Word[]): Promise<CreditedRow[]> {
  const { artists } = CREDITED[type];
  const { entity, id } = NAMED[type];
  const tables = `own as materialized ${slowTexts(`${id} as id`, `gold.${entity}`)},
    named as materialized ${slowTexts('artist_id', 'gold.artists')},
    links as (select ${id} as id, artist_id, position from gold.${artists} semi join gold.${entity} using (${id}))`;
  const held = words.map((word) => holdsWords('text', [word]));
  const params = held.flatMap((one) => one.params);
  const shared = isShared(words);
  const each = (sql: (condition: string, at: number) => string) =>
    `[${held.map((one, at) => sql(one.sql, at)).join(', ')}]`;
  const hasRareWord = 'way.of_artists >= way.length';
  return catalog.all<CreditedRow>(
    `with ${tables},
     counted as (select (select ${each((held) => `count(*) filter (${held})`)} from own) as names,
       (select ${each((held) => `coalesce(sum(n) filter (${held}), 0)`)} from named join (
         select artist_id, count(*) as n from links group by artist_id) using (artist_id)) as credits),
     ways as (select ${each((_, at) => `names[${at + 1}] + credits[${at + 1}]`)} as lengths, list_sum(credits) as of_artists from counted),
     way as (select list_position(lengths, list_min(lengths)) as word, list_min(lengths) as length, of_artists from ways
       where least(list_min(lengths), of_artists) <= ${boundLength(words)}),
     found as (
       select id from own, way where ${hasRareWord} and ${each((held) => held)}[way.word]
       union
       select id from links join named using (artist_id), way
       where case when ${hasRareWord} then ${each((held) => held)}[way.word] else ${anyOf(held).sql} end),
     credited as (select id, string_agg(text, chr(10)) as artists from (
       select id, text from links semi join found using (id) join named using (artist_id)
       qualify row_number() over (partition by id order by position, artist_id) <= ${MAX_ARTISTS}) group by id),
     shared as (select c.* from (select id, text, artists from own join credited using (id)) c where ${shared.sql})
     select ${namedColumns(type, 'slow')}, e.artists
     from (select * from gold.${entity} join shared on shared.id = ${id}) e`,
    [...params, ...params, ...params, ...params, ...params, ...shared.params],
  );
}
