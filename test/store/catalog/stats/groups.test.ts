import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../../src/errors.ts';
import type { Catalog } from '../../../../src/store/catalog/catalog.ts';
import { listGroups, type StatsRequest } from '../../../../src/store/catalog/stats/groups.ts';
import { TRACK_MEASURES } from '../../../../src/store/catalog/stats/measures.ts';
import { TRACKS } from '../../../../src/store/catalog/stats/subject.ts';

/** A catalogue that keeps the statement it is asked for. */
function openSilent() {
  const asked: string[] = [];
  const catalog = {
    columns: null,
    findUnits: async () => new Map(),
    all: async (sql: string) => {
      asked.push(sql);
      return [];
    },
  } as unknown as Catalog;
  const list = (request: Partial<StatsRequest>) =>
    listGroups(catalog, TRACKS, { page: {}, ...request }, { maxPageSize: 100 });
  return { asked, list };
}

const MEASURES = Object.keys(TRACK_MEASURES);
const termsOf = (count: number) =>
  MEASURES.slice(0, count).map((measure) => ({ by: 'AVG' as const, measure }));
const conditionsOf = (count: number) =>
  Array.from({ length: count }, () => ({ statistic: 'COUNT' as const, gt: 1 }));

/** What goes wrong with a list; null for nothing. */
const refusal = (list: () => unknown): InvalidInputError | null => {
  try {
    list();
    return null;
  } catch (error) {
    if (error instanceof InvalidInputError) return error;
    throw error;
  }
};

describe('listGroups', () => {
  it('leaves out a term of the order that is named again, whatever its direction', async () => {
    const { asked, list } = openSilent();
    const orderBy = [
      { by: 'AVG', measure: 'ENERGY', direction: 'DESC' },
      { by: 'COUNT' },
      { by: 'AVG', measure: 'ENERGY' },
      { by: 'COUNT', measure: 'ENERGY' },
    ] as const;
    await list({ orderBy }).page();
    expect(asked[0]).toMatch(
      /order by g\.s0 DESC nulls LAST, g\.s1 ASC nulls LAST, g\.s2 ASC nulls LAST, g\.label/,
    );
    expect(asked[0]).not.toContain('s3');
  });

  it('refuses an order of many terms, and conditions of many figures', () => {
    const { list } = openSilent();
    expect(refusal(() => list({ orderBy: termsOf(10) }))).toBeNull();
    expect(refusal(() => list({ orderBy: termsOf(11) }))).toMatchObject({
      message: '"orderBy" has 11 different terms; at most 10 are expected. Leave out the last ones.',
      field: 'orderBy',
      given: '11 different terms',
      expected: 'at most 10 different terms',
    });
    expect(refusal(() => list({ having: conditionsOf(20) }))).toBeNull();
    expect(refusal(() => list({ having: conditionsOf(21) }))).toMatchObject({
      message: '"having" has 21 conditions; at most 20 are expected. Leave some out.',
      field: 'having',
      given: '21 conditions',
      expected: 'at most 20 conditions',
    });
  });

  it('takes no longer for two thousand terms, and a cursor of as many values, than for one', () => {
    const { list } = openSilent();
    const order = [
      'trackStats',
      ...Array(2_000).fill('COUNT..ASC.LAST'),
      'LABEL.ASC.LAST',
      'ID.ASC.LAST',
    ].join(' ');
    const cursor = [order, ...Array(2_000).fill(1), 'a', 'b'];
    const after = Buffer.from(JSON.stringify(cursor)).toString('base64url');
    const cpu = process.cpuUsage();
    const refused = refusal(() =>
      list({ orderBy: Array(2_000).fill({ by: 'COUNT' }), page: { first: 10, after } }),
    );
    expect(process.cpuUsage(cpu).user / 1_000).toBeLessThan(100);
    expect(refused?.field).toBe('after');
  });
});
