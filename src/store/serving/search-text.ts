// The text in which terms are looked for: a name's key between blanks, letters without accents of any kind, and once more without signs
// where it has some. " ac/dc  acdc " is found by "ac/dc", "acdc" and "dc". Both engines compute it by the same SQL, so they agree.

/** Letters that are no accented letters to Unicode, but are typed as these. */
const FOLDED = { from: 'øłđħıŧŋ', to: 'oldhitn' } as const;
const FOLDED_TO_TWO = { ß: 'ss', æ: 'ae', œ: 'oe', þ: 'th', ð: 'd' } as const;

const collapse = (sql: string) => `trim(regexp_replace(${sql}, '\\s+', ' ', 'g'))`;

/** SQL for DuckDB: a text in lower case and without accents, as it is looked for. @param key SQL of such a text, e.g. name_key */
export function foldSql(key: string): string {
  const translated = `translate(${key}, '${FOLDED.from}', '${FOLDED.to}')`;
  const folded = Object.entries(FOLDED_TO_TWO).reduce(
    (sql, [letter, two]) => `replace(${sql}, '${letter}', '${two}')`,
    translated,
  );
  return collapse(folded);
}

/** SQL for DuckDB: the text in which terms are looked for, of a column that holds a name's key. */
export function searchTextSql(key: string): string {
  const folded = foldSql(key);
  const squeezed = collapse(`regexp_replace(${folded}, '[^\\p{L}\\p{N}\\p{M}\\s]', '', 'g')`);
  return `' ' || ${folded} || ' ' || case when ${squeezed} in ('', ${folded}) then '' else ' ' || ${squeezed} || ' ' end`;
}

/** Whether a term reads the same whichever way it is folded, so that no engine need be asked. */
export function isPlainTerm(term: string): boolean {
  return /^\p{ASCII}*$/u.test(term) && !term.includes('\0');
}
