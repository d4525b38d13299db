// Words of the catalogue that a word of a term may have been meant for.
import { searchTextSql } from '../serving/search-text.ts';
import {
  halves,
  isOneEdit,
  MAX_VARIANTS,
  MAX_VARIANTS_OF_TERM,
  NO_WORD_SQL,
  reverseText,
} from '../serving/words.ts';
import type { Catalog } from './catalog.ts';
import { mayHaveTypo, type Word } from './search-term.ts';
import { waitForTurn } from './search-turn.ts';

/** Gives words with their variants, each looked up once; null when none has any. */
export function rememberVariants(catalog: Catalog): (words: readonly Word[]) => Promise<Word[] | null> {
  const known = new Map<string, readonly string[]>();
  const list = async ({ text }: Word) => {
    const variants = known.get(text) ?? (await listVariants(catalog, text));
    known.set(text, variants);
    return variants;
  };
  return async (words) => {
    const share = Math.floor(MAX_VARIANTS_OF_TERM / Math.max(1, words.filter(mayHaveTypo).length));
    const found: Word[] = [];
    for (const word of words) {
      const variants = mayHaveTypo(word) ? await list(word) : [];
      found.push({ ...word, variants: variants.slice(0, Math.min(share, MAX_VARIANTS)) });
    }
    return found.some(({ variants }) => variants.length > 0) ? found : null;
  };
}

async function listVariants(catalog: Catalog, word: string): Promise<string[]> {
  if (catalog.serving) await waitForTurn();
  const candidates = catalog.serving ? listQuick(catalog, word) : await listSlow(catalog, word);
  return [...new Set(candidates)].filter((candidate) => isOneEdit(word, candidate)).sort();
}

/** After every text that begins with this one. */
const LAST = '\u{10ffff}';

function listQuick({ serving }: Catalog, word: string): string[] {
  const { beginning, end, letters } = halves(word);
  const reversed = reverseText(end);
  const rows = serving?.all(
    `select word from words where word >= ? and word < ? and length(word) between ? and ?
     union all select word from words where reversed >= ? and reversed < ? and length(word) between ? and ?`,
    [
      beginning,
      beginning + LAST,
      letters - 1,
      letters + 1,
      reversed,
      reversed + LAST,
      letters - 1,
      letters + 1,
    ],
  );
  return (rows ?? []).map((row) => row.word as string);
}

async function listSlow(catalog: Catalog, word: string): Promise<string[]> {
  const { beginning, end, letters } = halves(word);
  const rows = await catalog.all<{ word: string }>(
    `select distinct word from (
       select unnest(string_split_regex(${searchTextSql('name_key')}, ${NO_WORD_SQL})) as word from (
         select name_key from gold.artists union all select name_key from gold.albums union all select name_key from gold.tracks))
     where length(word) between ? and ? and (starts_with(word, ?) or ends_with(word, ?))`,
    [letters - 1, letters + 1, beginning, end],
  );
  return rows.map((row) => row.word);
}
