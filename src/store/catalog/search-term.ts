// A term as words, and what it means for a name to hold them: SQL over a row's search text (store/serving/search-text.ts), the same for
// both engines.
import { InvalidInputError } from '../../errors.ts';
import { isTelling, toTrigrams } from '../serving/names.ts';
import { foldSql, isPlainTerm, searchTextSql } from '../serving/search-text.ts';
import { MIN_TYPO_LETTERS } from '../serving/words.ts';
import type { Catalog, SqlFragment } from './catalog.ts';
import { allOf, anyOf, fragment } from './sql-fragment.ts';

const MAX_TERM = 200;

export interface Word {
  /** What the search text must hold: the word, with a blank where it must begin or end a word of the name. */
  readonly text: string;
  /** The same word in other spellings, each as good: without its signs, beside signs, "&" for "and". */
  readonly others: readonly string[];
  /** Words of the catalogue one edit away, that will do as well. */
  readonly variants: readonly string[];
}

/** SQL of the search text of a row of the serving index. */
export const QUICK_TEXT = (alias: string) =>
  `coalesce(${alias}.search_text, ' ' || ${alias}.name_key || ' ')`;

/**
 * The same of gold: columns of a relation and the text of each row, worked out once however often it is compared. The limit is no limit:
 * beyond it DuckDB puts no condition, and without it works the text out for each anew (50 words over 28,000 rows: 9.5 s, with it 0.6).
 */
export function slowTexts(columns: string, relation: string): string {
  return `(select ${columns}, ${searchTextSql('name_key')} as text from ${relation} limit 4000000000)`;
}

/** Trims a term. @throws InvalidInputError for an empty or very long one */
export function checkTerm(given: string): string {
  // No name holds a NUL, and engines take it for the end of a text.
  const term = given.replaceAll('\0', ' ').trim().replace(/\s+/g, ' ');
  if (term !== '' && term.length <= MAX_TERM) return term;
  throw new InvalidInputError(`"term" has ${term.length} characters; 1 to ${MAX_TERM} are expected.`, {
    field: 'term',
    given: term.slice(0, MAX_TERM),
    expected: `1 to ${MAX_TERM} characters`,
  });
}

