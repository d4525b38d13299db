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
}

export function createSelection({ artists, recordings }: SelectionRows, rules: SelectionRules): Selection {
  const seen = new Set(rules.seeds.map((label) => recordings[label] as number));
  const accept = (label: number) =>
    !seen.has(recordings[label] as number) && !rules.withoutArtists.has(artists[label] as number);
  return {
    accept,
    take: (candidates) => {
      const shown = new Set<number>();
      const perArtist = new Map<number, number>();
      const taken: Neighbor[] = [];
      for (const candidate of candidates) {
        if (taken.length === rules.first) break;
        const recording = recordings[candidate.label] as number;
        const artist = artists[candidate.label] as number;
        const ofArtist = artist < 0 ? 0 : (perArtist.get(artist) ?? 0);
        if (shown.has(recording) || ofArtist >= rules.maxPerArtist || !accept(candidate.label)) continue;
        shown.add(recording);
        perArtist.set(artist, ofArtist + 1);
        taken.push(candidate);
      }
      return taken;
    },
  };
}
