// The text by which a name is found: what goes into the trigram index, and what a term is looked for by.

/** Scripts that write no blanks between words, and signs: one character of them says enough to be looked for alone. */
const TELLING =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]|[^\p{L}\p{N}\p{M}\s]/gu;

/** Signs within words that people leave out: AC/DC, Jay-Z, Don't. */
const SIGNS = /[^\p{L}\p{N}\p{M}\s]/gu;

/** A key without its signs, e.g. acdc for ac/dc; null where that says nothing new. */
export function squeeze(key: string): string | null {
  if (/^[a-z0-9 ]*$/.test(key)) return null;
  const squeezed = key.replace(SIGNS, '').replace(/\s+/g, ' ').trim();
  return squeezed === key || squeezed === '' ? null : squeezed;
}

/**
 * The text of a name for the trigram index: blanks around it, so that beginnings and ends of words are trigrams too; telling
 * characters three times, so that one of them is a trigram. A superset of what is looked for: hits are compared with the key.
 */
export function toIndexText(key: string): string {
  const squeezed = squeeze(key);
  return ` ${triple(key)} ${squeezed === null ? '' : ` ${triple(squeezed)} `}`;
}

/** The trigrams of a text as an FTS5 expression that wants all of them; null when it has none. */
export function toTrigrams(text: string): string | null {
  const characters = [...triple(text)];
  const found = new Set<string>();
  for (let at = 0; at + 3 <= characters.length; at++) found.add(characters.slice(at, at + 3).join(''));
  if (found.size === 0) return null;
  return [...found].map((trigram) => `"${trigram.replaceAll('"', '""')}"`).join(' AND ');
}

function triple(text: string): string {
  return /^[a-z0-9 ]*$/.test(text) ? text : text.replace(TELLING, '$&$&$&');
}
