// kworb's list of artists: columns found by their header, ids from the links, cells kept as they stand (SOURCES 2).
import { ExtractError } from '../../errors.ts';
import type { Http } from '../http.ts';

export interface RankedArtist {
  readonly artistId: string;
  readonly name: string;
  /** Text by header: Streams, Daily, As lead, Solo, As feature. Streams are in millions. */
  readonly cells: Readonly<Record<string, string>>;
}

export interface ArtistList {
  /** YYYY-MM-DD; null when the page does not say. */
  readonly updated: string | null;
  readonly artists: readonly RankedArtist[];
}

const USER_AGENT = 'Groovelake (self-hosted music lakehouse; one page a day)';
const LINK = /href=["'][^"']*artist\/([0-9A-Za-z]{22})(?:_songs|_albums)?\.html["']/i;

/** @throws ExtractError for a refusal, or a page whose layout is not the known one */
export async function fetchArtistList(
  http: Http,
  kworbUrl: string,
  signal: AbortSignal,
): Promise<ArtistList> {
  const url = `${kworbUrl}/spotify/artists.html`;
  const answer = await http.send(url, { headers: { 'user-agent': USER_AGENT }, signal });
  if (answer.status !== 200) {
    throw new ExtractError(
      `kworb answered with status ${answer.status}. Try again tomorrow; it asks to be left alone.`,
      { source: 'kworb', url, status: answer.status },
    );
  }
  return parseArtistList(answer.body, url);
}

/** Reads the page; rows without a link to an artist are no artists. */
export function parseArtistList(html: string, url: string): ArtistList {
  const tables = [...html.matchAll(/<table\b[^>]*>([\s\S]*?)<\/table>/gi)].map((match) => match[1] ?? '');
  const found = tables.map((table) => ({ table, headers: readHeaders(table) }));
  const list = found.find(({ headers }) => headers.includes('Artist') && headers.includes('Streams'));
  if (!list)
    throw changed(
      url,
      found.flatMap(({ headers }) => headers),
      /<table\b/i.test(html),
    );
  const rows = readRows(list.table).flatMap((row) => readArtist(row, list.headers) ?? []);
  // The first row of an artist counts: a later one would be a repetition further down the ranking.
  const artists = [...new Map(rows.toReversed().map((row) => [row.artistId, row])).values()].toReversed();
  if (artists.length === 0) {
    throw new ExtractError(
      `kworb's page lists no artist among ${readRows(list.table).length} rows; a link to each is expected. Its layout has changed: nothing was taken from it.`,
      { source: 'kworb', url },
    );
  }
  const date = /Last updated:\s*(\d{4})\/(\d{2})\/(\d{2})/.exec(html);
  return { updated: date ? `${date[1]}-${date[2]}-${date[3]}` : null, artists };
}

function changed(url: string, headers: readonly string[], hasTable: boolean): ExtractError {
  const isCut = hasTable && headers.length === 0;
  const why = isCut
    ? "kworb's page ends before its table does; a whole table is expected. Try again later: nothing was taken from it."
    : `kworb's page has the columns "${headers.join(', ')}"; Artist and Streams are expected. Its layout has changed: nothing was taken from it.`;
  return new ExtractError(why, { source: 'kworb', url }, { isRetryable: isCut });
}

function readRows(table: string): string[] {
  return [...table.matchAll(/<tr\b[^>]*>([\s\S]*?)(?=<tr\b|<\/tr>|$)/gi)].map((match) => match[1] ?? '');
}

function readHeaders(table: string): string[] {
  return [...table.matchAll(/<th\b[^>]*>([\s\S]*?)<\/th>/gi)].map((match) => toText(match[1] ?? ''));
}

function readArtist(row: string, headers: readonly string[]): RankedArtist | null {
  const artistId = LINK.exec(row)?.[1];
  const cells = [...row.matchAll(/<td\b[^>]*>([\s\S]*?)<\/td>/gi)].map((match) => toText(match[1] ?? ''));
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
  return html
    .replace(/<[^>]*>/g, '')
    .replace(/&(#x[0-9a-f]+|#\d+|[a-z]+);/gi, (whole, entity: string) => {
      if (!entity.startsWith('#')) return ENTITIES[entity.toLowerCase()] ?? whole;
      const code =
        entity[1]?.toLowerCase() === 'x' ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1));
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    })
    .trim();
}
