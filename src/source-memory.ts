// What is remembered of a source between runs: written by its clients (sources/families.ts), read by whoever asks how it stands
// (store/runs/source-states.ts). All times are milliseconds since 1970.
import { isAhead } from './clock.ts';

/** Before the name of a family: what was found out about it. */
export const FAMILY_KEY = 'family:';
/**
 * Before the name of a family: until when it is blocked. Written by blocks only: whoever keeps counts meanwhile, in this process or another,
 * has read it and would write it back as it was.
 */
export const BLOCK_KEY = 'block:';

export interface KeptFamily {
  /** Which key found this out: another one may have what was refused to this one. */
  readonly key: string;
  readonly isWithheld: boolean;
  /** Longest page that the family gives; null where none was refused. */
  readonly pageLimit: number | null;
  /** When the key was last refused either; null where it was not. */
  readonly foundAt: number | null;
  /** As versions before kept it here; now under a key of its own. */
  readonly blockedUntil?: number | null;
  readonly requests: number;
  readonly lastError: string | null;
}

export interface KeptBlock {
  readonly until: number;
}

/** No source is obeyed for longer than a week: an answer that asks for more is broken. */
export const LONGEST_BLOCK_MS = 7 * 86_400_000;

/** Whether a block ends so late that it was noted while the clock was ahead. */
export function isOddBlock(until: number, now: number): boolean {
  return isAhead(until - LONGEST_BLOCK_MS, now);
}
