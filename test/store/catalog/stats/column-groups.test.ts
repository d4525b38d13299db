// Many groups: what is looked at in one turn of the event loop, and in which order texts come.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandomness } from '../../../../src/clock.ts';
import { compareTexts, findColumnGroups } from '../../../../src/store/catalog/stats/column-groups.ts';
import { listGroups, planStats } from '../../../../src/store/catalog/stats/groups.ts';
import { TRACKS } from '../../../../src/store/catalog/stats/subject.ts';
import { type FixtureCatalog, openFixtureCatalog } from '../../../fixtures/gold.ts';

const SEED = 20_261_127;
const TRACK_COUNT = 9_000;

let opened: FixtureCatalog;
beforeAll(async () => {
  // Each year and key once: as many groups as tracks.
  opened = await openFixtureCatalog(
    {
      tracks: Array.from({ length: TRACK_COUNT }, (_, at) => ({
        track_id: `t${at}`,
        release_year: 1000 + Math.floor(at / 12),
        key: at % 12,
      })),
    },
    { columns: true },
  );
}, 60_000);
afterAll(() => opened.close());

describe('findColumnGroups', () => {
  it('asks for a turn of the event loop before every thousand groups, for the bounds and for the page', async () => {
    const plan = planStats(opened.catalog, TRACKS, ['RELEASE_YEAR', 'KEY'], null);
    const taken: number[] = [];
    let waited = 0;
    const groups = await findColumnGroups(
      opened.catalog,
      plan,
      [],
      [{ name: 's0', figure: { figure: 'ROWS' } }],
      [],
      (work) => {
        taken.push(work);
        return new Promise((resolve) =>
          setImmediate(() => {
            waited += 1;
            resolve();
          }),
        );
      },
    );
    expect(groups?.count).toBe(TRACK_COUNT);
    expect(taken.reduce((sum, work) => sum + work, 0)).toBe(TRACK_COUNT);
    expect(Math.max(...taken)).toBeLessThanOrEqual(1_024);
    expect(waited).toBe(taken.length);
  });

  it('is asked once for the page and the total of a list', async () => {
    let asked = 0;
    const { columns } = opened.catalog;
    if (!columns) throw new Error('there are no columns');
    const catalog = {
      ...opened.catalog,
      columns: {
        ...columns,
        ask: (query: Parameters<typeof columns.ask>[0]) => {
          asked += 1;
          return columns.ask(query);
        },
      },
    };
    const list = listGroups(
      catalog,
      TRACKS,
      { groupBy: ['RELEASE_YEAR', 'KEY'], page: { first: 3 } },
      { maxPageSize: 100 },
    );
    const [page, count] = await Promise.all([list.page(), list.count()]);
    expect(page.edges.map(({ node }) => node.keys)).toEqual([
      ['1000', 'A'],
      ['1000', 'A#/Bb'],
      ['1000', 'B'],
    ]);
    expect([count, asked]).toEqual([TRACK_COUNT, 1]);
  });
});

describe('compareTexts', () => {
  it('orders texts as the bytes of their UTF-8, pairs of halves above all others', () => {
    console.log(`texts: seed ${SEED}`);
    const random = seededRandomness(SEED);
    const signs = ['a', 'b', 'Z', ' ', 'é', '宇', '\ud7ff', '\ue000', '\uffef', '🎵', '𝄞', ''];
    const text = () =>
      Array.from({ length: 3 }, () => signs[Math.floor(random.next() * signs.length)] as string).join('');
    for (let asked = 0; asked < 5_000; asked++) {
      const [a, b] = [text(), text()];
      expect(Math.sign(compareTexts(a, b)), `${a} ${b}`).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }
  });
});
