// What a key may do, per family of calls: found out by the first refusal, and kept across restarts.
import { type Clock, isAhead, toIso } from '../clock.ts';
import { SourceDeferredError } from '../errors.ts';
import { BLOCK_KEY, FAMILY_KEY, isOddBlock, type KeptBlock, type KeptFamily } from '../source-memory.ts';

/** A place to keep things between runs. */
export interface SourceMemory {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
}

/** What is kept of a family, while it changes. */
type FamilyMemory = { -readonly [Name in keyof KeptFamily]: KeptFamily[Name] };

export interface Families {
  /**
   * Milliseconds to hold off, 0 for none.
   *
   * @throws SourceDeferredError while the family is blocked
   */
  holdOff(family: string): Promise<number>;
  /** Notes a request that is about to be made. */
  count(family: string): void;
  /** Holds a family off for so many milliseconds, in this process only. */
  pause(family: string, ms: number): void;
  /** Runs the first work of a family alone, so that what it finds out is known to the others: a probe costs one call. */
  afterFirst<T>(family: string, work: () => Promise<T>): Promise<T>;
  isWithheld(family: string): Promise<boolean>;
  /** Answers whether this was news. */
  withhold(family: string, reason: string): Promise<boolean>;
  findPageLimit(family: string): Promise<number | null>;
  /** Answers whether this was news. */
  limitPages(family: string, limit: number): Promise<boolean>;
  /** Blocks a family, now and for later runs, and answers with the error to throw. */
  block(family: string, until: number, reason: string): Promise<SourceDeferredError>;
  /** Notes what a family was last refused with; kept with the counts. */
  noteError(family: string, reason: string): Promise<void>;
  /** Keeps the counts; called after each batch and at the end of a run. */
  save(): Promise<void>;
  /** Requests of this run by family. */
  counts(): Readonly<Record<string, number>>;
}

export interface FamiliesOptions {
  readonly source: string;
  readonly memory: SourceMemory;
  readonly clock: Clock;
  /** What tells one key from another, without giving it away. */
  readonly key: string;
  /** What a key was refused before this time is tried again; unless stated, it is refused for good. Milliseconds since 1970. */
  readonly refusedSince?: () => number;
  /** Told of what was kept by a clock that was ahead, and does not count. */
  readonly onOddClock?: (message: string) => void;
}

