// What a crawl must remember to go on where it stopped, kept in the run: its plan, and the lists of its open batch, which cost
// calls of the scarcest families and are landed nowhere.
import type { ListProgress, ListState } from '../../sources/spotify/pages.ts';
import type { Run } from '../../store/runs/run-store.ts';
import type { StepContext } from '../step.ts';
import type { BudgetState } from './crawl-budget.ts';
import type { Owed } from './crawl-owed.ts';

/** Artists in batches; fixed when the run begins, so that a batch of a later try holds the same artists. */
export interface CrawlPlan {
  readonly artistIds: readonly string[];
  readonly batchSize: number;
  /** Number of the first batch; above 0 when a run that was begun anew has sealed some already. */
  readonly firstBatch: number;
  /** Names that mean no single artist; absent in plans of earlier versions. */
  readonly unresolved?: readonly string[];
  /** Names whose search was not answered; absent in plans of earlier versions. */
  readonly unanswered?: readonly string[];
}

export interface CrawlCheckpoint {
  /**
   * When this crawl began, in milliseconds since 1970: with the run, or when it was begun anew from its start. What was fetched before is not
   * this crawl's.
   */
  readonly begunAt: number;
  /** The plan of an earlier try, or null. */
  findPlan(): CrawlPlan | null;
  setPlan(plan: CrawlPlan): Promise<void>;
  /** The list under this key: what an earlier try has of it is not fetched again. */
  list(key: string, fetch: (progress: ListProgress) => Promise<string[]>): Promise<string[]>;
  /** The batch that the lists belong to is sealed. */
  dropLists(): Promise<void>;
  /** What could not be had although the source may have it, by the batch (or the ranking) that lacks it. */
  owed(): ReadonlyMap<string, Owed>;
  /** Null: it owes nothing any more. */
  setOwed(key: string, owed: Owed | null): Promise<void>;
  /** Whether a version of Groovelake that did not note what it owes left something out of this run: nobody knows any more what. */
  owesUnknown(): boolean;
  /** Whether all that the sources have landed, over all tries. */
  isWhole(): boolean;
  /** The budget of an earlier try, or null. */
  findBudget(): BudgetState | null;
  /** Where the budget's state is read whenever something is kept. */
  followBudget(read: () => BudgetState | null): void;
  save(): Promise<void>;
}

/** A kill costs at most so many pages; a pause none. */
const PAGES_PER_SAVE = 10;

/**
 * What the run has kept. Where that is of another source, as the key was set or taken away meanwhile, the crawl begins anew: the ids are that source's,
 * and this one would answer that it has none of them.
 *
 * @param source under which the crawl's artists land
 */
export async function openCheckpoint(context: StepContext, source: string): Promise<CrawlCheckpoint> {
  // Asked for afresh: the run of the context is as it was when it was claimed, before an earlier try of this step.
  const kept = keptOf(context, (await context.runs.findRun(context.run.id))?.checkpoint ?? null, source);
  let plan = readPlan(kept?.plan);
  const lists = new Map(Object.entries((kept?.lists ?? {}) as Record<string, ListState>));
  const owed = new Map(Object.entries((kept?.owed ?? {}) as Record<string, Owed>));
  const owesUnknown = kept?.isWhole === false;
  const now = context.clock.now();
  // Versions before did not note it, and knew of no run that was begun anew. One that lies ahead was noted by a clock that was wrong: nothing
  // would count as fetched by this crawl, and it would fetch for ever.
  const begunAt = Math.min(
    (kept?.begunAt as number | undefined) ?? (kept ? context.run.createdAt : now),
    now,
  );
  const budget = (kept?.budget ?? null) as BudgetState | null;
  let readBudget = () => budget;
  let unsaved = 0;
  let saving: Promise<void> = Promise.resolve();
  const save = (): Promise<void> => {
    unsaved = 0;
    // One after the other: a store over the network might keep the older of two.
    saving = saving
      .catch(() => {})
      .then(() =>
        context.runs.setCheckpoint(context.claim, {
          source,
          begunAt,
          ...(plan ? { plan } : {}),
          owed: Object.fromEntries(owed),
          ...(owesUnknown ? { isWhole: false } : {}),
          lists: Object.fromEntries(lists),
          budget: readBudget(),
        }),
      );
    return saving;
  };
  if (kept?.source !== source) await save();
  return {
    begunAt,
    findPlan: () => plan,
    setPlan: (next) => {
      plan = next;
      return save();
    },
    list: (key, fetch) =>
      fetch({
        from: lists.get(key) ?? null,
        keep: async (state) => {
          lists.set(key, state);
          unsaved += 1;
          if (unsaved >= PAGES_PER_SAVE) await save();
        },
      }),
    dropLists: async () => {
      if (lists.size === 0) return;
      lists.clear();
      await save();
    },
    owed: () => owed,
    setOwed: async (key, next) => {
      if (next) owed.set(key, next);
      else if (!owed.delete(key)) return;
      await save();
    },
    owesUnknown: () => owesUnknown,
    isWhole: () => owed.size === 0 && !owesUnknown,
    findBudget: () => budget,
    followBudget: (read) => {
      readBudget = read;
    },
    save,
  };
}

/** Calls that were made of the budget stay made; a checkpoint of an earlier version does not say whose it is, and is taken for this source's. */
function keptOf({ clock, event }: StepContext, kept: Run['checkpoint'], source: string): Run['checkpoint'] {
  if (!kept || (kept.source ?? source) === source) return kept;
  const what = `The run was begun as a crawl of "${kept.source}" and goes on as one of "${source}": it begins anew, and asks for nothing that it had planned before.`;
  event('WARN', 'crawl.source', what);
  return { begunAt: clock.now(), budget: kept.budget };
}

function readPlan(kept: unknown): CrawlPlan | null {
  const plan = kept as Partial<CrawlPlan> | null | undefined;
  return Array.isArray(plan?.artistIds) ? (plan as CrawlPlan) : null;
}

/**
 * The id of a crawl's own batch beside those of its plan. One of before the crawl was begun anew is left as it is when it is sealed: it says
 * what was then. So is one that is withdrawn: what it says is not to be believed.
 */
export async function nameOwnBatch(
  { landing }: StepContext,
  { begunAt }: Pick<CrawlCheckpoint, 'begunAt'>,
  id: string,
): Promise<string> {
  for (let number = 1; ; number++) {
    const name = number === 1 ? id : `${id}-${number}`;
    const batch = await landing.findBatch(name);
    if (!batch || (batch.openedAt >= begunAt && batch.withdrawnAt === null)) return name;
    if (batch.sealedAt !== null) continue;
    await landing.discardBatch(name);
    return name;
  }
}

/**
 * The id of the batch of this place in the plan. Where that is withdrawn its artists are not done, and are fetched into a further one. No plain number
 * tells it apart: a second file of a large batch's bronze would have the same name.
 */
export async function namePlanBatch({ landing, run }: StepContext, number: number): Promise<string> {
  const id = `${run.id}-${String(number).padStart(4, '0')}`;
  for (let take = 1; ; take++) {
    const name = take === 1 ? id : `${id}-take${take}`;
    const batch = await landing.findBatch(name);
    if (!batch || batch.withdrawnAt === null) return name;
  }
}
