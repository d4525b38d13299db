// What a crawl owes: what a source failed to answer although it may have it. A run that is retried, or goes on, asks for it again and for
// nothing else. The batches that lack it are sealed and take nothing more: it lands in a batch of its own.
import type { Batch } from '../../store/landing/landing-store.ts';
import type { StepContext } from '../step.ts';
import { crawlBatch } from './crawl-batch.ts';
import type { CrawlCheckpoint } from './crawl-checkpoint.ts';
import { missIdOf } from './crawl-landing.ts';
import { LISTENERS, takeListeners } from './crawl-rankings.ts';
import { findFetches } from './crawl-wanted.ts';
import type { BatchParts, OwedIds } from './crawl-work.ts';

/** What one batch owes. An album's tracks and their features are owed with it. */
export interface Owed {
  readonly artist?: readonly string[];
  /** Artists whose lists of albums could not be had. */
  readonly lists?: readonly string[];
  readonly album?: readonly string[];
  /** Albums whose further tracks could not be listed, with the number of those that stand in their own bodies. */
  readonly further?: Readonly<Record<string, number>>;
  readonly track?: readonly string[];
  /** Of which tracks the batch says itself: a provider that is down owes those of all. */
  readonly features?: true;
}

export interface OwedRequest {
  readonly owed: ReadonlyMap<string, Owed>;
  /** Number of the first batch that may be free. */
  readonly firstBatch: number;
  /** Groups of the albums that are listed. */
  readonly groups: readonly string[];
  readonly force: boolean;
}

/**
 * What earlier tries of the run could not have. A batch that is open still is not asked: it is completed anyway. Nor is one of the plan that was
 * withdrawn, which owes nothing any more: its artists are fetched once more.
 */
export async function findOwed(
  context: StepContext,
  checkpoint: CrawlCheckpoint,
): Promise<ReadonlyMap<string, Owed>> {
  const { landing, event } = context;
  if (checkpoint.owesUnknown()) event('WARN', 'crawl.owed', OWES_UNKNOWN);
  await sayWithdrawn(context);
  const found = new Map<string, Owed>();
  for (const [key, owed] of [...checkpoint.owed()]) {
    const batch = key === LISTENERS ? null : await landing.findBatch(key);
    if (batch?.withdrawnAt != null && !isOfOwed(batch)) await checkpoint.setOwed(key, null);
    else if (key === LISTENERS || batch?.sealedAt != null) found.set(key, owed);
  }
  return found;
}

/** What a batch of owed documents had brought is in no plan: once that is withdrawn, nobody asks for it again. */
async function sayWithdrawn({ landing, run, event }: StepContext): Promise<void> {
  const gone = (await landing.listBatches({ sealed: true })).filter(
    (batch) => batch.runId === run.id && batch.withdrawnAt !== null && isOfOwed(batch),
  );
  if (gone.length === 0) return;
  const which = gone.map(({ id }) => id).join(', ');
  const what = `${which} held what this run had owed, and is withdrawn: it stays out. Crawl its artists again, with force.`;
  event('WARN', 'crawl.owed', what);
}

function isOfOwed({ note }: Batch): boolean {
  return note.owed === true;
}

const OWES_UNKNOWN =
  'The version of Groovelake that began this run did not note what it could not have, so it is not asked for again. Crawl its artists again, with force.';

