// Correlations of all pairs at once say what each pair says when it is asked for alone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandomness } from '../../../../src/clock.ts';
import { correlate, correlatePair } from '../../../../src/store/catalog/stats/correlation.ts';
import { TRACK_MEASURES, type TrackMeasure } from '../../../../src/store/catalog/stats/measures.ts';
import { openFixtureCatalog } from '../../../fixtures/gold.ts';

const MEASURES = Object.keys(TRACK_MEASURES) as TrackMeasure[];
const SCORES = [
  'danceability',
  'energy',
  'valence',
  'acousticness',
  'instrumentalness',
  'liveness',
  'speechiness',
];

const random = seededRandomness(20_261_128);
const below = (n: number) => Math.floor(random.next() * n);
const fixture = {
  artists: Array.from({ length: 9 }, (_, at) => ({
    artist_id: `a${at}`,
    popularity: below(101),
    followers: below(1_000_000),
  })),
  tracks: Array.from({ length: 60 }, (_, at) => ({
    track_id: `t${at}`,
    artists: [`a${at % 9}`],
    popularity: below(101),
    duration_ms: below(400_000),
    release_year: 1970 + below(40),
    tempo: 60 + below(120),
    loudness: -below(60),
    ...Object.fromEntries(SCORES.map((score) => [score, below(1_000) / 1_000])),
  })),
};

let opened: Awaited<ReturnType<typeof openFixtureCatalog>>;
beforeAll(async () => {
  opened = await openFixtureCatalog(fixture);
});
afterAll(() => opened.close());

describe('correlate', () => {
  it('says of every pair of all measures what correlatePair says of it', async () => {
    const { catalog } = opened;
    const all = await correlate(catalog, MEASURES, null);
    expect(all).toHaveLength((MEASURES.length * (MEASURES.length - 1)) / 2);
    const alone = [];
    for (const { x, y } of all) alone.push(await correlatePair(catalog, x, y, null));
    expect(all).toEqual(alone);
    expect(alone.every(({ n, pearson, rSquared }) => n === 60 && pearson !== null && rSquared !== null)).toBe(
      true,
    );
  });
});
