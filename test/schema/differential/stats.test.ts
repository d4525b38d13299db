// Statistics, and a model in plain TypeScript, are asked the same random groups, figures and orders.
import { describe, expect, it } from 'vitest';
import type { Maybe } from '../../fixtures/catalogue-model.ts';
import { known, mean, percentile, stddev, sum } from '../../fixtures/model-figures.ts';
import { ask, model, near, next, openDrawnCatalogue, pick, rounds, whole } from './drawn-catalogue.ts';
import { SUBJECTS } from './subjects.ts';

type Statistic = 'COUNT' | 'MIN' | 'MAX' | 'SUM' | 'AVG' | 'MEDIAN' | 'STDDEV';
const STATISTICS: readonly Statistic[] = ['COUNT', 'MIN', 'MAX', 'SUM', 'AVG', 'MEDIAN', 'STDDEV'];

function figure(statistic: Statistic, values: readonly Maybe<number>[]): Maybe<number> {
  const given = known(values);
  switch (statistic) {
    case 'COUNT':
      return given.length;
    case 'MIN':
      return given.length ? Math.min(...given) : null;
    case 'MAX':
      return given.length ? Math.max(...given) : null;
    case 'SUM':
      return given.length ? sum(given) : null;
    case 'AVG':
      return mean(given);
    case 'MEDIAN':
      return percentile(given, 50);
    case 'STDDEV':
      return stddev(given);
  }
}

function groupsOf<T>(
  items: readonly T[],
  dimensions: readonly ((item: T) => Maybe<string>[])[],
): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  if (dimensions.length === 0) groups.set('[]', [...items]);
  // Playlist dimensions speak of the same place; the cases below ask for at most one of them at a time.
  for (const item of items) {
    let keys: Maybe<string>[][] = [[]];
    for (const dimension of dimensions)
      keys = keys.flatMap((key) => dimension(item).map((value) => [...key, value]));
    for (const key of keys) {
      const id = JSON.stringify(key);
      if (dimensions.length > 0) groups.set(id, [...(groups.get(id) ?? []), item]);
    }
  }
  return groups;
}

interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}
type Numbers = Record<
  'count' | 'missing' | 'min' | 'max' | 'sum' | 'avg' | 'median' | 'stddev' | 'p',
  Maybe<number>
> & { histogram: Bin[] };
type Row = {
  group: { keys: { value: Maybe<string> }[]; artist?: { id: string }; album?: { id: string } };
  count: number;
  shareOfTotal: number;
} & Record<string, Numbers>;

openDrawnCatalogue();

