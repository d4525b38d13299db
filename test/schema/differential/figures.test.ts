// Correlations, timelines and rankings, and a model in plain TypeScript, are asked the same at random.
import { describe, expect, it } from 'vitest';
import { type Maybe, type ModelTrack, preferTrack } from '../../fixtures/catalogue-model.ts';
import { known, mean, regression } from '../../fixtures/model-figures.ts';
import { matchesTrack } from '../../fixtures/model-filters.ts';
import {
  ask,
  compareTexts,
  filters,
  model,
  near,
  next,
  openDrawnCatalogue,
  pick,
  rounds,
  whole,
} from './drawn-catalogue.ts';
import { decade, SUBJECTS, unique } from './subjects.ts';

openDrawnCatalogue();

describe('figures over pairs and time', () => {
  const measures = SUBJECTS[0]?.measures as unknown as Record<
    string,
    { of: (track: ModelTrack) => Maybe<number> }
  >;

  it('correlations and regressions agree with the definition', async () => {
    for (const _ of rounds()) {
      const where = filters.track();
      const names = unique([
        pick(Object.keys(measures)),
        pick(Object.keys(measures)),
        pick(Object.keys(measures)),
      ]);
      if (names.length < 2) continue;
      const data = await ask(
        'query ($m: [TrackMeasure!]!, $where: TrackFilter) { correlations(measures: $m, where: $where) { x y n pearson slope intercept rSquared } }',
        { variables: { m: names, where } },
      );
      const passing = model.tracks.filter((track) => matchesTrack(where, track));
      expect(data.correlations).toHaveLength((names.length * (names.length - 1)) / 2);
      for (const row of data.correlations as { x: string; y: string; n: number }[]) {
        const pairs = passing.flatMap((track) => {
          const [x, y] = [measures[row.x]?.of(track) ?? null, measures[row.y]?.of(track) ?? null];
          return x === null || y === null ? [] : [[x, y] as const];
        });
        expect(row.n).toBe(pairs.length);
        // Below four points, and where rounding decides whether a measure is constant, either answer is right.
        if (pairs.length < 4) continue;
        const expected = regression(pairs);
        for (const name of ['pearson', 'slope', 'intercept', 'rSquared'] as const)
          nearPair(
            (row as unknown as Record<string, Maybe<number>>)[name] ?? null,
            expected[name],
            `${name} of ${row.x}, ${row.y} where ${JSON.stringify(where)}`,
          );
      }
    }
  });

  it.each([
    'TRACKS',
    'ALBUMS',
    'ARTISTS',
  ] as const)('timelines of %s agree, in every grain and measure', async (of) => {
    const average: Record<string, (track: ModelTrack) => Maybe<number>> = {
      AVG_DURATION_MS: (t) => t.durationMs,
      AVG_ENERGY: (t) => t.energy,
      AVG_DANCEABILITY: (t) => t.danceability,
      AVG_VALENCE: (t) => t.valence,
      AVG_TEMPO: (t) => t.tempo,
    };
    for (const _ of rounds()) {
      const where = next() < 0.3 ? {} : filters.track();
      const grain = pick(['DECADE', 'YEAR', 'MONTH']);
      const measure = pick(['COUNT', 'AVG_POPULARITY', ...Object.keys(average)]);
      const data = await ask(
        `query ($where: TrackFilter) { timeline(of: ${of}, measure: ${measure}, grain: ${grain}, where: $where) { points { period value change previous changeRate } excluded } }`,
        { variables: { where } },
      );
      const timeline = data.timeline as {
        points: ({ period: string } & Record<
          'value' | 'previous' | 'change' | 'changeRate',
          Maybe<number>
        >)[];
        excluded: number;
      };
      const passing = model.tracks.filter((track) => matchesTrack(where, track));
      const periodOf = ({ album }: ModelTrack) => {
        if (!album?.releaseDate) return null;
        if (grain === 'DECADE') return decade(album.releaseYear);
        return grain === 'YEAR'
          ? String(album.releaseYear)
          : album.releaseDate.length >= 7
            ? album.releaseDate.slice(0, 7)
            : null;
      };
      const subjectsOf = (track: ModelTrack): { id: string; popularity: Maybe<number> }[] =>
        of === 'TRACKS' ? [track] : of === 'ALBUMS' ? (track.album ? [track.album] : []) : [...track.artists];
      const dated = new Set(
        passing
          .filter((track) => periodOf(track) !== null)
          .flatMap((track) => subjectsOf(track).map(({ id }) => id)),
      );
      const undated = new Set(
        passing.flatMap((track) => subjectsOf(track).map(({ id }) => id)).filter((id) => !dated.has(id)),
      );
      const what = `${of} ${measure} ${grain} ${JSON.stringify(where)}`;
      expect(timeline.excluded, what).toBe(undated.size);
      for (const { period, value } of timeline.points) {
        const tracks = passing.filter((track) => periodOf(track) === period && subjectsOf(track).length > 0);
        const subjects = new Map(
          tracks.flatMap((track) => subjectsOf(track).map((subject) => [subject.id, subject] as const)),
        );
        if (measure === 'COUNT') expect(value, what).toBe(subjects.size);
        else if (measure === 'AVG_POPULARITY')
          near(value, mean(known([...subjects.values()].map(({ popularity }) => popularity))), what);
        else
          near(
            value,
            mean(known(tracks.map(average[measure] as (track: ModelTrack) => Maybe<number>))),
            what,
          );
      }
      expect(
        timeline.points.map(({ period }) => period),
        what,
      ).toEqual(
        periodsBetween(
          grain,
          passing.flatMap((track) => (subjectsOf(track).length > 0 ? (periodOf(track) ?? []) : [])),
        ),
      );
      for (const [at, { value, previous, change, changeRate }] of timeline.points.entries()) {
        expect(previous, what).toBe(timeline.points[at - 1]?.value ?? null);
        const isCompared = value !== null && previous !== null;
        near(change, isCompared ? value - previous : null, `change of ${what}`);
        near(
          changeRate,
          isCompared && previous !== 0 ? (value - previous) / previous : null,
          `changeRate of ${what}`,
        );
      }
    }
  });

  it('rankings share a rank among ties, leave out what has no value, and have each recording once unless asked for all', async () => {
    for (const _ of rounds()) {
      const [name, { of }] = pick(Object.entries(measures));
      const first = 1 + whole(5);
      const direction = pick(['ASC', 'DESC']);
      const includeDuplicates = next() < 0.4;
      const data = await ask(
        `{ artists(first: 100) { nodes { id topTracks(by: ${name}, first: ${first}, direction: ${direction}, includeDuplicates: ${includeDuplicates}) { rank value track { id } } } } }`,
      );
      for (const { id, topTracks } of (
        data.artists as {
          nodes: { id: string; topTracks: { rank: number; value: number; track: { id: string } }[] }[];
        }
      ).nodes) {
        const valued =
          model.artists.find((artist) => artist.id === id)?.tracks.filter((track) => of(track) !== null) ??
          [];
        const recordings = Map.groupBy(valued, ({ recordingId }) => recordingId);
        const tracks = includeDuplicates ? valued : [...recordings.values()].map(preferTrack);
        const rank = (track: ModelTrack) =>
          1 +
          tracks.filter((other) =>
            direction === 'DESC'
              ? Number(of(other)) > Number(of(track))
              : Number(of(other)) < Number(of(track)),
          ).length;
        const expected = tracks
          .map((track) => ({ rank: rank(track), value: of(track) as number, track: { id: track.id } }))
          .filter((entry) => entry.rank <= first)
          .sort((x, y) => x.rank - y.rank || compareTexts(x.track.id, y.track.id));
        expect(topTracks, `${name} ${direction} of ${id}`).toEqual(expected);
      }
    }
  });
});

/** Every period from the first of some to the last. */
function periodsBetween(grain: string, periods: readonly string[]): string[] {
  const step = grain === 'DECADE' ? 10 : 1;
  const places = periods.map((period) =>
    grain === 'MONTH'
      ? 12 * Number(period.slice(0, 4)) + Number(period.slice(5)) - 1
      : Number.parseInt(period, 10),
  );
  const count = places.length === 0 ? 0 : (Math.max(...places) - Math.min(...places)) / step + 1;
  return Array.from({ length: count }, (_, at) => {
    const place = Math.min(...places) + at * step;
    if (grain !== 'MONTH') return grain === 'DECADE' ? `${place}s` : String(place);
    return `${Math.floor(place / 12)}-${String((place % 12) + 1).padStart(2, '0')}`;
  });
}

/** Figures of pairs lose digits where the pairs are nearly on a line that is nearly flat. */
function nearPair(given: Maybe<number>, expected: Maybe<number>, what: string): void {
  if (expected === null || given === null) {
    expect(given, what).toBe(expected);
    return;
  }
  expect(Math.abs(given - expected), `${what}: ${given} for ${expected}`).toBeLessThanOrEqual(
    1e-9 * Math.max(1, Math.abs(expected)),
  );
}
