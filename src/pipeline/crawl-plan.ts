// Which artists a crawl takes: the ids and names given, or the first of the ranking; without those that were fetched lately.
import type { LandedDocument } from '../store/landing/landing-store.ts';
import type { CrawlCheckpoint, CrawlPlan } from './crawl-checkpoint.ts';
import type { CrawlSources } from './crawl-sources.ts';
import type { StepContext } from './step.ts';

export interface CrawlParameters {
  readonly artistIds?: readonly string[];
  readonly artistNames?: readonly string[];
  readonly top?: number;
  readonly startIndex?: number;
  readonly batchSize?: number;
  readonly includeGroups?: readonly string[];
  readonly market?: string;
  readonly maxRequests?: number;
  readonly force?: boolean;
}

const HOUR_MS = 3_600_000;

/** The artists to crawl, in order, each once, in batches. A run that goes on takes the plan it began with. */
export async function planCrawl(
  context: StepContext,
  sources: CrawlSources,
  checkpoint: CrawlCheckpoint,
  parameters: CrawlParameters,
): Promise<CrawlPlan> {
  const kept = checkpoint.findPlan();
  if (kept) return kept;
  const firstBatch = await beginAnew(context);
  const listed = await listArtists(context, sources, parameters);
  const chosen = [...new Set(listed)].slice(parameters.startIndex ?? 0);
  const artistIds = parameters.force ? chosen : await leaveOutFresh(context, sources, chosen);
  const batchSize = parameters.batchSize ?? context.config.crawlBatchSize;
  const plan = { artistIds, batchSize, firstBatch };
  await checkpoint.setPlan(plan);
  return plan;
}

async function listArtists(
  context: StepContext,
  sources: CrawlSources,
  { artistIds, artistNames, top }: CrawlParameters,
): Promise<string[]> {
  if (!artistIds && !artistNames) return takeRanking(context, sources, top ?? context.config.crawlTop);
  return [...(artistIds ?? []), ...(await resolveNames(context, sources, artistNames ?? []))];
}

/**
 * Number of the first batch that this run has not sealed yet. A run that was begun anew without its checkpoint would otherwise meet
 * its own sealed batches and take other artists for done; what it left open is of no plan any more.
 */
async function beginAnew({ landing, run }: StepContext): Promise<number> {
  const own = (await landing.listBatches()).flatMap((batch) => {
    const number =
      batch.id.startsWith(`${run.id}-`) && /^\d{4,}$/.exec(batch.id.slice(run.id.length + 1))?.[0];
    return number ? [{ batch, number: Number(number) }] : [];
  });
  for (const { batch } of own) if (batch.sealedAt === null) await landing.discardBatch(batch.id);
  return Math.max(-1, ...own.filter(({ batch }) => batch.sealedAt !== null).map(({ number }) => number)) + 1;
}

/** Lands the ranking in a batch of its own, and answers with its first ids. */
async function takeRanking(context: StepContext, sources: CrawlSources, top: number): Promise<string[]> {
  const { landing, clock, run } = context;
  const { updated, artists } = await sources.artistList();
  const first = artists.slice(0, top);
  const batchId = `${run.id}-ranking`;
  const documents = first.map(
    ({ artistId, name, cells }): LandedDocument => ({
      source: sources.names.ranking,
      kind: 'ranking',
      id: artistId,
      fetchedAt: clock.now(),
      body: JSON.stringify({ list: 'artists', updated, artist_id: artistId, name, cells }),
    }),
  );
  const batch = await landing.openBatch({
    id: batchId,
    source: sources.names.ranking,
    runId: run.id,
    openedAt: clock.now(),
    note: { list: 'artists', updated },
  });
  if (batch.sealedAt === null) {
    await landing.land(batchId, documents);
    await landing.sealBatch(batchId, clock.now());
  }
  context.event(
    'INFO',
    'crawl.ranking',
    `${first.length} artists of the ranking of ${updated ?? 'an unknown day'}`,
  );
  return first.map(({ artistId }) => artistId);
}

/** The artist of exactly this name; one of several, or none, is recorded and left out, never guessed. */
async function resolveNames(
  context: StepContext,
  sources: CrawlSources,
  names: readonly string[],
): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) {
    const hits = await sources.spotify.searchArtists(name);
    const exact = hits.filter((hit) => fold(hit.name) === fold(name));
    const [only] = exact;
    if (only && exact.length === 1) ids.push(only.id);
    else {
      const found = hits.slice(0, 5).map((hit) => `${hit.name} (${hit.id})`);
      const why = exact.length > 1 ? `is the name of ${exact.length} artists` : 'is the name of no artist';
      context.event(
        'WARN',
        'crawl.unresolved',
        `"${name}" ${why}; give its id instead${found.length ? `. Found: ${found.join(', ')}` : ''}`,
        { name, found },
      );
    }
  }
  return ids;
}

async function leaveOutFresh(
  context: StepContext,
  sources: CrawlSources,
  ids: readonly string[],
): Promise<string[]> {
  const fetched = await context.landing.findLatestFetches(sources.names.catalogue, 'artist', ids);
  const since = context.clock.now() - context.config.crawlFreshHours * HOUR_MS;
  const wanted = ids.filter((id) => (fetched.get(id) ?? 0) < since);
  if (wanted.length < ids.length) {
    context.event(
      'INFO',
      'crawl.fresh',
      `${ids.length - wanted.length} artists were fetched within ${context.config.crawlFreshHours} h and are left out`,
    );
  }
  return wanted;
}

function fold(name: string): string {
  return name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim();
}
