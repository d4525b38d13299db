// Holds what a server answers beside the answer that a page shows.
import { readShown } from '../../docs/queries.ts';

/** Figures may differ by so much, as a share of the larger one: sums of floats depend on the order in which rows come. */
const TOLERANCE = 1e-9;

/**
 * Where an answer differs from the one that is shown, a line each; none where the page is right. Of a list that is shown by its beginning,
 * the beginning and the length are compared.
 */
export function listDifferences(live: unknown, shown: unknown, path = 'data'): string[] {
  if (Array.isArray(shown) && Array.isArray(live)) {
    const { shown: items, total } = readShown<unknown>(shown);
    const lengths = live.length === total ? [] : [`${path}: ${live.length} items, the page shows ${total}`];
    return [...lengths, ...items.flatMap((item, at) => listDifferences(live[at], item, `${path}[${at}]`))];
  }
  if (isObject(shown) && isObject(live)) {
    const names = [...new Set([...Object.keys(shown), ...Object.keys(live)])];
    return names.flatMap((name) => listDifferences(live[name], shown[name], `${path}.${name}`));
  }
  if (Object.is(live, shown)) return [];
  if (typeof live === 'number' && typeof shown === 'number') {
    const scale = Math.max(Math.abs(live), Math.abs(shown), 1);
    if (Math.abs(live - shown) <= TOLERANCE * scale) return [];
  }
  return [`${path}: ${JSON.stringify(live)}, the page shows ${JSON.stringify(shown)}`];
}

/**
 * Where an answer has not the shape of the one that is shown: another set of fields, nothing where the page shows something, or another kind of
 * value. Of lists the items that both have are compared, for a catalogue that grows has other rows.
 */
export function listMisshapen(live: unknown, shown: unknown, path = 'data'): string[] {
  // Before a crawl has come to it, and after, a figure may be there or not.
  if (shown === null) return [];
  if (Array.isArray(shown)) {
    if (!Array.isArray(live)) return [`${path}: ${JSON.stringify(live)}, the page shows a list`];
    const { shown: items } = readShown<unknown>(shown);
    if (live.length === 0 && items.length > 0) return [`${path}: is empty, the page shows ${items.length}`];
    return items.slice(0, live.length).flatMap((item, at) => listMisshapen(live[at], item, `${path}[${at}]`));
  }
  if (isObject(shown)) {
    if (!isObject(live)) return [`${path}: ${JSON.stringify(live)}, the page shows an object`];
    const names = [...new Set([...Object.keys(shown), ...Object.keys(live)])];
    return names.flatMap((name) => {
      const at = `${path}.${name}`;
      if (!(name in live)) return [`${at}: is not there`];
      if (!(name in shown)) return [`${at}: the page lacks it`];
      return listMisshapen(live[name], shown[name], at);
    });
  }
  return typeof live === typeof shown
    ? []
    : [`${path}: ${JSON.stringify(live)}, the page shows ${JSON.stringify(shown)}`];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
