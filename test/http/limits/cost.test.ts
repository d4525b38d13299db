import { type DocumentNode, type GraphQLObjectType, isObjectType, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { measureOperation, priceRootFields, usualLength } from '../../../src/http/limits/cost.ts';
import { LIGHT, LONG_LISTS, POINTS, POINTS_PER_PARENT } from '../../../src/http/limits/field-prices.ts';
import { checkOperation, findOperation, type NamedOperation } from '../../../src/http/limits/limits.ts';
import { buildSchema } from '../../../src/schema/schema.ts';

const schema = buildSchema();
const read = (document: DocumentNode) => findOperation(document, null) as NamedOperation;
const measure = (text: string, variables = {}) => {
  const { operation, fragments } = read(parse(text));
  return measureOperation(schema, operation, fragments, variables);
};

/** Each field with an argument for its length whose text says how long it is without. */
function listUnlessStated() {
  const objects = Object.values(schema.getTypeMap()).filter(isObjectType);
  const sizes = ['first', 'sample', 'bins', 'days'];
  return objects.flatMap((type: GraphQLObjectType) =>
    Object.values(type.getFields()).flatMap(({ name: field, args }) => {
      const text = args.find(({ name }) => sizes.includes(name))?.description ?? '';
      const stated = text.match(/(\d+) unless stated/)?.[1];
      return stated ? [{ type, field, stated: Number(stated) }] : [];
    }),
  );
}

describe('measureOperation', () => {
  it('counts the objects an answer may hold, by the sizes asked for', () => {
    expect(measure('{ tracks { nodes { id } } }').objects).toBe(20);
    expect(measure('{ tracks(last: 7) { edges { node { id } } } }').objects).toBe(7);
    expect(
      measure('query ($n: Int) { tracks(first: $n) { nodes { id album { id } } } }', { n: 50 }),
    ).toMatchObject({
      objects: 100,
      depth: 4,
      cost: 10,
    });
    expect(measure('{ track(id: "x") { artists { name } } }').objects).toBe(4);
  });

  it('charges what reads more than it returns, once for all parents, which share the statement', () => {
    const groups = measure(
      '{ trackStats(groupBy: [ARTIST], first: 100) { nodes { count energy { avg p: percentile(p: 9) } } } }',
    );
    // 100 groups and 100 NumberStats at a tenth, the scan and the percentile.
    expect(groups.cost).toBe(20 + 10 + 2);
    expect(measure('{ artists(first: 100) { nodes { stats { count } } } }').cost).toBe(20 + 10);
    expect(measure('{ tracks(first: 1) { totalCount } }').cost).toBe(3);
  });

  it('takes statistics that are not grouped for the one row they are', () => {
    const histogram = 'nodes { energy { histogram(bins: 600) { count } } }';
    for (const given of ['', '(groupBy: [])', '(groupBy: null)', '(first: 50)'])
      expect(measure(`{ trackStats${given} { ${histogram} } }`).objects, given).toBe(1 + 1 + 600);
    expect(measure(`{ trackStats(groupBy: [MODE]) { ${histogram} } }`).objects).toBe(20 * 602);
    expect(measure(`{ trackStats(groupBy: MODE, first: 2) { ${histogram} } }`).objects).toBe(2 * 602);
    const text = `query ($by: [AlbumDimension!]) { albumStats(groupBy: $by) { nodes { count } } }`;
    expect(
      [{ by: ['LABEL'] }, { by: [] }, { by: null }, {}].map((variables) => measure(text, variables).objects),
    ).toEqual([20, 1, 1, 1]);
  });

  it('charges statistics for each term that groups are ordered by or held to, however they are sent', () => {
    const of = (args: string) => `albumStats(groupBy: [LABEL], first: 1${args}) { nodes { count } }`;
    const free = measure(`{ ${of('')} }`).cost;
    const cost = (args: string, variables = {}) =>
      measure(`query ($o: [AlbumStatOrder!], $h: [AlbumStatCondition!]) { ${of(args)} }`, variables).cost -
      free;
    expect(cost(', orderBy: [{ by: COUNT }, { by: AVG, measure: POPULARITY }]')).toBe(2);
    expect(cost(', orderBy: { by: COUNT }, having: [{ statistic: COUNT, gt: 1 }]')).toBe(2);
    expect(cost(', orderBy: null, having: []')).toBe(0);
    const sent = {
      o: [{ by: 'COUNT' }, { by: 'COUNT' }, { by: 'COUNT' }],
      h: [{ statistic: 'COUNT', gt: 1 }],
    };
    expect(cost(', orderBy: $o, having: $h', sent)).toBe(4);
    expect(cost(', orderBy: $o, having: $h', { o: null })).toBe(0);
    // Orders of lists are of a few fields, whatever is sent.
    expect(
      measure('{ tracks(first: 1, orderBy: [{ field: NAME }, { field: ID }]) { nodes { id } } }').cost,
    ).toBe(1);
  });

  it('charges what works once for each parent as often', () => {
    expect(
      measure('{ tracks(first: 50) { nodes { similarTracks(first: 1) { isExact } } } }').cost,
    ).toBeGreaterThanOrEqual(50);
    expect(measure('{ tracks(first: 50) { nodes { markets } } }').cost).toBe(55);
  });

  it('charges keys of differences for each relation, and takes differences for what reads relations', () => {
    const diff = (fields: string) => measure(`{ snapshot { diff(from: "x") { name ${fields} } } }`);
    expect(diff('changed')).toMatchObject({ cost: 51, scans: true });
    expect(measure('{ tracks { nodes { similarTracks { isExact } } } }').scans).toBe(false);
    // Three relations: themselves, their keys and three values of each key.
    const objects = 1 + 3 + 3 * 5 + 3 * 5 * 3;
    expect(diff('keys(change: CHANGED, first: 5) { key values { column } }')).toMatchObject({
      objects,
      cost: Math.ceil(objects / 10 + 50 + 10 + 3 * 5),
      scans: true,
    });
    expect(measure('{ trackStats(groupBy: [MODE], first: 1) { nodes { keys } } }').cost).toBe(11);
  });

  it('charges movers for the observations that they read, and takes them for a scan', () => {
    const size = measure('{ trackMovers(first: 10) { change track { name } } }');
    expect([size.cost, size.scans]).toEqual([12, true]);
  });

  it('charges similar tracks more where weights or a mood leave the graph no part in them', () => {
    const page = (args: string) =>
      measure(
        `query ($mood: MoodInput) { tracks(first: 50) { nodes { similarTracks(first: 1${args}) { isExact } } } }`,
      ).cost;
    expect(page(', mood: { energy: 0.3 }')).toBe(page('') + 100);
    expect(page(', weights: { context: 0 }, mood: $mood')).toBe(page('') + 100);
  });

  it('charges collaborators for each artist, each of whose tracks are walked', () => {
    const of = (first: number) =>
      measure(`{ artists(first: ${first}) { nodes { collaborators(first: 1) { trackCount } } } }`).cost;
    expect(of(100) - of(50)).toBe(50 * 2 * 0.1 + 50);
  });

  it('charges what is asked about listening by its statements and its length', () => {
    const period = (fields: string) =>
      measure(`{ me { period(from: "2025-01-01", to: "2026-01-01") { ${fields} } } }`);
    expect(period('taste { mine }').cost).toBeGreaterThanOrEqual(10);
    expect(period('rhythm(by: DAY) { plays }').objects).toBeGreaterThanOrEqual(366);
    expect(measure('{ me { recommended { nodes { track { id } } } } }').cost).toBeGreaterThanOrEqual(20);
    expect(measure('{ runTotals(days: 366) { runs } }').objects).toBe(366);
  });

  it('takes a list without a size for as long as its text says, and has room for as many', () => {
    const texts = listUnlessStated();
    expect(texts.length).toBeGreaterThan(30);
    for (const { type, field, stated } of texts)
      expect([type.name, field, usualLength(type, field)]).toEqual([type.name, field, stated]);
    const ranked = (first: string) =>
      measure(`{ artists(first: 50) { nodes { topTracks(by: ENERGY${first}) { rank } } } }`);
    expect(ranked('')).toEqual(ranked(', first: 10'));
  });

  it('charges by the type where two have a field of one name', () => {
    const period = (fields: string) => measure(`{ me { period { ${fields} } } }`);
    const [tracks, artists] = ['topTracks', 'topArtists'].map((list) => period(`${list} { plays }`));
    expect(tracks).toEqual(artists);
    expect(tracks).toMatchObject({ cost: 5, scans: false });
    expect(period('tempo { median }').cost).toBe(period('tempo { mean }').cost);
  });

  it('has a price for no field that the schema lacks', () => {
    const priced = [...Object.keys(POINTS), ...Object.keys(POINTS_PER_PARENT), ...Object.keys(LONG_LISTS)];
    const objects = Object.values(schema.getTypeMap()).filter(isObjectType);
    const fields = new Set(
      objects.flatMap((type) =>
        Object.keys(type.getFields()).flatMap((field) => [field, `${type.name}.${field}`]),
      ),
    );
    expect(priced.filter((name) => !fields.has(name))).toEqual([]);
    for (const type of LIGHT) expect(schema.getType(type), type).toBeDefined();
  });

  it('takes points of a plot for less than entities, unless they lead to entities', () => {
    expect(measure('{ scatter(x: ENERGY, y: TEMPO, sample: 1000) { x y } }').cost).toBe(20);
    expect(measure('{ scatter(x: ENERGY, y: TEMPO, sample: 1000) { x y track { name } } }').cost).toBe(210);
    expect(measure('{ musicMap(sample: 4000) { points { x y cluster } clusters { label } } }').cost).toBe(50);
    expect(measure('{ musicMap(sample: 1000) { points { x y track { name } } } }').cost).toBe(210);
    expect(measure('{ similarTracks(to: ["x"], first: 50) { nodes { track { name } } } }').objects).toBe(100);
  });

  it('takes a history for as long as is asked, or for twenty figures, and its figures for little', () => {
    const histories = (args: string) =>
      measure(`{ artists(first: 50) { nodes { history(measure: FOLLOWERS${args}) { observedAt value } } } }`);
    expect(histories(', last: 100')).toMatchObject({ objects: 50 + 50 * 100, cost: 55 });
    for (const args of ['', ', last: null', ', from: "2026-01-01T00:00:00Z"'])
      expect(histories(args)).toMatchObject({ objects: 50 + 50 * 20, cost: 15 });
  });

  it('takes lists that are usually long for as long as they are', () => {
    const objects = (text: string) => measure(text).objects;
    expect(
      objects('{ me { forYou { nodes { track { similarTracks(first: 100) { nodes { distance } } } } } } }'),
    ).toBe(2 + 30 * (1 + 1 + 100));
    expect(objects('{ lineage { columns { name from { column } } } }')).toBe(45 * (1 + 12 * (1 + 3)));
    expect(measure('{ snapshot { relations { columns { name } } coverage { share } } }')).toMatchObject({
      objects: 1 + 45 * 13 + 220,
      // Columns are light.
      cost: Math.ceil((1 + 45 + 45 * 1.2 + 22) / 10),
    });
    expect(objects('{ pipelines { stepHistory(first: 100) { times { run { steps { name } } } } } }')).toBe(
      3 + 3 * 100 * (1 + 3 * (1 + 1 + 9)),
    );
    expect(
      measure('{ timeline(of: TRACKS, measure: COUNT, grain: YEAR) { points { value } } }'),
    ).toMatchObject({
      objects: 1 + 60,
      cost: 11,
    });
  });

  it('leaves what the studio and the commands ask from time to time among the cheap', () => {
    const { dearCost } = readConfig({});
    const snapshots = '{ snapshots { nodes { run { id } relations { name rows } checks { name passed } } } }';
    const runs =
      '{ runs(first: 50) { nodes { progress { done } error { code } steps { name error { code } } } } }';
    expect([measure(snapshots).cost, measure(runs).cost].filter((cost) => cost >= dearCost)).toEqual([]);
    // Their objects are counted as any.
    expect(measure(snapshots).objects).toBe(20 * (1 + 1 + 45 + 60));
  });

  it('counts fields with fragments spread, linear in the text', () => {
    const fragments = Array.from(
      { length: 30 },
      (_, at) => `fragment f${at} on Track { ...f${at + 1} ...f${at + 1} }`,
    ).join(' ');
    expect(measure(`{ track(id: "x") { ...f0 } } ${fragments} fragment f30 on Track { id }`).fields).toBe(
      2 ** 30 + 1,
    );
  });

  it('leaves introspection out of depth and cost', () => {
    expect(measure('{ __schema { types { fields { type { ofType { name } } } } } }')).toMatchObject({
      depth: 0,
      cost: 0,
    });
  });
});

describe('measureOperation of what fragments and conditions make of a text', () => {
  const merged =
    '{ artists(first: 10) { nodes { name tracks(first: 100) { nodes { id name popularity isrc } } } } }';

  it('charges what fragments have in common once, as one field', () => {
    const fragments = ['id', 'name', 'popularity', 'isrc'].map(
      (field) => `fragment ${field}_ on Artist { tracks(first: 100) { nodes { ${field} } } }`,
    );
    const size = measure(
      `{ artists(first: 10) { nodes { ...id_ ... on Artist { name ...name_ } ...popularity_ ...isrc_ ...id_ } } } ${fragments.join(' ')}`,
    );
    const others = measure(merged);
    // Those who walk the text go through each of them.
    expect(size).toEqual({ ...others, fields: 3 + 5 * 3 });
  });

  it('charges fields of one name apart where aliases or types tell them apart', () => {
    const list = 'tracks(first: 10) { nodes { id } }';
    const of = (...members: string[]) =>
      measure(`{ search(term: "a", first: 1) { nodes { node { ${members.join(' ')} } } } }`).objects;
    expect(of(`... on Artist { ${list} }`, `... on Artist { ${list} }`)).toBe(
      of(`... on Artist { ${list} }`),
    );
    expect(of(`... on Artist { ${list} }`, `... on Album { ${list} }`)).toBe(
      of(`... on Artist { ${list} other: ${list} }`),
    );
  });

  it('leaves out what conditions do, whatever stands below it', () => {
    const text = (field: string) => `query ($s: Boolean = true, $i: Boolean!) {
      artists(first: 100) { nodes { name ${field} } } } fragment F on Artist { tracks(first: 100) { nodes { id } } }`;
    const free = measure('{ artists(first: 100) { nodes { name } } }').cost;
    const cost = (field: string, variables: object) => measure(text(field), variables).cost - free;
    const list = 'tracks(first: 100)';
    for (const field of [
      `${list} @skip(if: $s) { nodes { id } }`,
      '...F @skip(if: $s)',
      '... @include(if: $i) { ...F }',
    ]) {
      expect(cost(field, { s: true, i: false }), field).toBe(0);
      expect(cost(field, { s: false, i: true }), field).toBe(1_000);
    }
    expect(cost(`${list} @skip(if: true) { nodes { id } }`, {})).toBe(0);
    expect(cost(`${list} @include(if: true) @skip(if: false) { nodes { id } }`, {})).toBe(1_000);
    expect(measure(text(`${list} @skip(if: $s) { nodes { album { id } } }`), { s: true }).depth).toBe(3);
  });

  it('is done in a moment, however many fragments meet in however many places', () => {
    // Each level has three places in which the same fragments meet: a hundred thousand fields, were they told apart, and billions.
    const level = (at: number) =>
      `fragment f${at} on Track { album { tracks { nodes { ...f${at + 1} } } } ...g${at + 1} ...f${at + 1} }
       fragment g${at} on Track { album { tracks { nodes { ...f${at + 1} ...g${at + 1} } } } ...f${at + 1} }`;
    const wide = (depth: number) =>
      `{ track(id: "x") { ...f0 ...g0 } } ${Array.from({ length: depth }, (_, at) => level(at)).join(' ')} fragment f${depth} on Track { id } fragment g${depth} on Track { id }`;
    // Few fields, each in three hundred fragments.
    const wrapped = `fragment w on Track { ${'... { '.repeat(300)} id ${' }'.repeat(300)} }`;
    const list = 'tracks { nodes { ...w artists { tracks { nodes { ...w } } } } }';
    const narrow = `{ ${Array.from({ length: 30 }, (_, at) => `a${at}: track(id: "x") { artists { ...v } }`).join(' ')} } fragment v on Artist { ${list} albums { nodes { ${list} } } } ${wrapped}`;
    for (const text of [wide(9), wide(20), narrow]) {
      const named = read(parse(text));
      const cpu = process.cpuUsage();
      measureOperation(schema, named.operation, named.fragments, {});
      expect(process.cpuUsage(cpu).user / 1_000).toBeLessThan(200);
    }
  });
});

describe('priceRootFields', () => {
  it('tells each field of the answer apart, in fragments too', () => {
    const { operation, fragments } = read(
      parse(
        '{ tracks { nodes { id } } ...F some: tracks(first: 10) { totalCount } } fragment F on Query { tracks { nodes { name } } genres { totalCount } }',
      ),
    );
    expect([...priceRootFields(schema, operation, fragments, {})]).toEqual([
      ['tracks', 2],
      ['genres', 4],
      ['some', 3],
    ]);
  });
});

describe('checkOperation', () => {
  it('measures one operation anew for each size that is asked for', () => {
    const named = read(parse('query ($n: Int) { tracks(first: $n) { nodes { id } } }'));
    const objects = (variables: Record<string, unknown>) =>
      checkOperation(schema, named, variables, readConfig({})).objects;
    expect([{ n: 50 }, { n: 7 }, {}, { n: null }, { n: '9' }, { n: 50 }].map(objects)).toEqual([
      50, 7, 20, 20, 20, 50,
    ]);
  });

  it('measures one operation anew when it is grouped, and when it is not', () => {
    const named = read(
      parse('query ($by: [TrackDimension!]) { trackStats(groupBy: $by) { nodes { count } } }'),
    );
    const objects = (by: string[]) => checkOperation(schema, named, { by }, readConfig({})).objects;
    expect([[], ['MODE'], [], ['KEY', 'MODE']].map(objects)).toEqual([1, 20, 1, 20]);
  });

  it('measures one operation anew for what its conditions leave of it', () => {
    const text = `query ($s: Boolean = true, $i: Boolean!) {
      artists(first: 100) { nodes { name tracks(first: 100) @skip(if: $s) { nodes { id } } albums(first: 50) @include(if: $i) { nodes { id } } } } }`;
    const named = read(parse(text));
    const cost = (variables: object) =>
      checkOperation(
        schema,
        named,
        { ...variables },
        readConfig({ GROOVELAKE_MAX_COST: '2000', GROOVELAKE_MAX_ROWS: '20000' }),
      ).cost;
    expect([{ i: false }, { i: true }, { i: true, s: false }, { i: false, s: false }].map(cost)).toEqual([
      10, 510, 1_510, 1_010,
    ]);
  });

  it('measures one operation anew for each number of terms', () => {
    const named = read(
      parse('query ($o: [TrackStatOrder!]) { trackStats(orderBy: $o) { nodes { count } } }'),
    );
    const cost = (o: object[] | null) => checkOperation(schema, named, { o }, readConfig({})).cost;
    expect([[{ by: 'COUNT' }], [], null, [{ by: 'COUNT' }, { by: 'COUNT' }]].map(cost)).toEqual([
      12, 11, 11, 13,
    ]);
  });

  it('measures what the default of a variable asks for, where none is sent', () => {
    const named = read(parse('query ($n: Int = 50) { tracks(first: $n) { nodes { id } } }'));
    const objects = (variables: Record<string, unknown>) =>
      checkOperation(schema, named, variables, readConfig({})).objects;
    // Null is a value that is sent: it takes the place of the default, and the page has its usual length.
    expect([{}, { n: 7 }, { n: null }, {}].map(objects)).toEqual([50, 7, 20, 50]);
  });

  it.each([
    ['{ trackStats { nodes { energy { histogram(bins: 100000) { count } } } } }', 'Lower "bins", or'],
    ['{ musicMap(sample: 10000) { points { x track { name } } } }', 'Lower "sample", or'],
    [
      '{ tracks(first: 100) { nodes { artists { tracks(last: 100) { nodes { id artists { id } } } } } } }',
      'Lower "first" or "last", or',
    ],
    [
      '{ tracks { nodes { artists { albums { nodes { tracks { nodes { id } } } } } } } }',
      'Give its lists a smaller "first", or',
    ],
  ])('says of %s what could be lowered', (text, advice) => {
    expect(() =>
      checkOperation(schema, read(parse(text)), {}, readConfig({ GROOVELAKE_MAX_DEPTH: '20' })),
    ).toThrow(advice);
  });
});
