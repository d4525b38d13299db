// The API and a model in plain TypeScript are asked the same random questions.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandomness } from '../../src/clock.ts';
import {
  createDraw,
  drawModel,
  genresOf,
  known,
  type Maybe,
  type Model,
  type ModelAlbum,
  type ModelArtist,
  type ModelTrack,
  matchesAlbum,
  matchesArtist,
  matchesTrack,
  mean,
  percentile,
  regression,
  SCORES,
  stddev,
  sum,
  toGoldRows,
} from '../fixtures/catalogue-model.ts';
import { type FixtureCatalog, openFixtureCatalog } from '../fixtures/gold.ts';
import { createRandomFilters, type RandomFilter } from '../fixtures/random-filters.ts';
import { query } from './execute.ts';

const SEED = Number(process.env.GROOVELAKE_TEST_SEED ?? 20261126);
const ROUNDS = 10 * Number(process.env.GROOVELAKE_TEST_ROUNDS ?? 1);
const draw = createDraw(seededRandomness(SEED));
const { pick, whole, next } = draw;
const model: Model = drawModel(draw);
const filters = createRandomFilters(draw, model);

let opened: FixtureCatalog;
beforeAll(async () => {
  console.log(
    `differential: seed ${SEED} (GROOVELAKE_TEST_SEED), ${ROUNDS} rounds a question (GROOVELAKE_TEST_ROUNDS)`,
  );
  opened = await openFixtureCatalog(toGoldRows(model));
});
afterAll(() => opened.close());

const rounds = () => Array.from({ length: ROUNDS }, (_, at) => at);

function near(given: unknown, expected: Maybe<number>, what: string): void {
  if (expected === null || given === null) {
    expect(given, what).toBe(expected);
    return;
  }
  const distance = Math.abs(Number(given) - expected) / Math.max(Math.abs(expected), 1e-12);
  expect(
    distance <= 1e-9 || Math.abs(Number(given) - expected) < 1e-12,
    `${what}: ${given} for ${expected}`,
  ).toBe(true);
}

// ---- orders, as the contract states them

type Order = { field: string; direction?: string; nulls?: string };
type Key = Maybe<number | string>;

const textKey = (text: Maybe<string>) => text?.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase() ?? null;
const compareTexts = (x: string, y: string) => Buffer.compare(Buffer.from(x), Buffer.from(y));

function compareKeys(x: Key, y: Key, { direction, nulls }: Order): number {
  if (x === null || y === null) return x === y ? 0 : (x === null) === (nulls === 'FIRST') ? -1 : 1;
  const way = typeof x === 'string' ? compareTexts(x, String(y)) : x - Number(y);
  return direction === 'DESC' ? -way : way;
}

function sortBy<T extends { id: string }>(
  items: readonly T[],
  orders: readonly Order[],
  keys: Record<string, (item: T) => Key>,
): T[] {
  return items.toSorted((x, y) => {
    for (const order of orders) {
      const key = keys[order.field] as (item: T) => Key;
      const way = compareKeys(key(x), key(y), order);
      if (way !== 0) return way;
    }
    return compareTexts(x.id, y.id);
  });
}

const TRACK_KEYS: Record<string, (track: ModelTrack) => Key> = {
  NAME: (track) => textKey(track.name),
  POPULARITY: (track) => track.popularity,
  DURATION_MS: (track) => track.durationMs,
  RELEASE_YEAR: (track) => track.releaseYear,
  TRACK_NUMBER: (track) => track.trackNumber,
  TEMPO: (track) => track.tempo,
  LOUDNESS: (track) => track.loudness,
  ARTIST_NAME: (track) => textKey(track.artists[0]?.name ?? null),
  ALBUM_NAME: (track) => textKey(track.album?.name ?? null),
  ...Object.fromEntries(SCORES.map((name) => [name.toUpperCase(), (track: ModelTrack) => track[name]])),
};
const ARTIST_KEYS: Record<string, (artist: ModelArtist) => Key> = {
  NAME: (artist) => textKey(artist.name),
  POPULARITY: (artist) => artist.popularity,
  FOLLOWERS: (artist) => artist.followers,
  STREAMS: (artist) => artist.streams,
  TRACK_COUNT: (artist) => artist.tracks.length,
  ALBUM_COUNT: (artist) => artist.albums.length,
};
const ALBUM_KEYS: Record<string, (album: ModelAlbum) => Key> = {
  NAME: (album) => textKey(album.name),
  POPULARITY: (album) => album.popularity,
  RELEASE_DATE: (album) => album.releaseDate,
  TOTAL_TRACKS: (album) => album.totalTracks,
};

interface ListCase<T> {
  readonly field: string;
  readonly type: string;
  readonly items: readonly T[];
  readonly keys: Record<string, (item: T) => Key>;
  readonly filter: () => RandomFilter;
  readonly matches: (filter: RandomFilter, item: T) => boolean;
}

