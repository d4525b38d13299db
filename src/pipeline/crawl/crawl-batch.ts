// One batch of a crawl: some artists, their albums, the tracks on them and their audio features, sealed when it is complete.
import { ExtractError, SourceDeferredError } from '../../errors.ts';
import type { TakeBodies } from '../../sources/spotify/answers.ts';
import { type FetchReport, isUnanswered } from '../../sources/spotify/fetch-by-id.ts';
import { ALBUMS_OF, createLander, FURTHER_TRACKS, type Lander } from './crawl-landing.ts';
import { listAlbums, listTracks } from './crawl-lists.ts';
import { createPutOff } from './crawl-put-off.ts';
import { leaveOutFreshAlbums, listMissing, listUnknownTo } from './crawl-wanted.ts';
import { type BatchParts, type BatchRequest, sayLack, type Work } from './crawl-work.ts';

/**
 * Fetches what the batch has not and seals it. What was fetched before a failure stays landed in the open batch.
 *
 * A family that may not be called any more puts off its own work only: the others go on with what there is, and then the batch is left open.
 * What a source failed to answer, while it answered others, does not hold up the rest: the run owes it.
 *
 * @returns false when an earlier try had sealed it
 * @throws the earliest of the errors that put work off
 */
export async function crawlBatch(request: BatchRequest, parts: BatchParts): Promise<boolean> {
  const { landing, clock, run } = parts.context;
  const { id, artistIds } = request;
  const batch = await landing.openBatch({
    id,
    source: parts.sources.names.catalogue,
    runId: run.id,
    openedAt: clock.now(),
    note: { artists: artistIds.length, ...(request.owed ? { owed: true } : {}) },
  });
  if (batch.sealedAt !== null) return false;
  const lander = createLander(parts.context, id);
  const putOff = createPutOff();
  const owes: Work['owes'] = {};
  const heard: Work['heard'] = { anything: false, failure: null };
  try {
    const { albums, tracks, halfAlbums } = await crawl({ request, parts, lander, putOff, owes, heard });
    await lander.flush();
    putOff.throwIfAny();
    // A source that answered nothing at all is down: what it owes must not count as done.
    if (heard.failure && !heard.anything && !request.owed) throw heard.failure;
    // For other runs, which do not see what this one owes: its documents alone would pass for fresh.
    const { catalogue } = parts.sources.names;
    await lander.miss(catalogue, ALBUMS_OF, owes.lists ?? []);
    await lander.miss(catalogue, FURTHER_TRACKS, halfAlbums);
    await lander.flush();
    // Before the seal: nobody looks into a sealed batch again for what it lacks.
    await parts.checkpoint.setOwed(id, Object.keys(owes).length > 0 ? owes : null);
    await landing.sealBatch(id, clock.now());
    const counts = `${artistIds.length} artists, ${albums} albums, ${tracks} tracks`;
    parts.context.event('INFO', 'crawl.sealed', `batch ${id}: ${counts}`);
    return true;
  } catch (error) {
    // The failure is what counts; a store that fails now too has nothing to add to it.
    await lander.flush().catch(() => {});
    throw error;
  } finally {
    parts.onLanded(lander.count());
  }
}

async function crawl(work: Work): Promise<{ albums: number; tracks: number; halfAlbums: string[] }> {
  const { request, parts, putOff } = work;
  const { spotify } = parts.sources;
  parts.onProgress('artists');
  await putOff.guard(() => fetchMissing(work, 'artist', request.artistIds, spotify.artists));
  parts.onProgress('albums');
  const { owed } = request;
  const albumIds = await leaveOutFreshAlbums(work, await listAlbums(work));
  await putOff.guard(() => fetchMissing(work, 'album', albumIds, spotify.albums));
  parts.onProgress('tracks');
  const byAlbum = await listTracks(work, albumIds);
  const listed = [...new Set([...byAlbum.values()].flat())];
  const trackIds = [...new Set([...listed, ...(owed?.tracks ?? [])])];
  await putOff.guard(() => fetchMissing(work, 'track', trackIds, spotify.tracks));
  parts.onProgress('audio features');
  const heardIds = [...new Set([...listed, ...(owed ? owed.features : [])])];
  await putOff.guard(() => fetchFeatures(work, heardIds));
  return { albums: albumIds.length, tracks: trackIds.length, halfAlbums: listHalfAlbums(work, byAlbum) };
}

