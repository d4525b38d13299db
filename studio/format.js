// How figures and times read.

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const WHOLE = new Intl.NumberFormat('en');

/** 36405 as 36,405; what is not known as a dash. @param {number | null | undefined} value */
export const whole = (value) => (value === null || value === undefined ? '–' : WHOLE.format(value));

/** 119755896 as 119.8M. @param {number | null | undefined} value */
export const compact = (value) => (value === null || value === undefined ? '–' : COMPACT.format(value));

/** 36405 as 36,405 and 1204025 as 1.2M: what is shown large has room for six digits. @param {number | null | undefined} value */
export const total = (value) => ((value ?? 0) < 1_000_000 ? whole(value) : compact(value));

/** @param {number | null | undefined} value @param {number} digits */
export const fixed = (value, digits = 2) =>
  value === null || value === undefined ? '–' : value.toFixed(digits);

/** 0.391 as +39.1 %. @param {number | null | undefined} rate */
export const change = (rate) =>
  rate === null || rate === undefined ? '–' : `${rate < 0 ? '−' : '+'}${Math.abs(rate * 100).toFixed(1)} %`;

/** Name of a feature in prose: durationMs as length, releaseYear as release year. @param {string} feature */
export const wordsOf = (feature) =>
  feature === 'durationMs' ? 'length' : feature.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** Milliseconds as m:ss. @param {number | null | undefined} ms */
export function minutes(ms) {
  if (ms === null || ms === undefined) return '–';
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** How long ago, in the largest fitting unit. @param {string | null | undefined} iso @param {number} now */
export function ago(iso, now = Date.now()) {
  if (!iso) return '–';
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000);
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

/** 2026-11-20T22:15:07.123Z as 2026-11-20 22:15 UTC. @param {string} iso */
export const minuteOf = (iso) => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;

/**
 * What a check found: rows of its relation; where it looks at all of them, relations, or columns where its rows name those.
 *
 * @param {{ failures: number, relation: string, sample: any[] | null }} check
 */
export function sayFound({ failures, relation, sample }) {
  const count = (/** @type {string} */ what) => `${whole(failures)} ${failures === 1 ? what : `${what}s`}`;
  if (relation !== '*') return `${count('row')} of ${relation}`;
  return count(sample?.some((row) => 'column' in row) ? 'column' : 'relation');
}

/** Bytes as 47.2 MB. @param {number} bytes */
export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

/** Seconds between two instants. @param {string | null} from @param {string | null} to */
export function took(from, to) {
  if (!from) return '';
  return `${(((to ? Date.parse(to) : Date.now()) - Date.parse(from)) / 1000).toFixed(1)} s`;
}

/** The latest document of each source and run, and how many there are. @param {any[]} provenance @returns {[any, number][]} */
export function groupDocuments(provenance) {
  const groups = new Map();
  for (const each of provenance) {
    const key = JSON.stringify([each.source, each.run?.id]);
    groups.set(key, [groups.get(key)?.[0] ?? each, (groups.get(key)?.[1] ?? 0) + 1]);
  }
  return [...groups.values()];
}
