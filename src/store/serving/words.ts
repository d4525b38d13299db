// The words that names are made of, for terms with a slip in them. A word one edit away from what was typed shares its beginning or its
// end with it, so two ranges of an ordered list hold all candidates.
import type { DatabaseSync } from 'node:sqlite';

/** Shorter words are too near to too many others. */
export const MIN_TYPO_LETTERS = 5;
/** A word with more neighbours than this is looked for under the first of them. */
export const MAX_VARIANTS = 50;
/** So many of them in all are shared out among the words of a term: every name that is looked at is compared with each. */
export const MAX_VARIANTS_OF_TERM = 150;

const NO_WORD = /[^\p{L}\p{N}\p{M}]+/u;
/** The same for DuckDB. */
export const NO_WORD_SQL = `'[^\\p{L}\\p{N}\\p{M}]+'`;

export interface Words {
  /** Takes the words of a name. */
  take(text: string): void;
  /** Writes all that were taken, each forward and backward. */
  write(file: DatabaseSync): void;
}

export function createWords(): Words {
  const seen = new Set<string>();
  return {
    take: (text) => {
      for (const word of text.split(NO_WORD)) if (word.length >= MIN_TYPO_LETTERS - 1) seen.add(word);
    },
    write: (file) => {
      file.exec('create table words (word text primary key, reversed text) without rowid');
      const insert = file.prepare('insert into words values (?, ?)');
      for (const word of [...seen].sort()) insert.run(word, reverseText(word));
      file.exec('create index words_reversed on words (reversed)');
    },
  };
}

export function reverseText(text: string): string {
  return /^[a-z0-9]*$/.test(text) ? text.split('').reverse().join('') : [...text].reverse().join('');
}

/**
 * What a word one edit away has in common with this one: it begins with `beginning` or ends with `end`. One character in the middle
 * belongs to neither, so that two swapped ones never touch both.
 */
export function halves(word: string): { beginning: string; end: string; letters: number } {
  const characters = [...word];
  const at = Math.floor((characters.length - 1) / 2);
  return {
    beginning: characters.slice(0, at).join(''),
    end: characters.slice(at + 1).join(''),
    letters: characters.length,
  };
}

/** Whether one letter added, left out, changed, or swapped with its neighbour makes one word of the other. */
export function isOneEdit(a: string, b: string): boolean {
  const [x, y] = [[...a], [...b]];
  if (x.length > y.length) return isOneEdit(b, a);
  if (y.length - x.length > 1) return false;
  let at = 0;
  while (at < x.length && x[at] === y[at]) at += 1;
  const rest = (letters: string[], from: number) => letters.slice(from).join('');
  if (x.length < y.length) return rest(x, at) === rest(y, at + 1);
  if (at === x.length) return false;
  const isSwap = x[at] === y[at + 1] && x[at + 1] === y[at];
  return rest(x, at + 1) === rest(y, at + 1) || (isSwap && rest(x, at + 2) === rest(y, at + 2));
}
