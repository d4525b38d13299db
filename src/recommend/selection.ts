// Which of the near tracks come back: each song once, never the seeds', at most so many of an artist.
import { artistsOf, type Credits } from './credits.ts';
import type { Neighbor } from './exact-search.ts';

export interface SelectionRows {
  readonly credits: Credits;
  /** Label of the first track of the same recording, by label. */
  readonly recordings: Uint32Array;
  /** Label of the first track of the same song, by label. */
  readonly songs: Uint32Array;
}

export interface SelectionRules {
  /** Tracks asked about or left out: neither their recordings come back nor their songs. */
  readonly seeds: readonly number[];
  /** Whether other versions of a song may come back, the seeds' among them: recordings are told apart then, and songs are not. */
  readonly includeVersions: boolean;
  /** Artists that do not come back, as the credits number them. */
  readonly withoutArtists: ReadonlySet<number>;
  /** How many tracks an artist may be credited on. */
  readonly maxPerArtist: number;
  readonly first: number;
}

export interface Selection {
  /** Whether a track may come back at all. */
  accept(label: number): boolean;
  /** The first of the candidates that keep the rules together; candidates come nearest first. */
  take(candidates: readonly Neighbor[]): Neighbor[];
  /** The same for candidates that come bit by bit. */
  begin(): Choice;
}

/** What was taken so far, and what may still be. */
export interface Choice {
  readonly taken: readonly Neighbor[];
  /** Whether the rules leave a place for a track beside those taken. */
  accepts(label: number): boolean;
  /** Takes what keeps the rules; none of the candidates is nearer than those before them. */
  take(candidates: readonly Neighbor[]): void;
}

export function createSelection(
  { credits, recordings, songs }: SelectionRows,
  rules: SelectionRules,
): Selection {
  // Both: a recording may be there under two names, and a song in several recordings.
  const kinds = rules.includeVersions ? [recordings] : [recordings, songs];
  const seen = createSeen(kinds, rules.seeds);
  const { withoutArtists, maxPerArtist } = rules;
  const isByNoneOfThese = (label: number) =>
    withoutArtists.size === 0 || artistsOf(credits, label).every((artist) => !withoutArtists.has(artist));
  const accept = (label: number) => !seen.has(label) && isByNoneOfThese(label);
  const begin = (): Choice => {
    const shown = createSeen(kinds, []);
    const perArtist = new Map<number, number>();
    const taken: Neighbor[] = [];
    const accepts = (label: number) =>
      !shown.has(label) &&
      artistsOf(credits, label).every((artist) => (perArtist.get(artist) ?? 0) < maxPerArtist) &&
      accept(label);
    return {
      taken,
      accepts,
      take: (candidates) => {
        for (const candidate of candidates) {
          if (taken.length === rules.first) break;
          if (!accepts(candidate.label)) continue;
          shown.add(candidate.label);
          for (const artist of artistsOf(credits, candidate.label))
            perArtist.set(artist, (perArtist.get(artist) ?? 0) + 1);
          taken.push(candidate);
        }
      },
    };
  };
  return {
    accept,
    begin,
    take: (candidates) => {
      const choice = begin();
      choice.take(candidates);
      return [...choice.taken];
    },
  };
}

/** What was seen of each kind, of which each label belongs to one thing. */
function createSeen(kinds: readonly Uint32Array[], labels: readonly number[]) {
  const all = kinds.map((kind) => ({ kind, seen: new Set(labels.map((label) => kind[label] as number)) }));
  return {
    has: (label: number) => all.some(({ kind, seen }) => seen.has(kind[label] as number)),
    add: (label: number) => {
      for (const { kind, seen } of all) seen.add(kind[label] as number);
    },
  };
}
