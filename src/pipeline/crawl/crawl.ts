// Step crawl: artists, their albums, the tracks on them and their audio features, in batches that are sealed when they are complete.
// What a batch holds already is not fetched again, so that a crawl can be killed anywhere and go on.
import type { FamilyRequests } from '../../store/runs/run-store.ts';
import { findTimeout } from '../runs/retry-policy.ts';
import type { Step, StepContext, StepResult } from '../step.ts';
import { crawlBatch } from './crawl-batch.ts';
import { BudgetUsedUpError, type CrawlBudget, createBudget } from './crawl-budget.ts';
import { type CrawlCheckpoint, type CrawlPlan, namePlanBatch, openCheckpoint } from './crawl-checkpoint.ts';
import { fetchOwed, findOwed, type Owed } from './crawl-owed.ts';
import { type CrawlParameters, planCrawl } from './crawl-plan.ts';
import { isPuttingOff, type PuttingOff, TimeUpError } from './crawl-put-off.ts';
import { type CrawlSources, nameCatalogue, openCrawlSources } from './crawl-sources.ts';
import type { BatchParts, ListCount } from './crawl-work.ts';

const DEFAULT_GROUPS = ['album', 'single', 'compilation'];
/** Artists that an event names. */
const NAMED = 100;
/** Names that a message names. */
const NAMED_NAMES = 5;
const HOUR_MS = 3_600_000;
/** Calls that were under way together are told times a little apart: who came at the first would be sent away again. */
const SLACK_MS = 5_000;
/**
 * So much of the step's time, and no more than ten minutes beside the longest wait between two calls, is left for what is under way when no
 * further call is made.
 */
const LEFT_SHARE = 0.1;
const MOST_LEFT_MS = 600_000;

export const crawlStep: Step = {
  name: 'crawl',
  run: async (context) => {
    const parameters = context.run.parameters as CrawlParameters;
    const checkpoint = await openCheckpoint(context, nameCatalogue(context));
    const budget = createBudget({
      maxRequests: parameters.maxRequests,
      windowMs: context.config.crawlBudgetHours * HOUR_MS,
      now: context.clock.now,
      kept: checkpoint.findBudget(),
      keep: () => checkpoint.save(),
    });
    checkpoint.followBudget(budget.state);
    let requests = 0;
    const requireTime = startTime(context);
    const spend = async (family: string) => {
      // Without a single request a try would bring the crawl no further, and be followed by another, for ever.
      if (requests > 0) requireTime();
      await budget.spend(family);
      requests += 1;
    };
    const sources = await openCrawlSources(context, spend, checkpoint.begunAt);
    try {
      return await crawl({ context, sources, checkpoint, budget, parameters, requests: () => requests });
    } finally {
      // What was found out must not be lost to a failure, nor hide it.
      await sources.save().catch((error: unknown) => context.log.warn('Quotas could not be kept', { error }));
      await sources.close();
    }
  },
};

/**
 * Answers with what throws when the step's time is nearly over: cut off in the middle, nothing of what it has sealed would be published.
 *
 * @throws TimeUpError
 */
function startTime({ clock, config }: StepContext): () => void {
  const limitMs = findTimeout('crawl', config);
  const left = Math.min(limitMs * LEFT_SHARE, MOST_LEFT_MS + config.crawlMaxWaitSeconds * 1_000);
  const end = clock.monotonic() + limitMs - left;
  return () => {
    if (clock.monotonic() >= end) throw new TimeUpError(limitMs, clock.now());
  };
}

interface Crawl {
  readonly context: StepContext;
  readonly sources: CrawlSources;
  readonly checkpoint: CrawlCheckpoint;
  readonly budget: CrawlBudget;
  readonly parameters: CrawlParameters;
  readonly requests: () => number;
}

interface Tally {
  /** Artists of the plan that are in sealed batches. */
  done: number;
  landed: number;
  readonly albumLists: ListCount;
}

async function crawl(parts: Crawl): Promise<StepResult> {
  const { context, checkpoint, budget } = parts;
  const tally: Tally = { done: 0, landed: 0, albumLists: { answered: 0, failed: 0 } };
  try {
    const owed = await findOwed(context, checkpoint);
    const plan = await planCrawl(context, parts.sources, checkpoint, parts.parameters);
    if (plan.artistIds.length === 0 && owed.size === 0) return skip(parts, plan);
    await crawlBatches(parts, plan, tally);
    if (owed.size > 0) await crawlOwed(parts, plan, owed, tally);
    return endOf(parts, plan, tally);
  } catch (error) {
    if (!isPuttingOff(error)) throw error;
    return stopHalfway(parts, tally, error);
  } finally {
    budget.settle();
    const keep = (error: unknown) => context.log.warn('The checkpoint could not be kept', { error });
    await checkpoint.save().catch(keep);
  }
}

async function crawlBatches(parts: Crawl, plan: CrawlPlan, tally: Tally): Promise<void> {
  const { context, sources, checkpoint, parameters } = parts;
  const total = plan.artistIds.length;
  for (let at = 0; at < total; at += plan.batchSize) {
    const artistIds = plan.artistIds.slice(at, at + plan.batchSize);
    const id = await namePlanBatch(context, plan.firstBatch + at / plan.batchSize);
    const isNew = await crawlBatch(
      {
        id,
        artistIds,
        isLast: at + plan.batchSize >= total,
        groups: groupsOf(parameters),
        force: parameters.force ?? false,
      },
      batchParts(parts, tally, total),
    );
    tally.done += artistIds.length;
    if (!isNew) {
      countLists(tally, artistIds.length, checkpoint.owed().get(id));
      continue;
    }
    await checkpoint.dropLists();
    await sources.save();
  }
  sayProgress(parts, tally, total, 'done');
}

