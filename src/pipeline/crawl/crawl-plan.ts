// Which artists a crawl takes: the ids and names given, or the first of the ranking; without those that were fetched lately.

import { isAhead, toIso } from '../../clock.ts';
import type { StepContext } from '../step.ts';
import type { CrawlCheckpoint, CrawlPlan } from './crawl-checkpoint.ts';
import { NO_NAMES, type ResolvedNames, resolveNames } from './crawl-names.ts';
import { takeRankings } from './crawl-rankings.ts';
import type { CrawlSources } from './crawl-sources.ts';
import { findUnlisted, findVisits } from './crawl-wanted.ts';

export interface CrawlParameters {
  readonly artistIds?: readonly string[];
  readonly artistNames?: readonly string[];
  readonly top?: number;
  readonly startIndex?: number;
  readonly batchSize?: number;
  readonly includeGroups?: readonly string[];
  readonly market?: string;
  /** Of each family, within the budget's window. */
  readonly maxRequests?: number;
  readonly source?: 'spotify' | 'sandbox';
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
  const { ids: listed, unresolved, unanswered } = await listArtists(context, sources, checkpoint, parameters);
  const chosen = [...new Set(listed)].slice(parameters.startIndex ?? 0);
  const artistIds = parameters.force ? chosen : await leaveOutFresh(context, sources, chosen);
  const batchSize = parameters.batchSize ?? context.config.crawlBatchSize;
  const plan = { artistIds, batchSize, firstBatch, unresolved, unanswered };
  await checkpoint.setPlan(plan);
  return plan;
}

async function listArtists(
  context: StepContext,
  sources: CrawlSources,
  checkpoint: CrawlCheckpoint,
  { artistIds, artistNames, top = context.config.crawlTop, force = false }: CrawlParameters,
): Promise<ResolvedNames> {
  if (!artistIds && !artistNames) {
    const ids = await takeRankings(context, sources, checkpoint, { top, force });
    return { ...NO_NAMES, ids };
  }
  const found = await resolveNames(context, sources, checkpoint, artistNames ?? []);
  return { ...found, ids: [...(artistIds ?? []), ...found.ids] };
}

/**
 * Number of the first batch that this run has not sealed yet. A run that was begun anew without its checkpoint would otherwise meet
 * its own sealed batches and take other artists for done; what it left open is of no plan any more.
 */
async function beginAnew({ landing, run }: StepContext): Promise<number> {
  const own = (await landing.listBatches()).flatMap((batch) => {
    const number =
      batch.id.startsWith(`${run.id}-`) &&
      /^(\d{4,})(?:-take\d+)?$/.exec(batch.id.slice(run.id.length + 1))?.[1];
    return number ? [{ batch, number: Number(number) }] : [];
  });
  for (const { batch } of own) if (batch.sealedAt === null) await landing.discardBatch(batch.id);
  return Math.max(-1, ...own.filter(({ batch }) => batch.sealedAt !== null).map(({ number }) => number)) + 1;
}

/** An artist whose albums are not known is not fresh, whatever is known of himself. */
async function leaveOutFresh(
  context: StepContext,
  sources: CrawlSources,
  ids: readonly string[],
): Promise<string[]> {
  const { catalogue } = sources.names;
  const visits = await findVisits(context, catalogue, ids);
  await sayIfAhead(context, catalogue, ids);
  const since = context.clock.now() - context.config.crawlFreshHours * HOUR_MS;
  const unlisted = await findUnlisted(context, catalogue, ids, visits);
  const wanted = ids.filter((id) => unlisted.has(id) || (visits.get(id) ?? 0) < since);
  if (wanted.length < ids.length) {
    context.event(
      'INFO',
      'crawl.fresh',
      `${ids.length - wanted.length} artists were fetched within ${context.config.crawlFreshHours} h and are left out`,
    );
  }
  return wanted;
}

/** Where artists were fetched while the clock was ahead, the run's events say so: what came then stays the latest version until its date. */
async function sayIfAhead(
  { landing, clock, event }: StepContext,
  source: string,
  ids: readonly string[],
): Promise<void> {
  const fetched = await landing.findLatestFetches(source, 'artist', ids);
  const ahead = [...fetched.values()].filter((at) => isAhead(at, clock.now()));
  if (ahead.length === 0) return;
  const until = toIso(Math.max(...ahead));
  const what = `${ahead.length} artists have versions that were fetched while the clock was ahead, up to ${until}. They do not count as fresh`;
  event('WARN', 'crawl.clock', `${what}, and stay the latest version until then.`);
}
