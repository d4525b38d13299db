// A timeline says of a year what statistics by year say, whichever engine does.
import { describe, expect, it } from 'vitest';
import { seededRandomness } from '../../../../src/clock.ts';
import type { Catalog } from '../../../../src/store/catalog/catalog.ts';
import { loadAggregates } from '../../../../src/store/catalog/stats/aggregates.ts';
import { listGroups } from '../../../../src/store/catalog/stats/groups.ts';
import type { TrackMeasure } from '../../../../src/store/catalog/stats/measures.ts';
import { TRACKS } from '../../../../src/store/catalog/stats/subject.ts';
import { readTimeline, type TimelineMeasure } from '../../../../src/store/catalog/stats/timeline.ts';
import { openFixtureCatalog } from '../../../fixtures/gold.ts';

const SEED = 20_261_127;

async function listMeans(catalog: Catalog, measure: TrackMeasure) {
  const list = listGroups(
    catalog,
    TRACKS,
    { groupBy: ['RELEASE_YEAR'], page: { first: 100 } },
    { maxPageSize: 100 },
  );
  const groups = (await list.page()).edges.map(({ node }) => node);
  const [first] = groups;
  const rows = first
    ? await loadAggregates(first.plan, groups, [{ kind: 'statistic', statistic: 'AVG', measure }])
    : [];
  return new Map(groups.map(({ keys }, at) => [keys[0], rows[at]?.[0] ?? null]));
}

describe('readTimeline', () => {
  it('says of each year the mean that statistics by year say, to the bit', async () => {
    console.log(`timeline: seed ${SEED}`);
    const random = seededRandomness(SEED);
    const below = (n: number) => Math.floor(random.next() * n);
    const tracks = Array.from({ length: 4_000 }, (_, at) => ({
      track_id: `t${at}`,
      artists: at % 3 ? ['a'] : ['a', 'b'],
      release_year: 1970 + below(40),
      popularity: below(101),
      duration_ms: below(400_000),
      energy: below(10_000) / 10_000,
      danceability: below(1_000) / 1_000,
      valence: random.next(),
      tempo: (60_000 + below(120_000)) / 1_000,
    }));
    const rows = { artists: [{ artist_id: 'a' }, { artist_id: 'b' }], tracks };
    const measures = ['POPULARITY', 'DURATION_MS', 'ENERGY', 'DANCEABILITY', 'VALENCE', 'TEMPO'] as const;
    for (const options of [{}, { columns: true }]) {
      const { catalog, close } = await openFixtureCatalog(rows, options);
      for (const measure of measures) {
        const means = await listMeans(catalog, measure);
        for (const of of measure === 'POPULARITY'
          ? (['TRACKS'] as const)
          : (['TRACKS', 'ARTISTS'] as const)) {
          const { points } = await readTimeline(catalog, {
            of,
            measure: `AVG_${measure}` as TimelineMeasure,
            grain: 'YEAR',
          });
          expect(new Map(points.map(({ period, value }) => [period, value])), measure).toEqual(
            new Map([...means].sort()),
          );
        }
      }
      await close();
    }
  }, 60_000);

  it('finds the month of a track without an album in its own date, where that tells one', async () => {
    const { catalog, close } = await openFixtureCatalog({
      albums: [{ album_id: 'b1', release_date: '1997-05-20' }],
      tracks: [
        { track_id: 't1', album_id: 'b1' },
        { track_id: 't2', release_date: '1997-07-01', release_year: 1997 },
        { track_id: 't3', release_date: '1997-07', release_year: 1997 },
        { track_id: 't4', release_date: '1997', release_year: 1997 },
        { track_id: 't5' },
      ],
    });
    const months = await readTimeline(catalog, { of: 'TRACKS', measure: 'COUNT', grain: 'MONTH' });
    expect(months.points.map(({ period, value }) => [period, value])).toEqual([
      ['1997-05', 1],
      ['1997-06', 0],
      ['1997-07', 2],
    ]);
    expect(months.excluded).toBe(2);
    await close();
  });

  it('counts an album once: in its own period, else in the earliest that its tracks tell', async () => {
    const { catalog, close } = await openFixtureCatalog({
      albums: [
        { album_id: 'b1', release_date: '1999-03' },
        { album_id: 'b2', popularity: 10 },
        { album_id: 'b3' },
      ],
      tracks: [
        { track_id: 't1', album_id: 'b1', release_year: 1999, duration_ms: 1 },
        { track_id: 't2', album_id: 'b2', release_year: 1998, release_date: '1998', duration_ms: 100 },
        { track_id: 't3', album_id: 'b2', release_year: 2000, release_date: '2000-02', duration_ms: 300 },
        { track_id: 't4', album_id: 'b3', duration_ms: 1 },
      ],
    });
    const read = async (measure: TimelineMeasure, grain: 'YEAR' | 'MONTH', where = {}) => {
      const { points, excluded } = await readTimeline(catalog, { of: 'ALBUMS', measure, grain, where });
      const values = points
        .filter(({ value }) => value !== 0 && value !== null)
        .map(({ period, value }) => [period, value]);
      return { values, excluded };
    };
    expect(await read('COUNT', 'YEAR')).toEqual({
      values: [
        ['1998', 1],
        ['1999', 1],
      ],
      excluded: 1,
    });
    expect(await read('COUNT', 'MONTH')).toEqual({
      values: [
        ['1999-03', 1],
        ['2000-02', 1],
      ],
      excluded: 1,
    });
    // The album of a track that passes is where it is without the filter.
    expect((await read('COUNT', 'YEAR', { durationMs: { gte: 300 } })).values).toEqual([['1998', 1]]);
    expect((await read('AVG_DURATION_MS', 'YEAR')).values).toEqual([
      ['1998', 200],
      ['1999', 1],
    ]);
    expect((await read('AVG_POPULARITY', 'YEAR')).values).toEqual([['1998', 10]]);
    await close();
  });
});
