// Bins of a histogram count what a filter by their own edges counts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandomness } from '../../../../src/clock.ts';
import { loadHistograms } from '../../../../src/store/catalog/stats/aggregates.ts';
import { listGroups } from '../../../../src/store/catalog/stats/groups.ts';
import { TRACKS } from '../../../../src/store/catalog/stats/subject.ts';
import { type FixtureCatalog, openFixtureCatalog } from '../../../fixtures/gold.ts';

const SEED = 20_261_127;
const random = seededRandomness(SEED);
const below = (n: number) => Math.floor(random.next() * n);

const ENERGIES = Array.from({ length: 2_000 }, () => below(1_001) / 1_000);
const LOUDNESSES = ENERGIES.map(() => -below(60_000) / 1_000);
/** Neighbors among doubles, between which there is no room for ten edges. */
const TEMPOS = ENERGIES.map((_, at) => 120 + (at % 3) * 2 ** -46);

let opened: FixtureCatalog;
beforeAll(async () => {
  console.log(`histograms: seed ${SEED}`);
  opened = await openFixtureCatalog({
    tracks: ENERGIES.map((energy, at) => ({
      track_id: `t${at}`,
      energy,
      valence: 0.5,
      loudness: LOUDNESSES[at] as number,
      tempo: TEMPOS[at] as number,
    })),
  });
});
afterAll(() => opened.close());

async function histogram(
  measure: string,
  bins: number,
  min: number | null = null,
  max: number | null = null,
) {
  const list = listGroups(opened.catalog, TRACKS, { page: {} }, { maxPageSize: 100 });
  const groups = (await list.page()).edges.map(({ node }) => node);
  const [first] = groups;
  if (!first) throw new Error('there is no group');
  const [found] = await loadHistograms(first.plan, groups, { measure, bins, min, max });
  return found ?? [];
}

/** What lies between the edges of each bin, the last with its end. */
async function expectByEdges(
  measure: string,
  values: readonly number[],
  bins: number,
  min?: number,
  max?: number,
) {
  const found = await histogram(measure, bins, min ?? null, max ?? null);
  expect(
    found.map(({ count }) => count),
    `${measure} ${bins} ${min} ${max}`,
  ).toEqual(
    found.map(({ from, to }, at) => {
      const isLast = at === found.length - 1;
      return values.filter((v) => v >= from && (isLast ? v <= to : v < to)).length;
    }),
  );
}

describe('loadHistograms', () => {
  it('counts what lies between the edges that it says, whatever the ends and the number of bins', async () => {
    await expectByEdges('ENERGY', ENERGIES, 100, 0, 1);
    for (let asked = 0; asked < 60; asked++) {
      const [a, b] = [below(1_000) / 1_000, below(1_000) / 1_000];
      const bins = 1 + below(1_000);
      if (a !== b) await expectByEdges('ENERGY', ENERGIES, bins, Math.min(a, b), Math.max(a, b));
      await expectByEdges(
        'LOUDNESS',
        LOUDNESSES,
        bins,
        ...(asked % 2 ? [-60, -below(50) - 0.1 * below(9)] : []),
      );
    }
  }, 60_000);

  it('does so where edges are as close as doubles', async () => {
    for (const bins of [2, 3, 10, 1_000]) await expectByEdges('TEMPO', TEMPOS, bins);
  });

  it('has one bin where all values are one', async () => {
    expect(await histogram('VALENCE', 10)).toEqual([{ from: 0.5, to: 0.5, count: ENERGIES.length }]);
  });

  it.each([
    [-1e308, 1e308, 20],
    [-1e308, null, 20],
    [null, 1.7e308, 2],
  ])('refuses ends so far apart that no number says where bins begin: %s, %s', async (min, max, bins) => {
    await expect(histogram('ENERGY', bins, min, max)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});