export function createFamilies({ source, memory, clock, key, ...options }: FamiliesOptions): Families {
  const { refusedSince = () => 0, onOddClock = () => {} } = options;
  const known = new Map<string, FamilyMemory>();
  /** Until when a family is blocked, in milliseconds since 1970. */
  const blocks = new Map<string, number>();
  /** Until when, on the clock that never steps: what is kept is told in wall time, waits are not. */
  const pauses = new Map<string, number>();
  const counted = new Map<string, number>();
  const saved = new Map<string, number>();
  const firsts = new Map<string, Promise<void>>();

  const read = async (family: string): Promise<FamilyMemory> => {
    const kept = (await memory.get(FAMILY_KEY + family)) as Partial<FamilyMemory> | null | undefined;
    // Quotas are counted per developer account, so a block outlives a change of key; capabilities do not.
    const foundAt = kept?.foundAt ?? 0;
    const holds = kept?.key === key && foundAt >= refusedSince() && !isAhead(foundAt, clock.now());
    return {
      key,
      isWithheld: holds && kept.isWithheld === true,
      pageLimit: holds ? (kept.pageLimit ?? null) : null,
      foundAt: holds ? (kept.foundAt ?? null) : null,
      ...(kept?.blockedUntil == null ? {} : { blockedUntil: kept.blockedUntil }),
      requests: kept?.requests ?? 0,
      lastError: kept?.lastError ?? null,
    };
  };
  const odd = new Set<string>();
  const isOdd = (family: string, until: number): boolean => {
    if (!isOddBlock(until, clock.now())) return false;
    if (!odd.has(family))
      onOddClock(
        `A block of "${family}" until ${toIso(until)} was noted while the clock was ahead, and is passed over`,
      );
    odd.add(family);
    return true;
  };
  const laterBlock = (family: string, a: number | null, b: number | null): number | null => {
    const believed = (until: number | null) => (until === null || isOdd(family, until) ? null : until);
    return later(believed(a), believed(b));
  };
  const readBlock = async (family: string): Promise<number | null> => {
    const kept = (await memory.get(BLOCK_KEY + family)) as Partial<KeptBlock> | null | undefined;
    return kept?.until ?? null;
  };
  const raiseBlock = (family: string, until: number | null): void => {
    const raised = laterBlock(family, blocks.get(family) ?? null, until);
    if (raised !== null) blocks.set(family, raised);
    else blocks.delete(family);
  };
  const load = async (family: string): Promise<FamilyMemory> => {
    const found = known.get(family);
    if (found) return found;
    const [loaded, block] = [await read(family), await readBlock(family)];
    // Another call may have loaded it meanwhile.
    const winner = known.get(family) ?? loaded;
    if (winner === loaded) raiseBlock(family, laterBlock(family, block, loaded.blockedUntil ?? null));
    known.set(family, winner);
    return winner;
  };
  /** A crawl and a refresh may keep the same family at once: what either has found out stays. */
  const save = async (family: string) => {
    const state = await load(family);
    const kept = await read(family);
    const fresh = (counted.get(family) ?? 0) - (saved.get(family) ?? 0);
    saved.set(family, counted.get(family) ?? 0);
    state.requests = kept.requests + fresh;
    state.isWithheld ||= kept.isWithheld;
    state.pageLimit ??= kept.pageLimit;
    state.foundAt = later(state.foundAt, kept.foundAt);
    state.lastError ??= kept.lastError;
    raiseBlock(family, await readBlock(family));
    await memory.set(FAMILY_KEY + family, { ...state });
  };
  return {
    holdOff: async (family) => {
      await load(family);
      const until = blocks.get(family);
      if (until !== undefined && until > clock.now() && !isOdd(family, until))
        throw new SourceDeferredError({ source, family, until });
      return Math.max(0, (pauses.get(family) ?? Number.NEGATIVE_INFINITY) - clock.monotonic());
    },
    count: (family) => {
      counted.set(family, (counted.get(family) ?? 0) + 1);
    },
    pause: (family, ms) => {
      const until = clock.monotonic() + ms;
      pauses.set(family, Math.max(pauses.get(family) ?? until, until));
    },
    afterFirst: async (family, work) => {
      const first = firsts.get(family);
      if (first) {
        await first;
        return work();
      }
      const result = work();
      const settled = result.then(
        () => {},
        // It has found out nothing; the next one is the first again.
        () => void firsts.delete(family),
      );
      firsts.set(family, settled);
      return result;
    },
    isWithheld: async (family) => (await load(family)).isWithheld,
    withhold: async (family, reason) => {
      const state = await load(family);
      const isNews = !state.isWithheld;
      Object.assign(state, { isWithheld: true, foundAt: clock.now(), lastError: reason });
      await save(family);
      return isNews;
    },
    findPageLimit: async (family) => (await load(family)).pageLimit,
    limitPages: async (family, limit) => {
      const state = await load(family);
      const isNews = state.pageLimit === null;
      Object.assign(state, { pageLimit: limit, foundAt: clock.now() });
      await save(family);
      return isNews;
    },
    block: async (family, until, reason) => {
      const state = await load(family);
      raiseBlock(family, until);
      // At once another process may have been told to stay away for longer: a block is never shortened.
      raiseBlock(family, await readBlock(family));
      const latest = blocks.get(family) ?? until;
      await memory.set(BLOCK_KEY + family, { until: latest } satisfies KeptBlock);
      state.lastError = reason;
      await save(family);
      return new SourceDeferredError({ source, family, until: latest });
    },
    noteError: async (family, reason) => {
      (await load(family)).lastError = reason;
    },
    save: async () => {
      for (const family of new Set([...known.keys(), ...counted.keys()])) await save(family);
    },
    counts: () => Object.fromEntries(counted),
  };
}

function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