/** Albums of which the batch lacks tracks that the source failed to list, or failed at. */
function listHalfAlbums({ owes }: Work, byAlbum: ReadonlyMap<string, readonly string[]>): string[] {
  const owed = new Set(owes.track);
  const lacking = [...byAlbum].filter(([, tracks]) => tracks.some((id) => owed.has(id))).map(([id]) => id);
  return [...new Set([...Object.keys(owes.further ?? {}), ...lacking])];
}

async function fetchMissing(
  work: Work,
  kind: 'artist' | 'album' | 'track',
  ids: readonly string[],
  fetch: (ids: readonly string[], take: TakeBodies) => Promise<FetchReport>,
): Promise<void> {
  const { parts, lander, heard } = work;
  const { catalogue } = parts.sources.names;
  const missing = await listMissing(work, catalogue, kind, ids);
  const report = await landing(lander, () =>
    fetch(missing, (bodies) => lander.take(catalogue, kind, bodies)),
  ).catch(async (error: unknown): Promise<FetchReport> => {
    if (!isUnanswered(error) || !mayOwe(work, missing)) throw error;
    heard.failure = error;
    return { unknown: [], unanswered: await listMissing(work, catalogue, kind, missing), failure: error };
  });
  // What the batch holds of them, from before or since, has been answered.
  heard.anything ||= ids.length > report.unanswered.length;
  await lander.miss(catalogue, kind, report.unknown);
  sayLack(work, 'crawl.missing', report.unknown, `${kind} documents are unknown to the source`);
  sayLack(
    work,
    'crawl.unanswered',
    report.unanswered,
    `${kind} documents could not be had; retry the run when the source answers again`,
    report.failure,
  );
  if (report.unanswered.length > 0) work.owes[kind] = report.unanswered;
}

/** So few that the source may well fail at them alone: a batch that goes on lacks no more than what it failed at before. */
const FEW = 10;

/** Whether documents are owed of which the source answers none. While what is owed is fetched it is owed again: the rest of the run stands. */
function mayOwe({ request }: Work, missing: readonly string[]): boolean {
  return request.owed !== undefined || missing.length <= FEW;
}

/** What was fetched is landed when the work ends, whether it was done or put off: what follows is read from the store. */
async function landing<T>(lander: Lander, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await lander.flush();
  }
}

/** Spotify's own, or those of the provider that stands in when it withholds them. */
async function fetchFeatures(work: Work, trackIds: readonly string[]): Promise<void> {
  const { parts, lander } = work;
  const { spotify, names, otherFeatures } = parts.sources;
  const take = (source: string) => (bodies: Parameters<TakeBodies>[0]) =>
    lander.take(source, 'audio_features', bodies);
  const miss = (source: string) => (ids: readonly string[]) => lander.miss(source, 'audio_features', ids);
  const missing = await listMissing(work, names.catalogue, 'audio_features', trackIds);
  const { isGiven, failure } = await landing(lander, () =>
    spotify.audioFeatures(missing, take(names.catalogue), miss(names.catalogue)),
  );
  // They are Spotify's to give, later: nobody stands in for it.
  if (isGiven && failure) oweFeatures(work, failure);
  if (isGiven) return;
  const withheld = await listMissing(work, names.catalogue, 'audio_features', missing);
  const unknown = await listMissing(work, names.features, 'audio_features', withheld);
  const wanted = await listUnknownTo(work, names.features, 'audio_features', unknown);
  try {
    await landing(lander, () => otherFeatures(wanted, take(names.features), miss(names.features)));
  } catch (error) {
    // An addition by a service without any promise: the catalogue waits for it neither while it is down nor until it may be asked again.
    if (!(error instanceof ExtractError || error instanceof SourceDeferredError)) throw error;
    oweFeatures(work, error);
  }
}

function oweFeatures({ parts, owes }: Work, { message }: Error): void {
  parts.context.event('WARN', 'crawl.features', `Some tracks stay without audio features: ${message}`);
  owes.features = true;
}
