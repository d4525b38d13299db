// Chance that belongs to one entity: what is drawn for it does not depend on what was drawn before for another.
import { createHash } from 'node:crypto';
import { seededRandomness } from '../../clock.ts';

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

export interface Draw {
  /** 0 <= x < 1 */
  unit(): number;
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number;
  /** Normal with mean 0 and deviation 1. */
  normal(): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** True with this probability. */
  chance(probability: number): boolean;
}

/** The draw of an entity, by the catalogue's seed and the entity's name. */
export function drawFor(seed: number, entity: string): Draw {
  const random = seededRandomness(createHash('sha256').update(`${seed}:${entity}`).digest().readUInt32LE());
  const unit = () => random.next();
  const whole = (low: number, high: number) => low + Math.floor(unit() * (high - low + 1));
  return {
    unit,
    whole,
    normal: () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit()),
    pick: (items) => items[whole(0, items.length - 1)] ?? items[0],
    chance: (probability) => unit() < probability,
  };
}

/** An id shaped like Spotify's: a number below 2^128 in 22 base-62 characters. */
export function makeId(seed: number, entity: string): string {
  let number = BigInt(`0x${createHash('sha256').update(`id:${seed}:${entity}`).digest('hex').slice(0, 32)}`);
  let id = '';
  for (let i = 0; i < 22; i++) {
    id = `${DIGITS[Number(number % 62n)]}${id}`;
    number /= 62n;
  }
  return id;
}
