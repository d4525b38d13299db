// Lands what a crawl fetches in groups, so that neither the memory nor the number of transactions grows with the batch.
import type { Body } from '../../sources/spotify/answers.ts';
import type { DocumentKind, LandedDocument } from '../../store/landing/landing-store.ts';
import type { StepContext } from '../step.ts';

/** Under this a batch says of an album of its run that it lacks tracks of it: the source failed to list those beyond the album's own body, or failed at some. */
export const FURTHER_TRACKS = 'further_tracks';
/** Under this a batch says of an artist of its run that the source failed to list his albums. */
export const ALBUMS_OF = 'albums_of';

export type MissKind = DocumentKind | typeof FURTHER_TRACKS | typeof ALBUMS_OF;

export interface Lander {
  take(source: string, kind: DocumentKind, bodies: readonly Body[]): Promise<void>;
  /** Notes that the source has nothing of this kind under these ids, or failed to list it. */
  miss(source: string, kind: MissKind, ids: readonly string[]): Promise<void>;
  /** Lands what is left of the last group. */
  flush(): Promise<void>;
  /** Documents that were new to the batch. */
  count(): number;
}

const GROUP = 500;
/** What waits longer is landed with the next body: where bodies come one by one, a kill costs a second's calls and not a group's. */
const LONGEST_WAIT_MS = 1_000;

export function createLander({ landing, clock }: StepContext, batchId: string): Lander {
  let waiting: LandedDocument[] = [];
  let landed = 0;
  let waitingSince = 0;
  const flush = async () => {
    const group = waiting;
    waiting = [];
    if (group.length === 0) return;
    const answer = await landing.land(batchId, group);
    landed += answer.landed;
  };
  const take: Lander['take'] = async (source, kind, bodies) => {
    const fetchedAt = clock.now();
    if (waiting.length === 0) waitingSince = fetchedAt;
    for (const { id, json } of bodies) waiting.push({ source, kind, id, fetchedAt, body: json });
    if (waiting.length >= GROUP || fetchedAt - waitingSince >= LONGEST_WAIT_MS) await flush();
  };
  return {
    take,
    miss: (source, kind, ids) =>
      take(
        source,
        'miss',
        ids.map((id) => ({ id: missIdOf(kind, id), json: JSON.stringify({ kind, id }) })),
      ),
    flush,
    count: () => landed,
  };
}

/** Under which id a miss is landed: an album and a track may have the same. */
export function missIdOf(kind: MissKind, id: string): string {
  return `${kind}:${id}`;
}
