// What a batch need not fetch: what it holds, what was fetched lately, and what a source lately had nothing of.
import type { DocumentKind } from '../store/landing/landing-store.ts';
import { ALBUMS_OF, FURTHER_TRACKS, missIdOf } from './crawl-landing.ts';
import type { Work } from './crawl-work.ts';
import type { StepContext } from './step.ts';

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

/** Ids without those that the source had nothing of when it was last asked, not long ago. */
export async function listUnknownTo(
  { parts }: Work,
  source: string,
  kind: DocumentKind,
  ids: readonly string[],
): Promise<string[]> {
  const { landing, clock, config } = parts.context;
  const since = clock.now() - config.crawlMissHours * HOUR_MS;
  const misses = await landing.findLatestFetches(
    source,
    'miss',
    ids.map((id) => missIdOf(kind, id)),
  );
  return ids.filter((id) => (misses.get(missIdOf(kind, id)) ?? 0) < since);
}

/** Artists whose lists of albums the source failed at when they were last visited, with or without a document of themselves. */
export async function findUnlisted(
  { landing }: StepContext,
  source: string,
  artistIds: readonly string[],
): Promise<Set<string>> {
  const albumsOf = (id: string) => missIdOf(ALBUMS_OF, id);
  const missed = await landing.findLatestFetches(source, 'miss', artistIds.map(albumsOf));
  const fetched = await landing.findLatestFetches(source, 'artist', artistIds, { wholeOnly: true });
  return new Set(artistIds.filter((id) => (missed.get(albumsOf(id)) ?? -1) >= (fetched.get(id) ?? 0)));
}

/**
 * Albums without those that lie in a sealed batch already and were fetched lately: the batch that holds an album holds its tracks too, or
 * says which it lacks. An album that lacks tracks at which the source failed is fetched again as if the source had not had it.
 * With force only those count that this run has fetched, for another artist of the album.
 */
export async function leaveOutFreshAlbums(work: Work, ids: readonly string[]): Promise<string[]> {
  const { request, parts } = work;
  const { landing, clock, config, run } = parts.context;
  const { catalogue } = parts.sources.names;
  const now = clock.now();
  const since = request.force ? run.createdAt : now - config.crawlDetailFreshHours * HOUR_MS;
  const missedSince = request.force ? run.createdAt : now - config.crawlMissHours * HOUR_MS;
  const fetched = await landing.findLatestFetches(catalogue, 'album', ids, { wholeOnly: true });
  const furtherOf = (id: string) => missIdOf(FURTHER_TRACKS, id);
  const missed = await landing.findLatestFetches(catalogue, 'miss', ids.map(furtherOf));
  return ids.filter((id) => {
    const at = fetched.get(id) ?? 0;
    const isHalf = (missed.get(furtherOf(id)) ?? 0) >= at;
    return at < (isHalf ? Math.max(since, missedSince) : since);
  });
}
