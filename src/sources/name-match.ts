// Which hit of a search is the artist that a name means: by a score, and only when exactly one hit can be meant.

export interface NameHit {
  readonly id: string;
  readonly name: string;
}

export interface ScoredHit extends NameHit {
  /** 0..1; 1 is the same name but for case, accents and blanks. */
  readonly score: number;
}

export interface NameMatch {
  readonly status: 'MATCHED' | 'AMBIGUOUS' | 'UNKNOWN';
  /** Only when MATCHED. */
  readonly hit: ScoredHit | null;
  /** Best first. */
  readonly candidates: readonly ScoredHit[];
}

/** The least score of a hit that counts. */
const ENOUGH = 0.9;
/** Two hits whose scores are this near cannot be told apart. */
const MARGIN = 0.01;

/** The one hit that is near enough and stands alone; else none, with all candidates: a guess would land a stranger's records. */
export function matchName(name: string, hits: readonly NameHit[]): NameMatch {
  const unique = [...new Map(hits.map((hit) => [hit.id, hit])).values()];
  const candidates = unique
    .map((hit): ScoredHit => ({ ...hit, score: scoreNames(name, hit.name) }))
    .sort((a, b) => b.score - a.score);
  const [best, second] = candidates;
  if (!best || best.score < ENOUGH) return { status: 'UNKNOWN', hit: null, candidates };
  if (second && best.score - second.score < MARGIN) return { status: 'AMBIGUOUS', hit: null, candidates };
  return { status: 'MATCHED', hit: best, candidates };
}

/**
 * How alike two names are, 0..1: 1 when they differ in case, accents and blanks only; 0.97 when they differ in punctuation, in "&" for
 * "and", or in a leading "the" besides; else 0.97 times the share of letters that need no edit.
 */
export function scoreNames(a: string, b: string): number {
  if (foldName(a) === foldName(b)) return 1;
  const [x, y] = [foldFurther(a), foldFurther(b)];
  if (x !== '' && x === y) return 0.97;
  const longest = Math.max(x.length, y.length);
  return longest === 0 ? 0 : Number((0.97 * (1 - editDistance(x, y) / longest)).toFixed(3));
}

/** Without accents, case and outer or double blanks. */
function foldName(name: string): string {
  return name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim();
}

function foldFurther(name: string): string {
  const letters = foldName(name)
    .replace(/&/g, ' and ')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  return letters.replace(/^the /, '');
}

/** Levenshtein's distance; names are short. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