/** Asks for it again. What still cannot be had is owed by the new batch. */
export async function fetchOwed(
  { owed, firstBatch, groups, force }: OwedRequest,
  parts: BatchParts,
): Promise<void> {
  const { context, sources, checkpoint } = parts;
  if (owed.has(LISTENERS)) await takeListeners(context, sources, checkpoint, force);
  const batches = new Map([...owed].filter(([key]) => key !== LISTENERS));
  const { features, isLost } = await listOwedFeatures(batches, parts);
  const all = (kind: 'artist' | 'lists' | 'album' | 'track') => [
    ...new Set([...batches.values()].flatMap((each) => each[kind] ?? [])),
  ];
  const artists = all('artist');
  const lists = all('lists');
  const ids: OwedIds = {
    lists,
    albums: all('album'),
    further: Object.assign({}, ...[...batches.values()].map((each) => each.further)),
    tracks: all('track'),
    features,
  };
  const counts = [
    [artists.length, 'artist documents'],
    [lists.length, "lists of an artist's albums"],
    [ids.albums.length, 'album documents'],
    [Object.keys(ids.further).length, 'lists of further tracks'],
    [ids.tracks.length, 'track documents'],
    [features.length, 'features of tracks'],
  ].flatMap(([count, what]) => (count === 0 ? [] : `${count} ${what}`));
  let areStillOwed = false;
  if (counts.length > 0) {
    const what = `${counts.join(', ')} that could not be had before are asked for again`;
    context.event('INFO', 'crawl.owed', what);
    const id = await nameBatch(context, firstBatch);
    // With a list its artist, whose document says when he was visited: were it older than the word that his list is missing, he would stay due.
    const artistIds = [...new Set([...artists, ...lists])];
    await crawlBatch({ id, artistIds, groups, force, isLast: true, owed: ids }, parts);
    areStillOwed = checkpoint.owed().get(id)?.features === true;
  }
  // The tracks are in the batches of before, and not in the new one.
  const keepsFeatures = (key: string) =>
    isLost.has(key) || (areStillOwed && batches.get(key)?.features === true);
  // Only now: what a kill leaves owed twice is fetched twice, and not never.
  for (const [key] of batches) await checkpoint.setOwed(key, keepsFeatures(key) ? { features: true } : null);
}

/** The batch that an earlier try left open, or the next one. */
async function nameBatch({ landing, run }: StepContext, first: number): Promise<string> {
  for (let number = first; ; number++) {
    const id = `${run.id}-${String(number).padStart(4, '0')}`;
    if (!(await isSealed(landing, id))) return id;
  }
}

async function isSealed(landing: StepContext['landing'], batchId: string): Promise<boolean> {
  const batch = await landing.findBatch(batchId);
  return batch !== null && batch.sealedAt !== null;
}

/** Tracks of the batches of which no batch of the run has features, or word that there are none. A batch whose bodies were let go cannot be asked any more. */
async function listOwedFeatures(
  batches: ReadonlyMap<string, Owed>,
  parts: BatchParts,
): Promise<{ features: string[]; isLost: ReadonlySet<string> }> {
  const { context, sources } = parts;
  const { landing } = context;
  const providers = [...new Set([sources.names.catalogue, sources.names.features])];
  const leaveOut = async (
    kind: 'audio_features' | 'miss',
    ids: readonly string[],
    idOf: (id: string) => string,
  ) => {
    let left = ids;
    for (const provider of providers) {
      const fetched = await findFetches(context, provider, kind, left.map(idOf));
      left = left.filter((id) => (fetched.get(idOf(id)) ?? 0) < parts.checkpoint.begunAt);
    }
    return left;
  };
  const features = new Set<string>();
  const isLost = new Set<string>();
  for (const [id, owed] of batches) {
    if (!owed.features) continue;
    // Of these the ids are known, whatever became of the batch's bodies.
    for (const each of owed.track ?? []) features.add(each);
    if ((await landing.findBatch(id))?.releasingSince != null) {
      isLost.add(id);
      continue;
    }
    for await (const page of landing.readBatch(id, 'track')) {
      const ids = page.map((track) => track.id);
      const withNone = await leaveOut('audio_features', ids, (each) => each);
      const missing = await leaveOut('miss', withNone, (each) => missIdOf('audio_features', each));
      for (const each of missing) features.add(each);
    }
  }
  if (isLost.size > 0) {
    const which = [...isLost].join(', ');
    const what = `Tracks of ${which} stay without audio features: its bodies were let go. Crawl its artists again, with force.`;
    context.event('WARN', 'crawl.owed', what);
  }
  return { features: [...features], isLost };
}
