import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { weighFilter } from '../../../src/http/limits/filter-cost.ts';
import { checkOperation, findOperation, type NamedOperation } from '../../../src/http/limits/limits.ts';
import { buildSchema } from '../../../src/schema/schema.ts';
import {
  compileAlbumFilter,
  compilePlaylistFilter,
  compileTrackFilter,
} from '../../../src/store/catalog/filters.ts';

const schema = buildSchema();
const config = readConfig({ GROOVELAKE_MAX_COST: '100000' });
const measure = (text: string, variables = {}) =>
  checkOperation(schema, findOperation(parse(text), null) as NamedOperation, variables, config);
const words = (count: number) => Array.from({ length: count }, (_, at) => `n${at}`);
/** Of 300 optional characters: twenty of them in each of twelve filters took 24 s. */
const SLOW = '(.?){100}(.?){100}(.?){100}zq';

describe('weighFilter', () => {
  it('leaves an ordinary filter free', () => {
    for (const where of [
      '{}',
      '{ name: { contains: "love" }, energy: { between: [0.2, 0.9] } }',
      '{ genres: { some: { matches: "rock$" } }, artists: { none: { name: { eq: "Rush" } } } }',
      '{ or: [{ album: { label: { eq: "Anthem" } } }, { not: { isExplicit: true } }] }',
      `{ id: { in: ${JSON.stringify(words(90).map((word) => `t${word}`))} } }`,
    ])
      expect(measure(`{ tracks(first: 1, where: ${where}) { totalCount } }`).cost, where).toBe(3);
  });

  it('charges values, parts, relations and patterns', () => {
    expect(weighFilter({ name: { in: words(9_000) } })).toBe(9_000 + 22);
    expect(weighFilter({ or: Array(45).fill({ isPreferred: true, market: 'DE' }) })).toBe(45 * (2 + 22 + 22));
    expect(weighFilter({ or: Array(45).fill({ genre: { eq: 'rap' }, subgenre: { eq: 'trap' } }) })).toBe(
      45 * (2 + 23 + 23),
    );
    expect(weighFilter({ or: Array(500).fill({ mode: 'MAJOR' }) })).toBe(1_500);
    expect(weighFilter({ or: Array(45).fill({ artists: { some: { album: {} } } }) })).toBe(
      45 * (2 + 22 + 22),
    );
    expect(weighFilter({ not: { name: { matches: 'a{20}' } } })).toBe(2 + 100);
    // Ids that were made from names are looked for among those that were left behind, once for each comparison.
    expect(weighFilter({ or: Array(45).fill({ id: { eq: 'n1' } }) })).toBe(45 * (2 + 22));
    expect(weighFilter({ artists: { some: { id: { ne: 'n1', in: ['n1', 'n2', 'x'] } } } })).toBe(
      22 + 22 + (22 + 3),
    );
    expect(weighFilter({ id: { eq: '1n', in: ['x', 'y'] }, name: { eq: 'n1', in: ['n1'] } })).toBe(5);
    // One in place of a list, as GraphQL takes it.
    expect(weighFilter({ or: { name: { in: 'x' } } })).toBe(3);
  });
});

describe('the parts of a filter', () => {
  /** Whether so many are more than a filter may have. */
  const isTooMany = (compile: (filter: never) => unknown, part: object, count: number) => {
    try {
      compile({ or: Array(count).fill(part) } as never);
      return false;
    } catch {
      return true;
    }
  };

  it.each([
    ["a track's isPreferred", compileTrackFilter, { isPreferred: true }, 45],
    ["an album's isPreferred", compileAlbumFilter, { isPreferred: true }, 499],
    [
      "a playlist's genre and subgenre",
      compilePlaylistFilter,
      { genre: { eq: 'a' }, subgenre: { eq: 'b' } },
      45,
    ],
    ['a genre in a playlist', compileTrackFilter, { playlists: { some: { genre: { eq: 'a' } } } }, 38],
  ])('are spent by %s as often as it looks into another relation, and charged for', (_what, compile, part, most) => {
    expect([isTooMany(compile, part, most), isTooMany(compile, part, most + 2)]).toEqual([false, true]);
    // Two hundredths for each of five hundred parts.
    expect(weighFilter({ or: Array(most + 2).fill(part) })).toBeGreaterThan(2 * 500);
  });
});

