// A term as words, and what it means for a name to hold them: SQL over a row's search text (store/serving/search-text.ts), the same for
// both engines.
import { InvalidInputError } from '../../errors.ts';
import { isTelling, toTrigrams } from '../serving/names.ts';
import { foldSql, isPlainTerm } from '../serving/search-text.ts';
import { MIN_TYPO_LETTERS } from '../serving/words.ts';
import type { Catalog, SqlFragment } from './catalog.ts';
import { allOf, anyOf, fragment } from './sql-fragment.ts';

export const MAX_TERM = 200;

export interface Word {
  /** What the search text must hold: the word, with a blank where it must begin or end a word of the name. */
  readonly text: string;
  /** Words of the catalogue one edit away, that will do as well. */
  readonly variants: readonly string[];
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
  return folded
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      const letters = [...word].length;
      if (letters >= 3 || isTelling(word)) return { text: word, variants: [] };
      return { text: letters === 2 ? ` ${word}` : ` ${word} `, variants: [] };
    });
}

/** Whether a slip is forgiven in a word. */
export function mayHaveTypo({ text }: Word): boolean {
  return [...text].length >= MIN_TYPO_LETTERS && /^[\p{L}\p{N}]+$/u.test(text);
}

/** Every word, or a variant of it, stands in the text. @param column SQL of the search text */
export function holdsWords(column: string, words: readonly Word[]): SqlFragment {
  return allOf(
    words.map(({ text, variants }) =>
      anyOf([text, ...variants].map((one) => fragment(`instr(${column}, ?) > 0`, one))),
    ),
  );
}

/** Candidates of the trigram index; null where the words leave no trigram. */
export function toMatch(words: readonly Word[]): string | null {
  const parts = words.map(({ text, variants }) => {
    const either = [text, ...variants].map(toTrigrams);
    return either.includes(null) ? null : either.map((trigrams) => `(${trigrams})`).join(' OR ');
  });
  return parts.length === 0 || parts.includes(null) ? null : parts.map((part) => `(${part})`).join(' AND ');
}

/**
 * How well a text fits, signs aside: 1 when it is the term, 0.8 when it begins with it, 0.6 when a word of it does, 0.4 when it holds all
 * words somewhere, 0.2 when one of them only with a slip. Literals are doubles in both engines.
 */
export function fitOf(column: string, folded: string, words: readonly Word[]): SqlFragment {
  const begins = ` ${folded}`;
  const exact = words.map(({ text }) => ({ text, variants: [] }));
  const isWhole = anyOf([
    fragment(`${column} = ?`, `${begins} `),
    fragment(`substr(${column}, 1, length(?)) = ?`, `${begins}  `, `${begins}  `),
    fragment(`substr(${column}, -length(?)) = ?`, ` ${begins} `, ` ${begins} `),
  ]);
  const isBeginning = anyOf([
    fragment(`substr(${column}, 1, length(?)) = ?`, begins, begins),
    fragment(`instr(${column}, ?) > 0`, ` ${begins}`),
  ]);
  const isWord = fragment(`instr(${column}, ?) > 0`, begins);
  const all = holdsWords(column, exact);
  return {
    sql: `case when ${isWhole.sql} then 1e0 when ${isBeginning.sql} then 0.8e0 when ${isWord.sql} then 0.6e0
      when ${all.sql} then 0.4e0 else 0.2e0 end`,
    params: [...isWhole.params, ...isBeginning.params, ...isWord.params, ...all.params],
  };
}
