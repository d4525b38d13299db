// The rankings of a crawl: each page as a batch of its own, fetched again only when it is a day old and has changed.
import { isAhead, toIso } from '../../clock.ts';
import { ExtractError, SourceDeferredError } from '../../errors.ts';
import type { FetchedRanking, Validators } from '../../sources/kworb/client.ts';
import type { RankingName, RankingPage } from '../../sources/kworb/ranking-page.ts';
import type { LandedDocument } from '../../store/landing/landing-store.ts';
import type { StepContext } from '../step.ts';
import { type CrawlCheckpoint, nameOwnBatch } from './crawl-checkpoint.ts';
import type { CrawlSources } from './crawl-sources.ts';

/** What is known of a page, kept beside what is known of the source. */
interface KnownPage {
  readonly validators: Validators;
  /** Milliseconds since 1970, when the page was last fetched or found unchanged. */
  readonly checkedAt: number;
  /** Where its rows lie. */
  readonly batchId: string;
}

/** The pages change daily; a run that comes a little earlier than the day before must see the new one all the same. */
const PAGE_LIFE_MS = 20 * 3_600_000;

/**
 * Ids of the first artists by streams. The page of listeners is landed besides: a failure of it is reported and leaves the crawl PARTIAL,
 * one of the artists ends it.
 */
export async function takeRankings(
  context: StepContext,
  sources: CrawlSources,
  checkpoint: CrawlCheckpoint,
  { top, force }: { top: number; force: boolean },
): Promise<string[]> {
  const batchId = await takePage(context, sources, checkpoint, { name: 'artists', force });
  await takeListeners(context, sources, checkpoint, force);
  const ranked = await readRanked(context, sources, batchId);
  return ranked.slice(0, top);
}

/** Under this the page of listeners is owed. */
export const LISTENERS = 'listeners';

/** Lands the page of listeners, or notes that it is owed. */
export async function takeListeners(
  context: StepContext,
  sources: CrawlSources,
  checkpoint: CrawlCheckpoint,
  force: boolean,
): Promise<void> {
  try {
    await takePage(context, sources, checkpoint, { name: LISTENERS, force });
    await checkpoint.setOwed(LISTENERS, null);
  } catch (error) {
    if (!(error instanceof ExtractError || error instanceof SourceDeferredError)) throw error;
    context.event('ERROR', 'crawl.ranking', `There are no new listeners: ${error.message}`);
    await checkpoint.setOwed(LISTENERS, {});
  }
}

/** @returns the batch that holds the page */
async function takePage(
  context: StepContext,
  sources: CrawlSources,
  checkpoint: CrawlCheckpoint,
  { name, force }: { name: RankingName; force: boolean },
): Promise<string> {
  const { landing, clock, run } = context;
  const ownId = await nameOwnBatch(context, checkpoint, batchIdOf(run.id, name));
  const own = await landing.findBatch(ownId);
  // An earlier try of this run has it already.
  if (own?.sealedAt) return own.id;
  const known = await findKnown(context, sources, name);
  const isOdd = known !== null && isAhead(known.checkedAt, clock.now());
  if (isOdd) {
    const what = `The ranking of ${name} was fetched while the clock was ahead (${toIso(known.checkedAt)}), and is looked at again`;
    context.event('WARN', 'crawl.clock', what);
  }
  if (known && !force && !isOdd && known.checkedAt > clock.now() - PAGE_LIFE_MS) {
    context.event(
      'INFO',
      'crawl.ranking',
      `The ranking of ${name} is less than a day old and is not fetched again`,
    );
    return known.batchId;
  }
  const fetched = await sources.ranking(name, known?.validators ?? null);
  const batchId = fetched.isChanged
    ? await landPage(context, sources, { id: ownId, list: name }, fetched.page)
    : (known?.batchId ?? '');
  const validators = validatorsOf(fetched, known);
  await sources.rankingMemory.set(keyOf(name), {
    validators,
    checkedAt: clock.now(),
    batchId,
  } satisfies KnownPage);
  if (!fetched.isChanged) context.event('INFO', 'crawl.ranking', `The ranking of ${name} has not changed`);
  return batchId;
}

/** Null where nothing is known, or where the batch is gone, was never sealed or is withdrawn. */
async function findKnown(
  { landing }: StepContext,
  { rankingMemory }: CrawlSources,
  name: RankingName,
): Promise<KnownPage | null> {
  const known = (await rankingMemory.get(keyOf(name))) as KnownPage | null | undefined;
  if (!known) return null;
  const batch = await landing.findBatch(known.batchId);
  return batch?.sealedAt && batch.withdrawnAt === null ? known : null;
}

function validatorsOf(fetched: FetchedRanking, known: KnownPage | null): Validators {
  if (fetched.isChanged) return fetched.validators;
  return known?.validators ?? { etag: null, lastModified: null };
}

async function landPage(
  context: StepContext,
  { names }: CrawlSources,
  { id, list }: { id: string; list: RankingName },
  { updated, artists }: RankingPage,
): Promise<string> {
  const { landing, clock, run } = context;
  const documents = artists.map(
    ({ artistId, name, rank, cells }): LandedDocument => ({
      source: names.ranking,
      kind: 'ranking',
      id: artistId,
      fetchedAt: clock.now(),
      body: JSON.stringify({ list, updated, rank, artist_id: artistId, name, cells }),
    }),
  );
  const { sealedAt } = await landing.openBatch({
    id,
    source: names.ranking,
    runId: run.id,
    openedAt: clock.now(),
    note: { list, updated },
  });
  // The seal of an earlier try, which died in it, was ended by opening the batch.
  if (sealedAt !== null) return id;
  await landing.land(id, documents);
  await landing.sealBatch(id, clock.now());
  context.event(
    'INFO',
    'crawl.ranking',
    `${artists.length} artists of the ranking of ${list}, ${updated ?? 'an unknown day'}`,
  );
  return id;
}

async function readRanked(
  { landing }: StepContext,
  { names }: CrawlSources,
  batchId: string,
): Promise<string[]> {
  const ranked: { id: string; rank: number }[] = [];
  for await (const page of landing.readBatch(batchId, 'ranking')) {
    for (const { id, source, body } of page) {
      const { rank } = JSON.parse(body) as { rank?: number };
      if (source === names.ranking) ranked.push({ id, rank: rank ?? Number.POSITIVE_INFINITY });
    }
  }
  return ranked.sort((a, b) => a.rank - b.rank).map(({ id }) => id);
}

function batchIdOf(runId: string, name: RankingName): string {
  return `${runId}-${name === 'artists' ? 'ranking' : name}`;
}

function keyOf(name: RankingName): string {
  return `page:${name}`;
}
