// Another choice every day from the same near tracks: by chance that the day decides, so that the same day chooses the same.
import { createHash } from 'node:crypto';

/**
 * Some of the candidates, in their order. The nearer a candidate is, the likelier it is chosen: the one at place r (from 0) has the
 * weight 1 / (r + 20), and they are drawn without replacement (Efraimidis and Spirakis, 2006: the largest u^(1/w)).
 *
 * @param candidates nearest first
 * @param day 2026-11-26
 */
export function chooseForDay<T extends { readonly trackId: string }>(
  candidates: readonly T[],
  { day, count }: { day: string; count: number },
): T[] {
  return candidates
    .map((candidate, place) => ({
      candidate,
      place,
      key: Math.log(draw(`${day} ${candidate.trackId}`)) * (place + FLATNESS),
    }))
    .sort((a, b) => b.key - a.key || a.place - b.place)
    .slice(0, count)
    .sort((a, b) => a.place - b.place)
    .map(({ candidate }) => candidate);
}

/** The larger, the less the place counts. */
const FLATNESS = 20;

/** Above 0 and below 1, the same for the same text. */
function draw(text: string): number {
  return (createHash('sha256').update(text).digest().readUInt32BE() + 0.5) / 2 ** 32;
}
