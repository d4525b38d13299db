// The trigram index over search texts: what goes into it, and how a text is looked for by it. It finds candidates, a superset: hits are
// compared with the text itself.

/** Scripts that write no blanks between words, and signs: one character of them says enough to be looked for alone. */
const TELLING =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]|[^\p{L}\p{N}\p{M}\s]/gu;

/** A search text for the index: telling characters three times, so that one of them is a trigram. */
export function toIndexText(text: string): string {
  return /^[a-z0-9 ]*$/.test(text) ? text : text.replace(TELLING, '$&$&$&');
}

/** A text is looked for by its first trigrams: 1,000 take 2 ms, 40,000 two seconds, and hits are compared with the whole text anyway. */
const MAX_TRIGRAMS = 100;

/**
 * An FTS5 expression that holds for every indexed text with this one in it; null for a text without a trigram. Trigrams that touch each
 * other say nearly as much as those between them too, and are found in half the time.
 */
export function toTrigrams(text: string): string | null {
  const characters = [...toIndexText(text)];
  const last = characters.length - 3;
  if (last < 0) return null;
  const found = new Set<string>();
  for (let at = 0; found.size < MAX_TRIGRAMS; at = Math.min(at + 3, last)) {
    found.add(characters.slice(at, at + 3).join(''));
    if (at === last) break;
  }
  return [...found].map((trigram) => `"${trigram.replaceAll('"', '""')}"`).join(' AND ');
}

/** Whether a word of one or two characters is looked for anywhere in a text; others only at the beginning of a word. */
export function isTelling(word: string): boolean {
  return word.search(TELLING) >= 0;
}