const LISTS: readonly ListCase<{ id: string }>[] = [
  {
    field: 'tracks',
    type: 'Track',
    items: model.tracks,
    keys: TRACK_KEYS,
    filter: filters.track,
    matches: matchesTrack,
  },
  {
    field: 'artists',
    type: 'Artist',
    items: model.artists,
    keys: ARTIST_KEYS,
    filter: filters.artist,
    matches: matchesArtist,
  },
  {
    field: 'albums',
    type: 'Album',
    items: model.albums,
    keys: ALBUM_KEYS,
    filter: filters.album,
    matches: matchesAlbum,
  },
] as unknown as readonly ListCase<{ id: string }>[];

interface Page {
  readonly nodes: { id: string }[];
  readonly pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string;
    endCursor: string;
  };
  readonly totalCount: number;
}

describe.each(LISTS.map((list) => [list.field, list] as const))('%s', (field, list) => {
  const document = `query ($where: ${list.type}Filter, $orderBy: [${list.type}Order!], $first: Int, $after: String, $last: Int, $before: String) {
    ${field}(where: $where, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
      nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } }`;
  const page = async (variables: object) =>
    (await query(opened, document, { variables: variables as never }))[field] as Page;
  const drawOrder = (): Order[] =>
    Array.from({ length: whole(3) }, () => pick(Object.keys(list.keys)))
      .filter((name, at, all) => all.indexOf(name) === at)
      .map((name) => ({
        field: name,
        ...(next() < 0.7 && { direction: pick(['ASC', 'DESC']) }),
        ...(next() < 0.5 && { nulls: pick(['FIRST', 'LAST']) }),
      }));

  it('filters, orders, counts and pages both ways as the model does', async () => {
    for (const round of rounds()) {
      const where = round % 4 === 0 ? {} : list.filter();
      const orderBy = drawOrder();
      const orders = orderBy.length ? orderBy : [{ field: 'POPULARITY', direction: 'DESC' }];
      const expected = sortBy(
        list.items.filter((item) => list.matches(where, item)),
        orders,
        list.keys,
      ).map(({ id }) => id);
      const what = JSON.stringify({ where, orderBy });
      const size = 1 + whole(60);
      const forward = await page({ where, orderBy, first: size });
      expect([forward.totalCount, forward.nodes.map(({ id }) => id)], what).toEqual([
        expected.length,
        expected.slice(0, size),
      ]);
      const backward = await page({ where, orderBy, last: size });
      expect(
        backward.nodes.map(({ id }) => id),
        what,
      ).toEqual(expected.slice(-size));
      if (forward.pageInfo.hasNextPage) {
        const after = await page({ where, orderBy, first: size, after: forward.pageInfo.endCursor });
        expect(
          after.nodes.map(({ id }) => id),
          what,
        ).toEqual(expected.slice(size, 2 * size));
        const back = await page({ where, orderBy, last: size, before: after.pageInfo.startCursor });
        expect(back.nodes, what).toEqual(forward.nodes);
      } else expect(expected.length, what).toBeLessThanOrEqual(size);
    }
  });
});

// ---- statistics

interface Subject<T> {
  readonly field: string;
  readonly type: string;
  readonly items: readonly T[];
  readonly filter: () => RandomFilter;
  readonly matches: (filter: RandomFilter, item: T) => boolean;
  readonly dimensions: Record<string, (item: T) => Maybe<string>[]>;
  /** GraphQL field and enum value of each measure. */
  readonly measures: Record<string, { field: string | null; of: (item: T) => Maybe<number> }>;
}

const orNone = <T>(values: readonly T[]): (T | null)[] => (values.length ? [...values] : [null]);
const decade = (year: Maybe<number>) => (year === null ? null : `${Math.floor(year / 10) * 10}s`);
const asText = (value: Maybe<number | boolean | string>) => (value === null ? null : String(value));
const KEYS = ['C', 'C#/Db', 'D', 'D#/Eb', 'E', 'F', 'F#/Gb', 'G', 'G#/Ab', 'A', 'A#/Bb', 'B'];
const unique = <T>(values: readonly T[]) => [...new Set(values)];

