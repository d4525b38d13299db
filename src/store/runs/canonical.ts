// Canonical JSON: equal values, in whatever order their keys came, have one text. Runs of equal parameters are found by its hash.
import { createHash } from 'node:crypto';

export function printCanonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printCanonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${printCanonical(item)}`)
    .join(',')}}`;
}

/** SHA-256 of the canonical text, lower-case hexadecimal. */
export function hashCanonical(value: unknown): string {
  return createHash('sha256').update(printCanonical(value)).digest('hex');
}
