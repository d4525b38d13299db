// The lists of a batch: the albums of its artists, and the tracks of its albums. A list that the source fails at is owed, and holds up
// nothing else.
import { ExtractError } from '../../errors.ts';
import { mapConcurrently } from '../../sources/map-concurrently.ts';
import { idsOf } from '../../sources/spotify/answers.ts';
import { answerOrFailure, OUTAGE } from '../../sources/spotify/fetch-by-id.ts';
import { findUnlisted } from './crawl-wanted.ts';
import { type ListCount, sayLack, type Work } from './crawl-work.ts';

/**
 * Ids of the albums of the batch's artists, each once; of a batch of what is owed, the albums that are.
 *
 * @throws ExtractError when the source is down: it has answered none of the run
 */
export async function listAlbums(work: Work): Promise<string[]> {
  const { request, parts, owes } = work;
  const { sources, checkpoint } = parts;
  const artistIds = request.owed?.lists ?? request.artistIds;
  const { idsBy, failed, failure } = await listEach(work, parts.albumLists, artistIds, (id) =>
    checkpoint.list(`albums of ${id}`, (progress) =>
      sources.spotify.albumIdsOf(id, request.groups, progress),
    ),
  );
  if (failure && failed.length === artistIds.length && (await isDown(work, failed))) throw failure;
  sayLack(
    work,
    'crawl.unanswered',
    failed,
    `lists of an artist's albums could not be had; ${LATER}`,
    failure,
  );
  if (failed.length > 0) owes.lists = failed;
  return [...new Set([...(request.owed?.albums ?? []), ...[...idsBy.values()].flat()])];
}

/**
 * Whether a source that answered no list of the run, and will be asked for no other, is down. Where it failed at the same lists in an earlier
 * run, which others it answered, it may well fail at these alone.
 */
async function isDown({ request, parts }: Work, failed: readonly string[]): Promise<boolean> {
  if (request.owed || !request.isLast || parts.albumLists.answered > 0) return false;
  const owedBefore = await findUnlisted(parts.context, parts.sources.names.catalogue, failed);
  return failed.some((id) => !owedBefore.has(id));
}

/** Tracks by album: from the albums' own bodies, and from further pages where a body holds the first tracks only. */
export async function listTracks(
  work: Work,
  albumIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { request, parts, owes } = work;
  const { context, sources, checkpoint } = parts;
  const key = { source: sources.names.catalogue, kind: 'album', batchId: request.id } as const;
  const known = new Map(Object.entries(request.owed?.further ?? {}));
  const readFirst = async (id: string) => {
    const document = await context.landing.findDocument({ ...key, id });
    const { items, total } = readTracks(document?.body);
    if (total > items.length) known.set(id, items.length);
    return [id, idsOf(items)] as const;
  };
  const first = await mapConcurrently(albumIds, context.config.crawlConcurrency, context.signal, readFirst);
  // Few batches hold an album that is so long: of these lists each batch is judged alone.
  const count = { answered: 0, failed: 0 };
  const { idsBy, failed, failure } = await listEach(work, count, [...known.keys()], (id) =>
    checkpoint.list(`tracks of ${id}`, (progress) =>
      sources.spotify.furtherTrackIds(id, known.get(id) ?? 0, progress),
    ),
  );
  sayLack(work, 'crawl.unanswered', failed, `albums' further tracks could not be listed; ${LATER}`, failure);
  if (failed.length > 0) owes.further = Object.fromEntries(failed.map((id) => [id, known.get(id) ?? 0]));
  const all = new Map<string, readonly string[]>(first);
  for (const [id, further] of idsBy) all.set(id, [...(all.get(id) ?? []), ...further]);
  return all;
}

const LATER = 'retry the run when the source answers again';

/**
 * The ids on all lists that are not put off, and whose lists the source failed at.
 *
 * @throws ExtractError when it has failed at so many of those that are counted and answered none: it is down
 */
async function listEach(
  { request, parts, putOff, heard }: Work,
  count: ListCount,
  ofIds: readonly string[],
  list: (id: string) => Promise<string[]>,
): Promise<{ idsBy: ReadonlyMap<string, string[]>; failed: string[]; failure: ExtractError | null }> {
  const { config, signal } = parts.context;
  const failed: string[] = [];
  let failure: ExtractError | null = null;
  const listOne = async (id: string): Promise<[string, string[]] | null> => {
    const answer = await answerOrFailure(list(id));
    if (answer instanceof ExtractError) {
      failed.push(id);
      failure = answer;
      count.failed += 1;
      // While what is owed is fetched, it is owed again: the rest of the run stands.
      if (!request.owed && count.answered === 0 && count.failed >= OUTAGE) throw answer;
      return null;
    }
    count.answered += 1;
    heard.anything = true;
    return [id, answer];
  };
  const lists = await mapConcurrently(ofIds, config.crawlConcurrency, signal, (id) =>
    putOff.guard(() => listOne(id)),
  );
  return { idsBy: new Map(lists.filter((each) => each !== null)), failed, failure };
}

function readTracks(body: string | undefined): { items: readonly unknown[]; total: number } {
  const { tracks } = JSON.parse(body ?? '{}') as { tracks?: { items?: unknown; total?: unknown } | null };
  return {
    items: Array.isArray(tracks?.items) ? tracks.items : [],
    total: typeof tracks?.total === 'number' ? tracks.total : 0,
  };
}
