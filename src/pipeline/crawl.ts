// Step crawl: artists, their albums, the tracks on them and their audio features, in batches that are sealed when they are complete.
// What a batch holds already is not fetched again, so that a crawl can be killed anywhere and go on.
import { SourceDeferredError } from '../errors.ts';
import { crawlBatch } from './crawl-batch.ts';
import { type CrawlCheckpoint, type CrawlPlan, openCheckpoint } from './crawl-checkpoint.ts';
import { type CrawlParameters, planCrawl } from './crawl-plan.ts';
import { type CrawlSources, openCrawlSources } from './crawl-sources.ts';
import type { Step, StepContext, StepResult } from './step.ts';

const DEFAULT_GROUPS = ['album', 'single', 'compilation'];
/** Artists that an event names. */
const NAMED = 100;

/** Ends a crawl whose requests are used up; never leaves this file. */
class BudgetUsedUp extends Error {}

export const crawlStep: Step = {
  name: 'crawl',
  run: async (context) => {
    const parameters = context.run.parameters as CrawlParameters;
    let requests = 0;
    const sources = await openCrawlSources(context, () => {
      if (requests >= (parameters.maxRequests ?? Number.POSITIVE_INFINITY)) throw new BudgetUsedUp();
      requests += 1;
    });
    try {
      const checkpoint = await openCheckpoint(context);
      return await crawl({ context, sources, checkpoint, parameters, requests: () => requests });
    } finally {
      // What was found out must not be lost to a failure, nor hide it.
      await sources.save().catch((error: unknown) => context.log.warn('Quotas could not be kept', { error }));
      await sources.close();
    }
  },
};

interface Crawl {
  readonly context: StepContext;
  readonly sources: CrawlSources;
  readonly checkpoint: CrawlCheckpoint;
  readonly parameters: CrawlParameters;
  readonly requests: () => number;
}

interface Tally {
  /** Artists of the plan that are in sealed batches. */
  done: number;
  landed: number;
}

async function crawl(parts: Crawl): Promise<StepResult> {
  const { context, checkpoint } = parts;
  const tally: Tally = { done: 0, landed: 0 };
  try {
    const plan = await planCrawl(context, parts.sources, checkpoint, parts.parameters);
    if (plan.artistIds.length === 0) {
      context.event('INFO', 'crawl.skipped', 'no artist is due');
      return {
        status: 'SKIPPED',
        rowsIn: 0,
        rowsOut: 0,
        requests: parts.requests(),
        message: 'no artist is due',
      };
    }
    await crawlBatches(parts, plan, tally);
    return endOf(parts, tally);
  } catch (error) {
    const pause = pauseOf(error, parts);
    if (!pause) throw error;
    return stopHalfway(parts, tally, pause);
  } finally {
    const keep = (error: unknown) => context.log.warn('The checkpoint could not be kept', { error });
    await checkpoint.save().catch(keep);
  }
}

async function crawlBatches(parts: Crawl, plan: CrawlPlan, tally: Tally): Promise<void> {
  const { context, sources, checkpoint, parameters } = parts;
  const total = plan.artistIds.length;
  for (let at = 0; at < total; at += plan.batchSize) {
    const artistIds = plan.artistIds.slice(at, at + plan.batchSize);
    const number = String(plan.firstBatch + at / plan.batchSize).padStart(4, '0');
    const isNew = await crawlBatch(
      { id: `${context.run.id}-${number}`, artistIds, groups: parameters.includeGroups ?? DEFAULT_GROUPS },
      {
        context,
        sources,
        checkpoint,
        onProgress: (what) =>
          context.progress(tally.done, total, describeProgress(parts, tally, total, what)),
        onLanded: (documents) => {
          tally.landed += documents;
        },
      },
    );
    tally.done += artistIds.length;
    if (!isNew) continue;
    await checkpoint.dropLists();
    await sources.save();
  }
  context.progress(total, total, describeProgress(parts, tally, total, 'done'));
}

function describeProgress({ sources, requests }: Crawl, tally: Tally, total: number, what: string): string {
  const byFamily = Object.entries(sources.requests()).map(([family, count]) => `${family} ${count}`);
  const calls = byFamily.length ? ` (${byFamily.join(', ')})` : '';
  return `${tally.done} of ${total} artists, ${requests()} requests${calls}: ${what}`;
}

function endOf({ checkpoint, requests }: Crawl, tally: Tally): StepResult {
  const done = `${tally.done} artists, ${tally.landed} documents, ${requests()} requests`;
  const counts = { rowsIn: tally.done, rowsOut: tally.landed, requests: requests() };
  return checkpoint.isWhole()
    ? { ...counts, message: done }
    : { ...counts, status: 'PARTIAL', message: `${done}; some documents could not be had` };
}

interface Pause {
  readonly type: string;
  readonly message: string;
  readonly resumesAt: number | null;
}

/** Why a crawl stops with work left and is no failure; null for a failure. */
function pauseOf(error: unknown, { parameters }: Crawl): Pause | null {
  if (error instanceof SourceDeferredError)
    return {
      type: 'crawl.parked',
      message: `${error.message} The rest goes on then.`,
      resumesAt: error.until,
    };
  if (!(error instanceof BudgetUsedUp)) return null;
  const message = `The ${parameters.maxRequests} requests of this run are used up. Retry the run for the rest.`;
  return { type: 'crawl.budget', message, resumesAt: null };
}

/** What is sealed is published; the half batch stays open and is completed when the run goes on. */
function stopHalfway({ context, checkpoint, requests }: Crawl, tally: Tally, pause: Pause): StepResult {
  const planned = checkpoint.findPlan()?.artistIds ?? [];
  const rest = planned.slice(tally.done);
  const left = `${tally.done} of ${planned.length} artists are done`;
  context.event('WARN', pause.type, `${pause.message} ${left}`, {
    left: rest.length,
    artistIds: rest.slice(0, NAMED),
  });
  return {
    status: 'PARTIAL',
    rowsIn: planned.length,
    rowsOut: tally.landed,
    requests: requests(),
    message: `${left}, ${tally.landed} documents landed`,
    ...(pause.resumesAt === null ? {} : { resumesAt: pause.resumesAt }),
  };
}
