// Which of the near tracks come back: each recording once, never the seeds', at most so many of an artist.
import type { Neighbor } from './exact-search.ts';

export interface SelectionRows {
  /** First artist by label; -1 where there is none. */
  readonly artists: Int32Array;
  /** Label of the first track of the same recording, by label. */
  readonly recordings: Uint32Array;
}

export interface SelectionRules {
  /** Tracks asked about or left out: their recordings do not come back. */
  readonly seeds: readonly number[];
  /** Artists that do not come back. */
  readonly withoutArtists: ReadonlySet<number>;
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

export function createSelection({ artists, recordings }: SelectionRows, rules: SelectionRules): Selection {
  const seen = new Set(rules.seeds.map((label) => recordings[label] as number));
  const accept = (label: number) =>
    !seen.has(recordings[label] as number) && !rules.withoutArtists.has(artists[label] as number);
  const begin = (): Choice => {
    const shown = new Set<number>();
    const perArtist = new Map<number, number>();
    const taken: Neighbor[] = [];
    const accepts = (label: number) => {
      const artist = artists[label] as number;
      const ofArtist = artist < 0 ? 0 : (perArtist.get(artist) ?? 0);
      return ofArtist < rules.maxPerArtist && !shown.has(recordings[label] as number) && accept(label);
    };
    return {
      taken,
      accepts,
      take: (candidates) => {
        for (const candidate of candidates) {
          if (taken.length === rules.first) break;
          if (!accepts(candidate.label)) continue;
          const artist = artists[candidate.label] as number;
          shown.add(recordings[candidate.label] as number);
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
