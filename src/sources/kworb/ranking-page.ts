// kworb's rankings of artists: columns found by their header, ids from the links, cells kept as they stand (SOURCES 2).
import { ExtractError } from '../../errors.ts';

/** artists: by streams, in millions; listeners: by listeners of the last month, in whole numbers. */
export type RankingName = 'artists' | 'listeners';

export interface RankedArtist {
  readonly artistId: string;
  readonly name: string;
  /** Place in the page, from 1. */
  readonly rank: number;
  /** Text by header: Streams, Daily, As lead, Solo, As feature; or Listeners, Daily +/-, Peak, PkListeners. */
  readonly cells: Readonly<Record<string, string>>;
}

export interface RankingPage {
  /** YYYY-MM-DD; null when the page does not say. */
  readonly updated: string | null;
  readonly artists: readonly RankedArtist[];
}

/** The column without which a page is another page. */
const REQUIRED: Readonly<Record<RankingName, string>> = { artists: 'Streams', listeners: 'Listeners' };

const LINK = /href=["'][^"']*artist\/([0-9A-Za-z]{22})(?:_songs|_albums)?\.html["']/i;

/**
 * Reads a page; rows without a link to an artist are no artists.
 *
 * @throws ExtractError for a page whose layout is not the known one, or that was cut
 */
export function parseRankingPage(name: RankingName, html: string, url: string): RankingPage {
  const required = REQUIRED[name];
  const tables = readElements(html, TABLE);
  const found = tables.map((table) => ({ table, headers: readHeaders(table) }));
  const list = found.find(({ headers }) => headers.includes('Artist') && headers.includes(required));
  if (!list)
    throw changed(
      url,
      found.flatMap(({ headers }) => headers),
      { required, hasTable: /<table\b/i.test(html) },
    );
  const rows = readRows(list.table).flatMap((row) => readArtist(row, list.headers) ?? []);
  // The first row of an artist counts: a later one would be a repetition further down the ranking.
  const artists = [...new Map(rows.toReversed().map((row) => [row.artistId, row])).values()]
    .toReversed()
    .map((row, at) => ({ ...row, rank: at + 1 }));
  if (artists.length === 0) {
    throw new ExtractError(
      `kworb's page lists no artist among ${readRows(list.table).length} rows; a link to each is expected. Its layout has changed: nothing was taken from it.`,
      { source: 'kworb', url },
    );
  }
  const date = /Last updated:\s*(\d{4})\/(\d{2})\/(\d{2})/.exec(html);
  return { updated: date ? `${date[1]}-${date[2]}-${date[3]}` : null, artists };
}

/** The pages have six at most; each row is told by all of them. */
const MOST_COLUMNS = 100;
/** Of the columns that a message tells. */
const LONGEST_COLUMNS = 500;

function changed(
  url: string,
  headers: readonly string[],
  { required, hasTable }: { required: string; hasTable: boolean },
): ExtractError {
  const isCut = hasTable && headers.length === 0;
  const why = isCut
    ? "kworb's page ends before its table does; a whole table is expected. Try again later: nothing was taken from it."
    : `kworb's page has the columns "${headers.join(', ').slice(0, LONGEST_COLUMNS)}"; Artist and ${required} are expected. Its layout has changed: nothing was taken from it.`;
  return new ExtractError(why, { source: 'kworb', url }, { isRetryable: isCut });
}

interface Element {
  readonly opens: string;
  readonly ends: string;
  /** Whether the last one may go on to the end of the text. */
  readonly mayStayOpen: boolean;
}

const TABLE: Element = { opens: '<table\\b', ends: '</table>', mayStayOpen: false };
/** A row ends where the next one begins, too. */
const ROW: Element = { opens: '<tr\\b', ends: '<tr\\b|</tr>', mayStayOpen: true };
const HEADER: Element = { opens: '<th\\b', ends: '</th>', mayStayOpen: false };
const CELL: Element = { opens: '<td\\b', ends: '</td>', mayStayOpen: false };

/**
 * What stands in the elements of a kind, in order. Each part of the text is looked at once, whatever it holds: one expression for the whole
 * element takes the square of the length of a page on which none ends.
 */
function readElements(html: string, { opens, ends, mayStayOpen }: Element): string[] {
  const [open, end] = [new RegExp(opens, 'gi'), new RegExp(ends, 'gi')];
  const found: string[] = [];
  while (open.exec(html)) {
    const from = html.indexOf('>', open.lastIndex) + 1;
    if (from === 0) break;
    end.lastIndex = from;
    const to = end.exec(html)?.index ?? (mayStayOpen ? html.length : null);
    if (to === null) break;
    found.push(html.slice(from, to));
    open.lastIndex = to;
  }
  return found;
}

function readRows(table: string): string[] {
  return readElements(table, ROW);
}

function readHeaders(table: string): string[] {
  return readElements(table, HEADER).slice(0, MOST_COLUMNS).map(toText);
}

function readArtist(row: string, headers: readonly string[]): Omit<RankedArtist, 'rank'> | null {
  const artistId = LINK.exec(row)?.[1];
  const cells = readElements(row, CELL).map(toText);
  if (!artistId) return null;
  // The rank column may be in the header and not in the rows, or in both: rows are aligned at their end.
  const shift = headers.length - cells.length;
  const byHeader = Object.fromEntries(headers.map((header, at) => [header, cells[at - shift] ?? '']));
  const { Artist: name = '', ...rest } = byHeader;
  return {
    artistId,
    name,
    cells: Object.fromEntries(
      Object.entries(rest).filter(([header]) => header !== '' && header !== '#' && header !== 'Pos'),
    ),
  };
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

function toText(html: string): string {
  return withoutTags(html)
    .replace(/&(#x[0-9a-f]+|#\d+|[a-z]+);/gi, (whole, entity: string) => {
      if (!entity.startsWith('#')) return ENTITIES[entity.toLowerCase()] ?? whole;
      const code =
        entity[1]?.toLowerCase() === 'x' ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1));
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    })
    .trim();
}

function withoutTags(html: string): string {
  let text = '';
  let at = 0;
  for (;;) {
    const from = html.indexOf('<', at);
    const to = from < 0 ? -1 : html.indexOf('>', from);
    if (to < 0) return text + html.slice(at);
    text += html.slice(at, from);
    at = to + 1;
  }
}
