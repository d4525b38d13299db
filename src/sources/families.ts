// What a key may do, per family of calls: found out by the first refusal, and kept across restarts.
import type { Clock } from '../clock.ts';
import { SourceDeferredError } from '../errors.ts';

/** A place to keep things between runs. */
export interface SourceMemory {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
}

interface FamilyMemory {
  isWithheld: boolean;
  /** Milliseconds since 1970; null when not blocked. */
  blockedUntil: number | null;
  requests: number;
  lastError: string | null;
}

export interface Families {
  /** @throws SourceDeferredError while the family is blocked */
  enter(family: string): Promise<void>;
  isWithheld(family: string): Promise<boolean>;
  withhold(family: string, reason: string): Promise<void>;
  /** Blocks a family, now and for later runs, and answers with the error to throw. */
  block(family: string, until: number, reason: string): Promise<SourceDeferredError>;
  /** Keeps the counts; called at the end of a batch and of a run. */
  save(): Promise<void>;
  /** Requests of this run by family. */
  counts(): Readonly<Record<string, number>>;
}

const PREFIX = 'family:';

export function createFamilies(source: string, memory: SourceMemory, clock: Clock): Families {
  const known = new Map<string, FamilyMemory>();
  const counted = new Map<string, number>();
  const load = async (family: string): Promise<FamilyMemory> => {
    const found = known.get(family);
    if (found) return found;
    const kept = (await memory.get(PREFIX + family)) as Partial<FamilyMemory> | undefined;
    const loaded = { isWithheld: false, blockedUntil: null, requests: 0, lastError: null, ...kept };
    // Another call may have loaded it meanwhile.
    const winner = known.get(family) ?? loaded;
    known.set(family, winner);
    return winner;
  };
  const save = async (family: string) => memory.set(PREFIX + family, known.get(family));
  return {
    enter: async (family) => {
      const state = await load(family);
      if (state.blockedUntil !== null && state.blockedUntil > clock.now()) {
        throw new SourceDeferredError({ source, family, until: state.blockedUntil });
      }
      state.requests += 1;
      counted.set(family, (counted.get(family) ?? 0) + 1);
    },
    isWithheld: async (family) => (await load(family)).isWithheld,
    withhold: async (family, reason) => {
      Object.assign(await load(family), { isWithheld: true, lastError: reason });
      await save(family);
    },
    block: async (family, until, reason) => {
      Object.assign(await load(family), { blockedUntil: until, lastError: reason });
      await save(family);
      return new SourceDeferredError({ source, family, until });
    },
    save: async () => {
      for (const family of known.keys()) await save(family);
    },
    counts: () => Object.fromEntries(counted),
  };
}