const SUBJECTS = [
  {
    field: 'trackStats',
    type: 'Track',
    items: model.tracks,
    filter: filters.track,
    matches: matchesTrack,
    dimensions: {
      ARTIST: (t: ModelTrack) => orNone(t.artists.map(({ id }) => id)),
      ALBUM: (t: ModelTrack) => [t.album?.id ?? null],
      ALBUM_TYPE: (t: ModelTrack) => [t.album?.albumType ?? null],
      GENRE: (t: ModelTrack) => orNone(genresOf(t)),
      LABEL: (t: ModelTrack) => [t.album?.label ?? null],
      RELEASE_YEAR: (t: ModelTrack) => [asText(t.releaseYear)],
      RELEASE_DECADE: (t: ModelTrack) => [decade(t.releaseYear)],
      KEY: (t: ModelTrack) => [t.key === null ? null : (KEYS[t.key] as string)],
      MODE: (t: ModelTrack) => [t.mode],
      TIME_SIGNATURE: (t: ModelTrack) => [asText(t.timeSignature)],
      EXPLICIT: (t: ModelTrack) => [asText(t.isExplicit)],
      PLAYLIST: (t: ModelTrack) => orNone(unique(t.places.map(({ id }) => id))),
      PLAYLIST_GENRE: (t: ModelTrack) => orNone(unique(t.places.map(({ genre }) => genre))),
      PLAYLIST_SUBGENRE: (t: ModelTrack) => orNone(unique(t.places.map(({ subgenre }) => subgenre))),
      SOURCE: (t: ModelTrack) => [t.source],
    },
    measures: {
      POPULARITY: { field: 'popularity', of: (t: ModelTrack) => t.popularity },
      DURATION_MS: { field: 'durationMs', of: (t: ModelTrack) => t.durationMs },
      RELEASE_YEAR: { field: null, of: (t: ModelTrack) => t.releaseYear },
      TEMPO: { field: 'tempo', of: (t: ModelTrack) => t.tempo },
      LOUDNESS: { field: 'loudness', of: (t: ModelTrack) => t.loudness },
      ARTIST_POPULARITY: { field: null, of: (t: ModelTrack) => t.artists[0]?.popularity ?? null },
      ARTIST_FOLLOWERS: { field: null, of: (t: ModelTrack) => t.artists[0]?.followers ?? null },
      ...Object.fromEntries(
        SCORES.map((name) => [name.toUpperCase(), { field: name, of: (t: ModelTrack) => t[name] }]),
      ),
    },
  },
  {
    field: 'albumStats',
    type: 'Album',
    items: model.albums,
    filter: filters.album,
    matches: matchesAlbum,
    dimensions: {
      ARTIST: (b: ModelAlbum) => orNone(b.artists.map(({ id }) => id)),
      ALBUM_TYPE: (b: ModelAlbum) => [b.albumType],
      LABEL: (b: ModelAlbum) => [b.label],
      RELEASE_YEAR: (b: ModelAlbum) => [asText(b.releaseYear)],
      RELEASE_DECADE: (b: ModelAlbum) => [decade(b.releaseYear)],
      GENRE: (b: ModelAlbum) => orNone(unique(b.artists.flatMap(({ genres }) => genres))),
    },
    measures: {
      POPULARITY: { field: 'popularity', of: (b: ModelAlbum) => b.popularity },
      TOTAL_TRACKS: { field: 'totalTracks', of: (b: ModelAlbum) => b.totalTracks },
      RELEASE_YEAR: { field: null, of: (b: ModelAlbum) => b.releaseYear },
    },
  },
  {
    field: 'artistStats',
    type: 'Artist',
    items: model.artists,
    filter: filters.artist,
    matches: matchesArtist,
    dimensions: { GENRE: (a: ModelArtist) => orNone(a.genres) },
    measures: {
      POPULARITY: { field: 'popularity', of: (a: ModelArtist) => a.popularity },
      FOLLOWERS: { field: 'followers', of: (a: ModelArtist) => a.followers },
      STREAMS: { field: null, of: (a: ModelArtist) => a.streams },
      TRACK_COUNT: { field: 'trackCount', of: (a: ModelArtist) => a.tracks.length },
      ALBUM_COUNT: { field: null, of: (a: ModelArtist) => a.albums.length },
    },
  },
] as unknown as readonly Subject<{ id: string }>[];

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
      const shown = pick(Object.entries(subject.measures).filter(([, { field }]) => field !== null));
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
      const data = await query(
        opened,
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
      const data = await query(
        opened,
        'query ($m: [TrackMeasure!]!, $where: TrackFilter) { correlations(measures: $m, where: $where) { x y n pearson slope intercept rSquared } }',
        { variables: { m: names, where } },
      );
      const passing = model.tracks.filter((track) => matchesTrack(where, track));
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
      const data = await query(
        opened,
        `query ($where: TrackFilter) { timeline(of: ${of}, measure: ${measure}, grain: ${grain}, where: $where) { points { period value change previous changeRate } excluded } }`,
        { variables: { where } },
      );
      const timeline = data.timeline as {
        points: { period: string; value: Maybe<number> }[];
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
      expect(timeline.points.length > 0, what).toBe(dated.size > 0);
    }
  });

  it('rankings share a rank among ties and leave out what has no value', async () => {
    for (const _ of rounds()) {
      const [name, { of }] = pick(Object.entries(measures));
      const first = 1 + whole(5);
      const direction = pick(['ASC', 'DESC']);
      const data = await query(
        opened,
        `{ artists(first: 100) { nodes { id topTracks(by: ${name}, first: ${first}, direction: ${direction}) { rank value track { id } } } } }`,
      );
      for (const { id, topTracks } of (
        data.artists as {
          nodes: { id: string; topTracks: { rank: number; value: number; track: { id: string } }[] }[];
        }
      ).nodes) {
        const tracks =
          model.artists.find((artist) => artist.id === id)?.tracks.filter((track) => of(track) !== null) ??
          [];
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
