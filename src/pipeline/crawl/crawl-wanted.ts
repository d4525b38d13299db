// What a batch need not fetch: what it holds, what was fetched lately, and what a source lately had nothing of.
import { CLOCK_SLACK_MS } from '../../clock.ts';
import type { DocumentKind } from '../../store/landing/landing-store.ts';
import type { StepContext } from '../step.ts';
import { ALBUMS_OF, FURTHER_TRACKS, missIdOf } from './crawl-landing.ts';
import type { Work } from './crawl-work.ts';

const HOUR_MS = 3_600_000;

/** Ids that the batch has neither a document nor a miss of. */
export async function listMissing(
  { request, parts }: Work,
  source: string,
  kind: DocumentKind,
  ids: readonly string[],
): Promise<string[]> {
  const { landing } = parts.context;
  const known = await landing.findLandedIds(request.id, source, kind, ids);
  const left = ids.filter((id) => !known.has(id));
  const misses = await landing.findLandedIds(
    request.id,
    source,
    'miss',
    left.map((id) => missIdOf(kind, id)),
  );
  return left.filter((id) => !misses.has(missIdOf(kind, id)));
}

/**
 * When the latest sealed version of each id was fetched. One that was fetched while the clock was ahead is passed over: it would count as
 * fresh until its date, and its entity would be asked for by no crawl before.
 */
export function findFetches(
  { landing, clock }: StepContext,
  source: string,
  kind: DocumentKind,
  ids: readonly string[],
  options: { wholeOnly?: boolean } = {},
): Promise<Map<string, number>> {
  const notAfter = clock.now() + CLOCK_SLACK_MS;
  return landing.findLatestFetches(source, kind, ids, { ...options, notAfter });
}

/** Ids without those that the source had nothing of when it was last asked, not long ago. */
export async function listUnknownTo(
  { parts }: Work,
  source: string,
  kind: DocumentKind,
  ids: readonly string[],
): Promise<string[]> {
  const { context } = parts;
  const since = context.clock.now() - context.config.crawlMissHours * HOUR_MS;
  const missIds = ids.map((id) => missIdOf(kind, id));
  const misses = await findFetches(context, source, 'miss', missIds);
  return ids.filter((id) => (misses.get(missIdOf(kind, id)) ?? 0) < since);
}

/** When each artist was last visited: one who came with a played track was not. */
export function findVisits(
  context: StepContext,
  source: string,
  artistIds: readonly string[],
): Promise<Map<string, number>> {
  return findFetches(context, source, 'artist', artistIds, { wholeOnly: true });
}

/** Artists whose lists of albums the source failed at when they were last visited, with or without a document of themselves. */
export async function findUnlisted(
  context: StepContext,
  source: string,
  artistIds: readonly string[],
  visits?: ReadonlyMap<string, number>,
): Promise<Set<string>> {
  const albumsOf = (id: string) => missIdOf(ALBUMS_OF, id);
  const missed = await findFetches(context, source, 'miss', artistIds.map(albumsOf));
  const fetched = visits ?? (await findVisits(context, source, artistIds));
  return new Set(artistIds.filter((id) => (missed.get(albumsOf(id)) ?? -1) >= (fetched.get(id) ?? 0)));
}

/**
 * Albums without those that lie in a sealed batch already and were fetched lately: the batch that holds an album holds its tracks too, or
 * says which it lacks. An album that lacks tracks at which the source failed is fetched again as if the source had not had it.
 * With force only those count that this crawl has fetched, for another artist of the album.
 */
export async function leaveOutFreshAlbums(work: Work, ids: readonly string[]): Promise<string[]> {
  const { request, parts } = work;
  const { clock, config } = parts.context;
  const { begunAt } = parts.checkpoint;
  const { catalogue } = parts.sources.names;
  const now = clock.now();
  const since = request.force ? begunAt : now - config.crawlDetailFreshHours * HOUR_MS;
  const missedSince = request.force ? begunAt : now - config.crawlMissHours * HOUR_MS;
  const fetched = await findFetches(parts.context, catalogue, 'album', ids, { wholeOnly: true });
  const furtherOf = (id: string) => missIdOf(FURTHER_TRACKS, id);
  const missed = await findFetches(parts.context, catalogue, 'miss', ids.map(furtherOf));
  return ids.filter((id) => {
    const at = fetched.get(id) ?? 0;
    const isHalf = (missed.get(furtherOf(id)) ?? 0) >= at;
    return at < (isHalf ? Math.max(since, missedSince) : since);
  });
}
