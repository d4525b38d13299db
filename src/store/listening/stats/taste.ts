// How what was played sounds, weighted by plays, beside the whole catalogue.
import { TASTE_FEATURES } from '../heard.ts';
import type { HeardInSpan } from '../heard-in-span.ts';
import type { Listening } from '../open.ts';
import type { Span } from '../span.ts';

export interface TasteFeature {
  readonly feature: string;
  /** Average over plays; null when no played track has it. */
  readonly mine: number | null;
  /** Average over the tracks of the catalogue. */
  readonly catalogue: number | null;
}

export function readTaste(listening: Listening, span: Span): Promise<readonly TasteFeature[]> {
  return listening.figure('taste', span, (heard) =>
    TASTE_FEATURES.map((feature, at) => ({
      feature,
      mine: averageOverPlays(heard, heard.tracks.features[feature]),
      catalogue: orNull(heard.tracks.catalogue[at]),
    })),
  );
}

export interface TempoHistogram {
  readonly mean: number | null;
  readonly median: number | null;
  /** Plays from `from` BPM on, below the next. */
  readonly bins: readonly { readonly from: number; readonly to: number; readonly plays: number }[];
}

const BIN_BPM = 20;

/** Tempo of plays, in bins of 20 BPM; mean and median weighted by plays: the middle play's tempo, or the mean of the two in the middle. */
export function readTempo(listening: Listening, span: Span): Promise<TempoHistogram> {
  return listening.figure('tempo', span, (heard) => {
    const { tempo } = heard.tracks.features;
    const steps = sortIntoSteps(heard, tempo);
    const bins = new Map<number, number>();
    for (const { bpm, plays } of steps) {
      const from = Math.floor(bpm / BIN_BPM) * BIN_BPM;
      bins.set(from, (bins.get(from) ?? 0) + plays);
    }
    return {
      mean: averageOverPlays(heard, tempo),
      median: findMedian(heard, tempo, steps),
      bins: [...bins].map(([from, plays]) => ({ from, to: from + BIN_BPM, plays })),
    };
  });
}

/** Tracks of one whole BPM. */
interface Step {
  readonly bpm: number;
  readonly tracks: number[];
  plays: number;
}

/** Tracks with a play of at least 30 s whose tempo is known, the slowest first. */
function sortIntoSteps({ sums }: HeardInSpan, tempo: Float64Array): readonly Step[] {
  const steps = new Map<number, Step>();
  for (const track of sums.tracks) {
    const plays = sums.plays[track] as number;
    const bpm = Math.floor(tempo[track] as number);
    if (plays === 0 || Number.isNaN(bpm)) continue;
    const step = steps.get(bpm);
    if (step) {
      step.tracks.push(track);
      step.plays += plays;
    } else steps.set(bpm, { bpm, tracks: [track], plays });
  }
  return [...steps.values()].sort((a, b) => a.bpm - b.bpm);
}

function findMedian(heard: HeardInSpan, tempo: Float64Array, steps: readonly Step[]): number | null {
  const all = steps.reduce((sum, { plays }) => sum + plays, 0);
  if (all === 0) return null;
  const lower = findPlay(heard, tempo, { steps, place: Math.floor((all - 1) / 2) });
  const upper = findPlay(heard, tempo, { steps, place: Math.floor(all / 2) });
  return (lower + upper) / 2;
}

/** The tempo of the play at a place, from 0, if all plays were sorted by tempo. Only the step that it lies in is sorted. */
function findPlay(
  { sums }: HeardInSpan,
  tempo: Float64Array,
  { steps, place }: { steps: readonly Step[]; place: number },
): number {
  let left = place;
  for (const { tracks, plays } of steps) {
    if (left >= plays) {
      left -= plays;
      continue;
    }
    for (const track of tracks.toSorted((a, b) => (tempo[a] as number) - (tempo[b] as number))) {
      left -= sums.plays[track] as number;
      if (left < 0) return tempo[track] as number;
    }
  }
  return Number.NaN;
}

function averageOverPlays({ sums }: HeardInSpan, feature: Float64Array): number | null {
  let [plays, sum] = [0, 0];
  for (const track of sums.tracks) {
    const value = feature[track] as number;
    const played = sums.plays[track] as number;
    if (Number.isNaN(value)) continue;
    plays += played;
    sum += played * value;
  }
  return plays > 0 ? sum / plays : null;
}

const orNull = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? null : value);