describe('an operation whose filters are dear', () => {
  it('costs as much however the filter is sent', () => {
    const filter = { or: Array(20).fill({ name: { matches: SLOW } }) };
    const whole = measure('query ($f: TrackFilter) { tracks(first: 1, where: $f) { totalCount } }', {
      f: filter,
    });
    const pattern = measure(
      `query ($p: String) { tracks(first: 1, where: { or: [${'{ name: { matches: $p } } '.repeat(20)}] }) { totalCount } }`,
      { p: SLOW },
    );
    const text = measure(
      `{ tracks(first: 1, where: { or: [${`{ name: { matches: "${SLOW}" } } `.repeat(20)}] }) { totalCount } }`,
    );
    expect([whole.cost, pattern.cost, text.cost]).toEqual([605, 605, 605]);
    expect(whole.scans).toBe(true);
  });

  it('weighs what is sent once, in however many places it stands', () => {
    const filter = { or: Array(90).fill({ name: { matches: 'x'.repeat(1_000) } }) };
    const query = `query ($w: TrackFilter) { tracks(where: { or: [${'$w '.repeat(980)}] }) { totalCount } }`;
    const cpu = process.cpuUsage();
    expect(() => measure(query, { w: filter })).toThrow(/ points of cost/);
    expect(process.cpuUsage(cpu).user / 1_000).toBeLessThan(500);
  });

  it('costs as much written as in a variable', () => {
    const named = 'id: { eq: "n1", in: ["x", "n2"] }';
    const long = `name: { in: [${words(400).map((word) => `"${word}"`)}] } isPreferred: true genres: { isEmpty: null } ${named}`;
    const parts = '{ not: { album: { label: { matches: "a{300}" } } } } ';
    const text = measure(`{ tracks(first: 1, where: { ${long} or: [${parts.repeat(40)}] }) { totalCount } }`);
    const sent = measure('query ($f: TrackFilter) { tracks(first: 1, where: $f) { totalCount } }', {
      f: {
        name: { in: words(400) },
        isPreferred: true,
        id: { eq: 'n1', in: ['x', 'n2'] },
        genres: { isEmpty: null },
        or: Array(40).fill({ not: { album: { label: { matches: 'a{300}' } } } }),
      },
    });
    expect(sent.cost).toBe(3 + Math.floor((422 + 22 + 22 + 24 + 40 * (2 + 2 + 22 + 1_500)) / 100));
    expect(text.cost).toBe(sent.cost);
  });

  it('is measured anew for each weight of what is sent', () => {
    const query =
      'query ($n: [String!], $p: String) { tracks(first: 1, where: { name: { in: $n, matches: $p } }) { totalCount } }';
    const named = findOperation(parse(query), null) as NamedOperation;
    const cost = (variables: object) => checkOperation(schema, named, { ...variables }, config).cost;
    expect(
      [{ n: words(9_000) }, {}, { n: words(500) }, { p: SLOW }, { p: 'x' }, { n: words(500), p: SLOW }].map(
        cost,
      ),
    ).toEqual([93, 3, 8, 33, 3, 38]);
  });

  it('is measured anew where an id was made from a name, wherever the id stands', () => {
    const ids = (way: string) =>
      `query ($id: ID!) { artists(first: 1, where: { or: [${`{ id: { ${way} } } `.repeat(40)}] }) { totalCount } }`;
    for (const way of ['eq: $id', 'in: [$id]', 'in: $id']) {
      const named = findOperation(parse(ids(way)), null) as NamedOperation;
      const cost = (id: string) => checkOperation(schema, named, { id }, config).cost;
      expect([cost('x') < cost('n'), cost('n') > 10, cost('x')], way).toEqual([true, true, 4]);
    }
  });

  it('costs once for all parents, which share the statement', () => {
    const cost = (first: number) =>
      measure(
        `{ artists(first: ${first}) { nodes { tracks(first: 1, where: { name: { matches: "${SLOW}" } }) { totalCount } } } }`,
      ).cost;
    expect(cost(100) - cost(10)).toBe(18);
  });

  it('is refused where it has more than an operation may cost', () => {
    const named = findOperation(
      parse(
        `{ ${words(12).map((name) => `${name}: tracks(where: { name: { matches: "(\\\\pL?){100}q" } }) { totalCount } `)} }`,
      ),
      null,
    ) as NamedOperation;
    expect(() => checkOperation(schema, named, {}, readConfig({}))).toThrow(
      /points of cost; the limit is 1000\. .* fewer nested lists, or filter by fewer values and shorter patterns\./,
    );
  });
});
