// The words that names are made of, for terms with a slip in them. A word one edit away shares its first half or its second half with
// the one that was meant, so two ranges of an ordered list hold all candidates.
import type { DatabaseSync } from 'node:sqlite';

/** Shorter words are too near to too many others. */
export const MIN_TYPO_LETTERS = 5;

/** Writes the words of all searched names, each forward and backward. */
export function buildWords(file: DatabaseSync): void {
  file.exec('create table words (word text primary key, reversed text) without rowid');
  const insert = file.prepare('insert or ignore into words values (?, ?)');
  const seen = new Set<string>();
  for (const table of ['artists', 'albums', 'tracks']) {
    for (const row of file.prepare(`select name_key from ${table}`).iterate() as Iterable<{
      name_key: string | null;
    }>) {
      for (const word of splitWords(row.name_key ?? ''))
        if (word.length >= MIN_TYPO_LETTERS - 1) seen.add(word);
    }
  }
  for (const word of [...seen].sort()) insert.run(word, reverseText(word));
  file.exec('create index words_reversed on words (reversed)');
}

/** The words of a key: what stands between blanks and signs. */
export function splitWords(key: string): string[] {
  return key.split(/[^\p{L}\p{N}\p{M}]+/u).filter((word) => word !== '');
}

export function reverseText(text: string): string {
  return [...text].reverse().join('');
}
