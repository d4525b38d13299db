// How well a name and the names of its artists make up a term together. Plain text: both engines' rows are judged by the same code.
import { toWord, type Word, withoutSigns } from './search-term.ts';

/** The words of a term that a name and its artists share out among them. */
export interface SharedTerm {
  readonly words: readonly Word[];
  /** Whether the term says a word of a name; of its last word a beginning will do. */
  isSaid(word: string): boolean;
}

/** What stands between a title and its artists, or before a name: it need not be found in either. */
const JOINING = new Set(['the', 'and', '&', '+', 'by', 'with', 'feat', 'ft', 'featuring', 'vs']);
/** Signs by themselves that join, as in "artist - title"; others may be names: "!!!". */
const JOINING_SIGNS = /^[-–—|/:;,.·•&+]+$/;
const EDGES = /^[^\p{L}\p{N}\p{M}]+|[^\p{L}\p{N}\p{M}]+$/gu;
const NO_WORD = /[^\p{L}\p{N}\p{M}]+/u;

export function shareTerm(folded: string): SharedTerm {
  const parts = folded.split(' ');
  const told = parts
    .map((part) => part.replace(EDGES, '') || (JOINING_SIGNS.test(part) ? '' : part))
    .filter((part) => part !== '' && !JOINING.has(part));
  const said = new Set(parts.flatMap((part) => [part, withoutSigns(part), ...part.split(NO_WORD)]));
  const last = told.at(-1) ?? '';
  const hasBeginning = [...last].length >= 2;
  return {
    words: [...new Set(told)].map((part) => toWord(part, { isOfLetters: false })),
    isSaid: (word) => said.has(word) || (hasBeginning && word.startsWith(last)),
  };
}

/**
 * Hundredths of the score: 90 when the term says the whole name and a whole name of each artist that it needs, whatever else is in brackets
 * or after a dash; 70 when it says one of both wholly and words of the other from their beginning; 50 when it says words of both from their
 * beginning; 35 when they stand elsewhere; 10 with a slip. Null where the name and its artists do not both add a word that the other lacks.
 *
 * @param name search text of the name
 * @param artists search texts of the artists' names
 */
export function fitOfCredit(term: SharedTerm, name: string, artists: readonly string[]): number | null {
  const fits = [...new Set([coreOf(name), name])].flatMap((text) => fitOf(term, text, artists) ?? []);
  return fits.length === 0 ? null : Math.max(...fits);
}

function fitOf({ words, isSaid }: SharedTerm, name: string, artists: readonly string[]): number | null {
  const places = words.map((word) => ({
    word,
    inName: find(word, name),
    inArtists: Math.max(MISSING, ...artists.map((artist) => find(word, artist))),
  }));
  const best = places.map(({ inName, inArtists }) => Math.max(inName, inArtists));
  const isShared =
    places.some(({ inName, inArtists }) => inName > MISSING && inArtists === MISSING) &&
    places.some(({ inName, inArtists }) => inArtists > MISSING && inName === MISSING);
  if (!isShared || best.includes(MISSING)) return null;
  if (best.includes(WITH_SLIP)) return 10;
  const wholeArtists = artists.filter((artist) => isWhole(artist, isSaid));
  const isByWhole = places.every(
    ({ word, inName }) => inName > WITH_SLIP || wholeArtists.some((artist) => find(word, artist) > WITH_SLIP),
  );
  const isWholeName = isWhole(name, isSaid);
  if (isWholeName && isByWhole) return 90;
  if (best.includes(ELSEWHERE)) return 35;
  return isWholeName || isByWhole ? 70 : 50;
}

const [MISSING, WITH_SLIP, ELSEWHERE, AT_BEGINNING] = [0, 1, 2, 3];

/** Where a word stands in a search text at best. */
function find({ text, others, variants }: Word, name: string): number {
  const spelled = [text, ...others].filter((one) => name.includes(one));
  if (spelled.length === 0) return variants.some((one) => name.includes(one)) ? WITH_SLIP : MISSING;
  return spelled.some((one) => isAtBeginning(one, name)) ? AT_BEGINNING : ELSEWHERE;
}

function isAtBeginning(part: string, name: string): boolean {
  if (!/^[\p{L}\p{N}]/u.test(part)) return true;
  for (let at = name.indexOf(part); at >= 0; at = name.indexOf(part, at + 1)) {
    if (!/[\p{L}\p{N}\p{M}]$/u.test(name.slice(0, at))) return true;
  }
  return false;
}

/** A name as it is spoken of: without what stands in brackets or after a dash. */
function coreOf(name: string): string {
  const [spelled = ''] = name.trim().split('  ');
  const core = spelled.replace(/(?<=.) (?:[-–—] |[([]).*$/u, '');
  return core === spelled ? name : ` ${core}  ${withoutSigns(core)} `;
}

/** Whether a term says every word of a name, in one of its spellings, joining words aside. */
function isWhole(name: string, isSaid: (word: string) => boolean): boolean {
  const [spelled = '', plain = spelled] = name.trim().split('  ');
  return [spelled.split(' '), plain.split(' '), spelled.split(NO_WORD)].some((words) =>
    words.every((word) => word === '' || JOINING.has(word) || isSaid(word)),
  );
}
