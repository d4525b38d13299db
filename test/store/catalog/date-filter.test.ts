// Dates that are as precise as the source knows them, compared by both engines.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { listAlbums } from '../../../src/store/catalog/albums.ts';
import type { DateFilter } from '../../../src/store/catalog/date-filter.ts';
import { openTwoEngines, type TwoEngines } from '../../fixtures/two-engines.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const LIMITS = { maxPageSize: 100 };
/** Albums by the date that is their name; one has none. */
const DATES = [
  '1996-12-31',
  '1997',
  '1997-01',
  '1997-01-01',
  '1997-05',
  '1997-05-20',
  '1997-12-31',
  '1998',
  '1998-01',
];
let engines: TwoEngines;
beforeAll(async () => {
  engines = await openTwoEngines({
    albums: [...DATES.map((date) => ({ album_id: date, release_date: date })), { album_id: 'unknown' }],
  });
});
afterAll(() => engines?.close());

describe.each(['withIndex', 'duckDbAlone'] as const)('a filter of dates: %s', (engine) => {
  const find = async (releaseDate: DateFilter) => {
    const list = listAlbums(engines[engine], { where: { releaseDate }, orderBy: [{ field: 'ID' }] }, LIMITS);
    return (await list.page()).edges.map(({ node }) => node.id);
  };

  it.each<[DateFilter, string[]]>([
    [{ eq: '1997' }, DATES.slice(1, 7)],
    [{ eq: '1997-05' }, ['1997-05', '1997-05-20']],
    [{ eq: '1997-05-20' }, ['1997-05-20']],
    [{ ne: '1997' }, ['1996-12-31', '1998', '1998-01']],
    [{ gt: '1997' }, ['1998', '1998-01']],
    [{ gt: '1997-05' }, ['1997-12-31', '1998', '1998-01']],
    [{ gte: '1997-01-01' }, DATES.slice(1)],
    [{ gte: '1997-05' }, DATES.slice(4)],
    [{ gte: '1997-05-01' }, DATES.slice(4)],
    [{ gte: '1997-05-02' }, DATES.slice(5)],
    [{ lt: '1997' }, ['1996-12-31']],
    [{ lt: '1997-05' }, ['1996-12-31', '1997-01', '1997-01-01']],
    [{ lte: '1997' }, DATES.slice(0, 7)],
    [{ lte: '1997-12-31' }, DATES.slice(0, 7)],
    [{ lte: '1997-05-31' }, ['1996-12-31', '1997-01', '1997-01-01', '1997-05', '1997-05-20']],
    [{ lte: '1997-05-30' }, ['1996-12-31', '1997-01', '1997-01-01', '1997-05-20']],
    [{ between: ['1997-01', '1997-05'] }, ['1997-01', '1997-01-01', '1997-05', '1997-05-20']],
    [{ between: ['1997-05', '1997'] }, ['1997-05', '1997-05-20', '1997-12-31']],
    [{ in: ['1997-01', '1998'] }, ['1997-01', '1997-01-01', '1998', '1998-01']],
    [{ in: [] }, []],
    [{ isNull: true }, ['unknown']],
    [{ isNull: false, lt: '1998', gt: '1997-01' }, ['1997-05', '1997-05-20', '1997-12-31']],
  ])('compares all days of a date: %j', async (filter, ids) => {
    const before = engines.duckDbStatements();
    expect(await find(filter)).toEqual(ids);
    expect(engines.duckDbStatements()).toBe(before);
  });

  it('compares many dates at once', async () => {
    const years = Array.from({ length: 150 }, (_, at) => String(1850 + at));
    expect(await find({ in: years })).toEqual(DATES);
  });

  it.each([
    [['1998', '1997']],
    [['1997-05', '1996']],
    [['1997']],
  ])('refuses %j for the ends of a span', async (between) => {
    await expect(find({ between })).rejects.toThrow(
      /"between" of "where.releaseDate" is .*two values are expected, the earlier first/,
    );
  });
});