/** The lists of albums of a batch that an earlier try has sealed: whether the source is down is not judged anew by every try. */
function countLists({ albumLists }: Tally, artists: number, owed: Owed | undefined): void {
  const failed = owed?.lists?.length ?? 0;
  albumLists.failed += failed;
  albumLists.answered += artists - failed;
}

/** What an earlier try of this run could not have. */
async function crawlOwed(
  parts: Crawl,
  { artistIds, batchSize, firstBatch }: CrawlPlan,
  owed: ReadonlyMap<string, Owed>,
  tally: Tally,
): Promise<void> {
  const { force = false } = parts.parameters;
  const afterPlan = firstBatch + Math.ceil(artistIds.length / batchSize);
  const groups = groupsOf(parts.parameters);
  await fetchOwed({ owed, firstBatch: afterPlan, groups, force }, batchParts(parts, tally, artistIds.length));
  await parts.checkpoint.dropLists();
  sayProgress(parts, tally, artistIds.length, 'done');
}

function groupsOf({ includeGroups = DEFAULT_GROUPS }: CrawlParameters): readonly string[] {
  return includeGroups;
}

function batchParts(parts: Crawl, tally: Tally, total: number): BatchParts {
  const { context, sources, checkpoint } = parts;
  return {
    context,
    sources,
    checkpoint,
    albumLists: tally.albumLists,
    onProgress: (what) => sayProgress(parts, tally, total, what),
    onLanded: (documents) => {
      tally.landed += documents;
    },
  };
}

/** Artists that are done, and the requests so far with what is left of the budget. */
function sayProgress({ context, sources, budget }: Crawl, tally: Tally, total: number, what: string): void {
  const requests = Object.entries(sources.requests()).map(
    ([family, count]): FamilyRequests => ({ family, count, left: budget.left(family) }),
  );
  const calls = requests.map(
    ({ family, count, left }) => `${family} ${count}${left === null ? '' : `, ${left} left`}`,
  );
  const message = `${tally.done} of ${total} artists: ${what}${calls.length ? ` (requests: ${calls.join('; ')})` : ''}`;
  context.progress(tally.done, total, message, requests);
}

function skip({ context, checkpoint, requests }: Crawl, plan: CrawlPlan): StepResult {
  const lacks = describeNames(plan);
  const message = [...lacks, 'no artist is due'].join('; ');
  context.event('INFO', 'crawl.skipped', message);
  const status = checkpoint.isWhole() && lacks.length === 0 ? 'SKIPPED' : 'PARTIAL';
  return { rowsIn: 0, rowsOut: 0, requests: requests(), status, message };
}

function endOf({ checkpoint, requests }: Crawl, plan: CrawlPlan, tally: Tally): StepResult {
  const counts = { rowsIn: tally.done, rowsOut: tally.landed, requests: requests() };
  const done = `${tally.done} artists, ${tally.landed} documents, ${requests()} requests`;
  const owes = checkpoint.isWhole() ? [] : ['some documents could not be had: retry the run'];
  const lacks = [...describeNames(plan), ...owes];
  const message = [done, ...lacks].join('; ');
  return lacks.length === 0 ? { ...counts, message } : { ...counts, status: 'PARTIAL', message };
}

/** What was asked for and is not there, where something is. */
function describeNames({ unresolved = [], unanswered = [] }: CrawlPlan): string[] {
  return [
    ...(unresolved.length > 0
      ? [`no single artist is meant by ${listNames(unresolved)}: give ids instead`]
      : []),
    ...(unanswered.length > 0
      ? [`the search for ${listNames(unanswered)} was not answered: give ids instead, or crawl them again`]
      : []),
  ];
}

function listNames(names: readonly string[]): string {
  const named = names.slice(0, NAMED_NAMES).map((name) => `"${name}"`);
  const rest = names.length > NAMED_NAMES ? ` and ${names.length - NAMED_NAMES} more` : '';
  return `${named.join(', ')}${rest}`;
}

/**
 * What is sealed is published; the half batch stays open and is completed when the run goes on. The run is WAITING meanwhile: no process
 * sleeps for it.
 */
function stopHalfway({ context, checkpoint, requests }: Crawl, tally: Tally, reason: PuttingOff): StepResult {
  const planned = checkpoint.findPlan()?.artistIds ?? [];
  const rest = planned.slice(tally.done);
  const left = `${tally.done} of ${planned.length} artists are done`;
  const type = reason instanceof BudgetUsedUpError ? 'crawl.budget' : 'crawl.parked';
  context.event('WARN', type, `${reason.message} The rest goes on then. ${left}`, {
    left: rest.length,
    artistIds: rest.slice(0, NAMED),
  });
  return {
    status: 'PARTIAL',
    rowsIn: planned.length,
    rowsOut: tally.landed,
    requests: requests(),
    message: `${left}, ${tally.landed} documents landed`,
    resumesAt: reason.until + SLACK_MS,
  };
}