/** What cursors call a term: the same however its letters are written, as the same hits come. */
export function nameTerm(term: string): string {
  return term.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** A term as names are looked for: lower case, no accents; DuckDB says so for what is more than ASCII. */
export async function foldTerm(catalog: Catalog, term: string): Promise<string> {
  if (isPlainTerm(term)) return term.toLowerCase();
  const [row] = await catalog.all<{ term: string }>(
    `select ${foldSql('lower(strip_accents(?::varchar))')} as term`,
    [term],
  );
  return row?.term ?? '';
}

/** The words of a folded term. Of one letter: a whole word of the name; of two: its beginning; others stand anywhere. */
export function splitTerm(folded: string): Word[] {
  const parts = [...new Set(folded.split(' '))].filter((part) => part !== '');
  const isOfLetters = parts.every((part) => [...part].length === 1);
  return parts.map((part) => toWord(part, { isOfLetters }));
}

/** @param isOfLetters whether the term has only words of one letter */
export function toWord(part: string, { isOfLetters }: { isOfLetters: boolean }): Word {
  const text = place(part);
  const others = listSpellings(part, isOfLetters).filter((other) => other !== text);
  return { text, others: [...new Set(others)], variants: [] };
}

function place(part: string): string {
  const letters = [...part].length;
  if (letters >= 3 || isTelling(part)) return part;
  return letters === 2 ? ` ${part}` : ` ${part} `;
}

/** How "and" is written. */
const AND = ['and', '&', '+'];
/** Signs that join two words of a name: AC/DC, Jay-Z. */
const JOINTS = ['-', '.', '/', '&', ':', '+'];
/** The same beside a single letter: O'Connor. Of a term of such letters they are in too many names: "s" is in every genitive. */
const JOINTS_OF_LETTERS = [...JOINTS, "'", '’'];

function listSpellings(part: string, isOfLetters: boolean): string[] {
  if (AND.includes(part)) return isOfLetters ? [] : AND.map((sign) => (sign === 'and' ? ' and ' : sign));
  const parts = part.split(SIGNS).filter((one) => one !== '');
  if (parts.length > 0 && part.search(SIGNS) >= 0) return listWithoutSigns(parts);
  const letters = isTelling(part) ? 0 : [...part].length;
  if (letters === 2) return JOINTS.map((sign) => sign + part);
  if (letters !== 1 || isOfLetters) return [];
  return JOINTS_OF_LETTERS.flatMap((sign) => [`${sign}${part} `, ` ${part}${sign}`, sign + part + sign]);
}

/** What signs hold together is one word of a name, and not within a longer one ("r.e.m." is not in "remix"), or several. */
function listWithoutSigns(parts: readonly string[]): string[] {
  const together = parts.join('');
  if (isTelling(together)) return [together, parts.join(' ')];
  if (parts.length === 1) return [place(together)];
  const isLetter = [...(parts.at(-1) ?? '')].length === 1;
  return [` ${together} `, ` ${parts.join(' ')}${isLetter ? ' ' : ''}`];
}

const SIGNS = /[^\p{L}\p{N}\p{M}\s]+/gu;

/** A text as search texts hold it a second time. */
export function withoutSigns(text: string): string {
  return text.replace(SIGNS, '').replace(/\s+/g, ' ').trim();
}

/** Whether a slip is forgiven in a word. */
export function mayHaveTypo({ text }: Word): boolean {
  return [...text].length >= MIN_TYPO_LETTERS && /^[\p{L}\p{N}]+$/u.test(text);
}

/** Every word, a spelling or a variant of it, stands in the text; what is decided soonest first. @param column SQL of the search text */
export function holdsWords(column: string, words: readonly Word[]): SqlFragment {
  const soonestFirst = words.toSorted((a, b) => spellingsOf(a).length - spellingsOf(b).length);
  return allOf(
    soonestFirst.map((word) =>
      anyOf(spellingsOf(word).map((one) => fragment(`instr(${column}, ?) > 0`, one))),
    ),
  );
}

/** Words that find candidates, and spellings of theirs in all: the other words are compared with them anyway. */
const MAX_MATCHED = { words: 6, spellings: 60 } as const;

/** Candidates of the trigram index; null where the words leave no trigram. */
export function toMatch(words: readonly Word[]): string | null {
  const parts = pickTelling(words).map((word) => {
    const either = spellingsOf(word).map(toTrigrams);
    return either.includes(null) ? null : either.map((trigrams) => `(${trigrams})`).join(' OR ');
  });
  return parts.length === 0 || parts.includes(null) ? null : parts.map((part) => `(${part})`).join(' AND ');
}

/** Words that say most and take least: beside two longer ones those of a letter or two, of which there are many spellings, say little. */
function pickTelling(words: readonly Word[]): Word[] {
  const long = words.filter(({ text }) => !text.startsWith(' '));
  const bySize = (long.length < 2 ? words : long).toSorted(
    (a, b) => spellingsOf(a).length - spellingsOf(b).length || b.text.length - a.text.length,
  );
  const picked: Word[] = [];
  let spellings = 0;
  for (const word of bySize) {
    spellings += spellingsOf(word).length;
    if (picked.length > 0 && (picked.length === MAX_MATCHED.words || spellings > MAX_MATCHED.spellings))
      break;
    picked.push(word);
  }
  return picked;
}

function spellingsOf({ text, others, variants }: Word): string[] {
  return [text, ...others, ...variants];
}

/** How often a statement may compare names with spellings of words, in all. */
const MAX_COMPARISONS = 400_000;

/**
 * How many names may be looked at, or found, of a limit: fewer where each is compared with many spellings.
 *
 * @param times how often each name is
 */
export function boundNames(words: readonly Word[], limit: number, times = 1): number {
  const spellings = words.reduce((sum, word) => sum + spellingsOf(word).length, 0);
  return Math.min(limit, Math.floor(MAX_COMPARISONS / (times * Math.max(1, spellings))));
}

/** The names that are the term itself: as it is asked for, with or without a leading "the", and of letters that signs may be between. */
export function exactKeys(folded: string): string[] {
  const bare = folded.replace(LEADING_THE, '');
  const letters = /^\S(?: \S)+$/u.test(folded) ? folded.split(' ') : [];
  const joined = letters.length === 0 ? [] : ['', ...JOINTS].map((sign) => letters.join(sign));
  const dotted = letters.map((letter) => `${letter}.`).join('');
  return [...new Set([folded, bare, `the ${bare}`, ...joined, ...(dotted === '' ? [] : [dotted])])];
}

export const LEADING_THE = /^the (?=.)/;

/** What a term may be written as besides: "and" as a sign, and without signs. The term itself is the first. */
export function listReadings(folded: string): string[] {
  const written = AND.map((sign) => folded.replace(/(?<= )(?:and|&|\+)(?= )/g, sign));
  return [...new Set([folded, ...written, withoutSigns(folded)])].filter((reading) => reading !== '');
}