describe.each(SUBJECTS.map((subject) => [subject.field, subject] as const))('%s', (field, subject) => {
  it('gives the groups, figures and order the model gives, to 1e-9', async () => {
    for (const round of rounds()) {
      const where = round % 3 === 0 ? {} : subject.filter();
      const groupBy = Array.from(
        { length: whole(Math.min(4, 1 + Object.keys(subject.dimensions).length)) },
        () => pick(Object.keys(subject.dimensions)),
      )
        .filter((name, at, all) => all.indexOf(name) === at)
        .filter(
          (name, at, all) =>
            !name.startsWith('PLAYLIST') || all.findIndex((other) => other.startsWith('PLAYLIST')) === at,
        );
      const shown = pick(Object.entries(subject.measures));
      const [conditioned, { of: ofConditioned }] = pick(Object.entries(subject.measures));
      const statistic = pick(STATISTICS);
      const passing = subject.items.filter((item) => subject.matches(where, item));
      const all = groupsOf(
        passing,
        groupBy.map((name) => subject.dimensions[name] as (item: { id: string }) => Maybe<string>[]),
      );
      const bound = pick([...all.values()].map((items) => figure(statistic, items.map(ofConditioned)))) ?? 0;
      const having =
        next() < 0.4 ? [{ statistic, measure: conditioned, [pick(['gt', 'gte', 'lt', 'lte'])]: bound }] : [];
      const p = pick([0, 10, 33.3, 50, 90, 99.9, 100]);
      const bins = 1 + whole(8);
      const figures = `{ count missing min max sum avg median stddev p: percentile(p: ${p}) histogram(bins: ${bins}) { from to count } }`;
      const order = {
        by: pick(STATISTICS),
        measure: pick(Object.keys(subject.measures)),
        direction: pick(['ASC', 'DESC']),
      };
      const variables = { where, groupBy, having, orderBy: [order] };
      const what = JSON.stringify(variables);
      const data = await ask(
        `query ($where: ${subject.type}Filter, $groupBy: [${subject.type}Dimension!], $having: [${subject.type}StatCondition!], $orderBy: [${subject.type}StatOrder!]) {
          ${field}(where: $where, groupBy: $groupBy, having: $having, orderBy: $orderBy, first: 100) { totalCount nodes {
            group { keys { value } ${field === 'artistStats' ? '' : 'artist { id }'} ${field === 'trackStats' ? 'album { id }' : ''} } count shareOfTotal ${shown[1].field} ${figures} } } }`,
        { variables },
      );
      const answer = data[field] as { totalCount: number; nodes: Row[] };
      const meets = (items: readonly { id: string }[]) => {
        const value = figure(statistic, items.map(ofConditioned));
        const [condition] = having;
        if (!condition) return true;
        if (value === null) return false;
        // A bound that is itself a figure: equal to the last digit or not is for the engines to differ in.
        const equal = Math.abs(value - bound) <= 1e-9 * Math.abs(bound);
        if ('gt' in condition) return equal ? null : value > bound;
        if ('gte' in condition) return equal ? null : value >= bound;
        if ('lt' in condition) return equal ? null : value < bound;
        return equal ? null : value <= bound;
      };
      const certain = [...all].filter(([, items]) => meets(items) === true).length;
      const possible = [...all].filter(([, items]) => meets(items) !== false).length;
      expect(answer.totalCount, what).toBeGreaterThanOrEqual(certain);
      expect(answer.totalCount, what).toBeLessThanOrEqual(possible);
      expect(answer.nodes.length, what).toBe(Math.min(100, answer.totalCount));
      let before: Maybe<number> | undefined;
      for (const node of answer.nodes) {
        const key = node.group.keys.map(({ value }, at) => {
          if (groupBy[at] === 'ARTIST') return node.group.artist?.id ?? null;
          if (groupBy[at] === 'ALBUM') return node.group.album?.id ?? null;
          if (groupBy[at] === 'PLAYLIST')
            return model.playlists.find(({ name }) => name === value)?.id ?? null;
          return value;
        });
        const items = all.get(JSON.stringify(key)) ?? [];
        expect(items.length, `${what} ${JSON.stringify(key)}`).toBe(node.count);
        near(node.shareOfTotal, passing.length ? items.length / passing.length : 0, `share of ${what}`);
        checkNumbers(node[shown[1].field as string] as Numbers, items.map(shown[1].of), p, bins, what);
        const place = figure(
          order.by,
          items.map((subject.measures[order.measure] as { of: (item: { id: string }) => Maybe<number> }).of),
        );
        if (before !== undefined && before !== null && place !== null) {
          const step = order.direction === 'ASC' ? place - before : before - place;
          expect(step, `order of ${what}`).toBeGreaterThanOrEqual(-1e-9 * Math.max(1, Math.abs(place)));
        }
        if (before === null) expect(place, `nulls last in ${what}`).toBeNull();
        before = place;
      }
    }
  });
});

function checkNumbers(
  numbers: Numbers,
  values: readonly Maybe<number>[],
  p: number,
  bins: number,
  what: string,
): void {
  const given = known(values);
  expect([numbers.count, numbers.missing], what).toEqual([given.length, values.length - given.length]);
  for (const name of ['min', 'max', 'sum', 'avg', 'median', 'stddev'] as const)
    near(numbers[name], figure(name.toUpperCase() as Statistic, values), `${name} of ${what}`);
  near(numbers.p, percentile(given, p), `percentile ${p} of ${what}`);
  expect(
    numbers.histogram.reduce((total, bin) => total + bin.count, 0),
    what,
  ).toBe(given.length);
  const distinct = new Set(given).size;
  expect(numbers.histogram.length, what).toBe(distinct > 1 ? bins : distinct);
  for (const [at, { from, to, count }] of numbers.histogram.entries()) {
    const isLast = at === numbers.histogram.length - 1;
    // A value on an edge may be rounded into either bin.
    const slack = 1e-9 * (Math.abs(from) + Math.abs(to));
    const inside = (value: number, by: number) =>
      value >= from - by && (isLast ? value <= to + by : value < to + by);
    expect(count, what).toBeGreaterThanOrEqual(given.filter((value) => inside(value, -slack)).length);
    expect(count, what).toBeLessThanOrEqual(given.filter((value) => inside(value, slack)).length);
  }
}
