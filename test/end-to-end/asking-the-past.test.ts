// Two crawls of the same artist, then everything that can be asked of the past, over HTTP and the real schema.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Config, readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { type Groovelake, startGroovelake } from '../../src/server.ts';
import { ARTIST, artistBody, CRAWLED, crawlAndPublish } from '../fixtures/two-crawls.ts';
import { makeDataDir, removeDataDir } from './process.ts';

let config: Config;
let server: Groovelake;
const snapshotIds: string[] = [];
const runIds: string[] = [];

beforeAll(async () => {
  const dataDir = await makeDataDir();
  config = readConfig({ GROOVELAKE_DATA_DIR: dataDir, PORT: '0', GROOVELAKE_AS_OF_MAX_OPEN: '1' });
  for (const n of [0, 1] as const) {
    const { runId, snapshotId } = await crawlAndPublish(config, n);
    runIds.push(runId);
    snapshotIds.push(snapshotId);
  }
  server = await startGroovelake(config, { log: silentLog });
}, 120_000);
afterAll(async () => {
  await server?.stop();
  await removeDataDir(config.dataDir);
});

interface Answer {
  readonly header: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is what the test says it is
  readonly body: any;
}

async function ask(query: string, variables: Record<string, unknown> = {}): Promise<Answer> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return { header: response.headers.get('x-groovelake-snapshot'), body: await response.json() };
}

/** The first error of an answer, which names the served snapshot all the same. */
async function refusal(query: string, variables?: Record<string, unknown>) {
  const { header, body } = await ask(query, variables);
  expect(header).toBe(snapshotIds[1]);
  expect(body.extensions.snapshot.id).toBe(snapshotIds[1]);
  return { message: body.errors[0].message as string, code: body.errors[0].extensions?.code as string };
}

const FIELDS = `{ artist(id: "${ARTIST}") { popularity followers tracks { totalCount } } snapshot { id isCurrent } }`;
const then = { artist: { popularity: 80, followers: 4_500_000_000, tracks: { totalCount: 1 } } };
const now = { artist: { popularity: 81, followers: 4_500_000_001, tracks: { totalCount: 2 } } };

describe('@asOf', () => {
  it('answers the whole operation from the snapshot that it names, and says which', async () => {
    const [old, current] = snapshotIds;
    const past = await ask(`query @asOf(snapshot: "${old}") ${FIELDS}`);
    expect(past.body.data).toEqual({ ...then, snapshot: { id: old, isCurrent: false } });
    expect(past.body.extensions.snapshot).toMatchObject({ id: old });
    expect(past.header).toBe(old);
    const present = await ask(FIELDS);
    expect(present.body.data).toEqual({ ...now, snapshot: { id: current, isCurrent: true } });
    expect([present.body.extensions.snapshot.id, present.header]).toEqual([current, current]);
  });

  it('takes a time, and variables: the last snapshot that was published by then', async () => {
    const published = (await ask('{ snapshots { nodes { id publishedAt } } }')).body.data.snapshots.nodes;
    expect(published.map(({ id }: { id: string }) => id)).toEqual([...snapshotIds].reverse());
    const query = `query Past($time: DateTime, $id: ID) @asOf(time: $time, snapshot: $id) ${FIELDS}`;
    const at = async (time: string) => (await ask(query, { time })).body.data.snapshot.id;
    const justBefore = new Date(Date.parse(published[0].publishedAt) - 1).toISOString();
    expect(await at(published[0].publishedAt)).toBe(snapshotIds[1]);
    expect(await at(justBefore)).toBe(snapshotIds[0]);
    expect(await at(published[1].publishedAt)).toBe(snapshotIds[0]);
    expect((await ask(query, { id: snapshotIds[0] })).body.data).toMatchObject(then);
  });

  it('answers as a table too, by a time in a variable', async () => {
    const published = (await ask('{ snapshots { nodes { publishedAt } } }')).body.data.snapshots.nodes;
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/csv' },
      body: JSON.stringify({
        query: 'query ($t: DateTime) @asOf(time: $t) { artists { nodes { popularity followers } } }',
        variables: { t: published[1].publishedAt },
      }),
    });
    expect(response.headers.get('x-groovelake-snapshot')).toBe(snapshotIds[0]);
    expect(await response.text()).toBe('popularity,followers\n80,4500000000\n');
  });

  it('refuses what it cannot answer from, and says why', async () => {
    const asOf = (args: string) => refusal(`query @asOf${args} ${FIELDS}`);
    expect(await asOf('')).toMatchObject({
      code: 'INVALID_INPUT',
      message: '@asOf has neither "snapshot" nor "time"; exactly one is expected.',
    });
    expect(await asOf(`(snapshot: "${snapshotIds[0]}", time: "2026-01-01T00:00:00Z")`)).toMatchObject({
      message: '@asOf has both "snapshot" and "time"; exactly one is expected.',
    });
    expect(await asOf('(snapshot: "../../CURRENT")')).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('is no id of a snapshot'),
    });
    expect(await asOf('(snapshot: "20200101-000000000-abcdef")')).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(/There is no kept snapshot "20200101-.*it was swept/),
    });
    expect(await asOf('(snapshot: "20990101-000000000-abcdef")')).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('It was never published, or has been swept.'),
    });
    expect(await asOf('(time: "1999-12-31T00:00:00Z")')).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(`The oldest that is kept is "${snapshotIds[0]}"`),
    });
    expect((await asOf('(time: "yesterday")')).message).toContain('yesterday');
    const wrong = await refusal(`query ($t: DateTime!) @asOf(time: $t) ${FIELDS}`, { t: 'yesterday' });
    expect(wrong.message).toContain('$t');
    expect((await refusal('mutation @asOf(snapshot: "x") { __typename }')).message).toContain('@asOf');
  });

  it('answers many at once from one open snapshot', async () => {
    const query = `query @asOf(snapshot: "${snapshotIds[0]}") ${FIELDS}`;
    const answers = await Promise.all(Array.from({ length: 16 }, () => ask(query)));
    for (const { body } of answers) expect(body.data).toMatchObject(then);
  });
});

describe('/export/...?asOf=', () => {
  const exported = async (asOf: string) => {
    const address = `${server.url}/export/artists.csv?columns=popularity&asOf=${encodeURIComponent(asOf)}`;
    const response = await fetch(address);
    return {
      status: response.status,
      snapshot: response.headers.get('x-groovelake-snapshot'),
      text: await response.text(),
    };
  };

  it('exports a relation of an older snapshot, by its id or a time', async () => {
    const [old] = snapshotIds;
    const { body } = await ask(`query @asOf(snapshot: "${old}") { snapshot { publishedAt } }`);
    const then = { status: 200, snapshot: old, text: 'popularity\n80\n' };
    expect(await exported(old ?? '')).toEqual(then);
    expect(await exported(body.data.snapshot.publishedAt)).toEqual(then);
    expect(await exported('2099-01-01')).toMatchObject({ snapshot: snapshotIds[1] });
  });

  it.each([
    ['yesterday', 400, /"asOf\\" is \\"yesterday\\"; the id of a snapshot, or a time/],
    ['2026-13-01', 400, /"asOf\\" is/],
    ['20990101-000000000-abcdef', 404, /was never published, or has been swept/],
    ['1999-12-31', 404, /The oldest that is kept is/],
  ])('refuses %s', async (asOf, status, message) => {
    expect(await exported(asOf)).toMatchObject({ status, text: expect.stringMatching(message) });
  });
});

describe('an answer that is a refusal', () => {
  it.each([
    ['{ nothing }', 'Cannot query field'],
    ['{ artist(id: ', 'Syntax Error'],
    [`{ tracks(first: 0) { totalCount } }`, '0'],
  ])('names the served snapshot: %s', async (query, message) => {
    expect((await refusal(query)).message).toContain(message);
  });
});

describe('what changed', () => {
  it('Snapshot.diff counts keys that came, went and changed', async () => {
    const { body } = await ask(
      `{ snapshot { diff(from: "${snapshotIds[0]}") { layer name added removed changed } } }`,
    );
    const diff = (name: string) =>
      body.data.snapshot.diff.find((each: { name: string }) => each.name === name);
    expect(diff('artists')).toEqual({ layer: 'GOLD', name: 'artists', added: 0, removed: 0, changed: 1 });
    expect(diff('tracks')).toMatchObject({ added: 1, removed: 0, changed: 1 });
    expect(diff('observations')).toMatchObject({ added: 4, removed: 0, changed: 0 });
    expect(diff('playlists')).toMatchObject({ added: 0, removed: 0, changed: 0 });
    const back = await ask(
      `{ snapshot(id: "${snapshotIds[0]}") { diff(from: "${snapshotIds[1]}") { name added removed changed } } }`,
    );
    expect(back.body.data.snapshot.diff).toContainEqual({ name: 'tracks', added: 0, removed: 1, changed: 1 });
  });

  const keysOf = async (relations: string[] | null, fields: string) => {
    const { body } = await ask(
      `query ($from: ID!, $relations: [String!]) { snapshot { diff(from: $from, relations: $relations) { name ${fields} } } }`,
      { from: snapshotIds[0], relations },
    );
    expect(body.errors).toBeUndefined();
    return body.data.snapshot.diff;
  };

  const refusalOfKeys = async (fields: string) => {
    const { body } = await ask(
      `{ snapshot { diff(from: "${snapshotIds[0]}", relations: ["gold.observations"]) { ${fields} } } }`,
    );
    return body.errors[0];
  };

  it('RelationDiff.keys names them, with what changed of their rows', async () => {
    const [added, changed] = ['54TaGh2JKs1pO9daXNXI5q', '3QZ7uX97s82HFYSmQUAN1D'];
    const [tracks] = await keysOf(
      ['gold.tracks'],
      `came: keys(change: ADDED) { key values { column } } went: keys(change: REMOVED) { key }
       changed: keys(change: CHANGED) { key values { column before after } }`,
    );
    expect(tracks).toEqual({
      name: 'tracks',
      came: [{ key: { track_id: added }, values: null }],
      went: [],
      changed: [{ key: { track_id: changed }, values: [{ column: 'popularity', before: 60, after: 61 }] }],
    });
  });

  it('RelationDiff.keys gives keys of several columns in their order, as many as are asked for', async () => {
    const observations = (first: number) =>
      keysOf(['gold.observations'], `added keys(change: ADDED, first: ${first}) { key }`);
    const [{ added, keys }] = await observations(100);
    expect(keys).toHaveLength(added);
    expect(keys[0].key).toEqual({
      entity: 'artist',
      entity_id: ARTIST,
      measure: 'followers',
      observed_at: '2026-11-02T00:00:00.000000Z',
      source: 'spotify',
    });
    expect((await observations(2))[0].keys).toEqual(keys.slice(0, 2));
    expect(await refusalOfKeys('keys(change: ADDED, first: 0) { key }')).toMatchObject({
      message: '"first" is 0; a whole number from 1 to 100 is expected.',
      path: ['snapshot', 'diff', 0, 'keys'],
    });
  });

  it('RelationDiff.keys lists what changed of everything within the limits of one operation', async () => {
    expect(await keysOf([], 'added')).toEqual([]);
    const diffs = await keysOf(
      null,
      `layer added removed changed came: keys(change: ADDED) { key } went: keys(change: REMOVED) { key }
       changes: keys(change: CHANGED) { key values { column before after } }`,
    );
    expect(diffs.length).toBeGreaterThan(20);
    for (const { name, added, removed, changed, came, went, changes } of diffs) {
      expect([came.length, went.length, changes.length], name).toEqual([added, removed, changed]);
      for (const { values } of changes) expect(values.length, name).toBeGreaterThan(0);
    }
  });

  it('counts the relations that are compared against the limits before it reads keys of them', async () => {
    const fields = `came: keys(change: ADDED, first: 100) { key values { column } }
      changes: keys(change: CHANGED, first: 100) { key values { column } }`;
    expect(await keysOf(['gold.tracks'], fields)).toHaveLength(1);
    expect(await refusal(`{ snapshot { diff(from: "${snapshotIds[0]}") { ${fields} } } }`)).toMatchObject({
      code: 'TOO_MANY_ROWS',
      message: expect.stringContaining('"Snapshot.diff" gives all there are.'),
    });
  });

  it('compares a relation of silver that is named: what each source says otherwise', async () => {
    const [tracks] = await keysOf(
      ['silver.tracks'],
      'layer changed changes: keys(change: CHANGED) { key values { column before after } }',
    );
    expect(tracks).toMatchObject({
      layer: 'SILVER',
      name: 'tracks',
      changed: 1,
      changes: [{ key: { track_id: '3QZ7uX97s82HFYSmQUAN1D', source: 'spotify' } }],
    });
    const { values } = tracks.changes[0];
    expect(values).toContainEqual({ column: 'popularity', before: 60, after: 61 });
    expect(values.map(({ column }: { column: string }) => column)).toEqual(
      expect.arrayContaining(['batch_id', 'fetched_at']),
    );
  });

  it('refuses to compare a relation that there is not', async () => {
    const { message, code } = await refusal(
      `{ snapshot { diff(from: "${snapshotIds[0]}", relations: ["bronze.documents"]) { name } } }`,
    );
    expect(message).toMatch(
      /^"relations" names "bronze.documents", which neither snapshot has. There are gold.album_artists, /,
    );
    expect(code).toBe('INVALID_INPUT');
  });

  it('Artist.history has a point for each crawl; an older snapshot only those it knew', async () => {
    const query = `{ artist(id: "${ARTIST}") { history(measure: FOLLOWERS) { observedAt value source } } }`;
    const point = (n: number) => ({
      observedAt: new Date(CRAWLED[n] ?? 0).toISOString(),
      value: 4_500_000_000 + n,
      source: 'spotify',
    });
    expect((await ask(query)).body.data.artist.history).toEqual([point(0), point(1)]);
    const past = await ask(`query @asOf(snapshot: "${snapshotIds[0]}") ${query}`);
    expect(past.body.data.artist.history).toEqual([point(0)]);
  });
});

describe('where it comes from', () => {
  it('Artist.provenance leads to the document as received and the run that landed it', async () => {
    const query = `{ artist(id: "${ARTIST}") { provenance { source fetchedAt run { id pipeline } raw } } }`;
    const from = (n: number) => [
      {
        source: 'spotify',
        fetchedAt: new Date(CRAWLED[n] ?? 0).toISOString(),
        run: { id: runIds[n], pipeline: 'TRANSFORM' },
        raw: JSON.parse(artistBody(n)),
      },
    ];
    expect((await ask(query)).body.data.artist.provenance).toEqual(from(1));
    const past = await ask(`query @asOf(snapshot: "${snapshotIds[0]}") ${query}`);
    expect(past.body.data.artist.provenance).toEqual(from(0));
  });

  it('lineage names what a relation reads, down to bronze', async () => {
    const { body } = await ask('{ lineage(relation: "gold.observations") { relation layer reads } }');
    expect(body.data.lineage).toContainEqual({ relation: 'bronze.documents', layer: 'BRONZE', reads: [] });
    expect(body.data.lineage).toContainEqual({
      relation: 'gold.observations',
      layer: 'GOLD',
      reads: ['silver.observations', 'silver.served_sources'],
    });
    expect(body.data.lineage.map((node: { relation: string }) => node.relation)).not.toContain('gold.tracks');
  });

  it('lineage follows a column through a full build and one of new batches, up to the document and down to the warehouse', async () => {
    const query = `query Column($relation: String, $column: String, $direction: LineageDirection) @asOf(snapshot: "ID") {
      lineage(relation: $relation, column: $column, direction: $direction) { relation columns { name reason from { relation column path how } } }
    }`;
    for (const id of snapshotIds) {
      const up = await ask(query.replace('ID', id), { relation: 'gold.artists', column: 'followers' });
      expect(up.body.data.lineage).toContainEqual({
        relation: 'gold.artists',
        columns: [
          {
            name: 'followers',
            reason: null,
            from: [
              { relation: 'silver.artists', column: 'followers', path: null, how: 'AGGREGATION' },
              { relation: 'silver.artists', column: 'source', path: null, how: 'CONDITIONAL' },
            ],
          },
        ],
      });
      const silver = up.body.data.lineage.find(
        (node: { relation: string }) => node.relation === 'silver.artists',
      );
      expect(silver.columns[1].from.map((source: { path: string }) => source.path)).toContain(
        '$.followers.total',
      );
    }
    const down = await ask(
      '{ lineage(relation: "gold.albums", column: "label", direction: DOWNSTREAM) { relation } }',
    );
    expect(down.body.data.lineage).toEqual([
      { relation: 'gold.albums' },
      { relation: 'warehouse.track_dashboard' },
    ]);
    expect(await refusal('{ lineage(relation: "gold.track") { relation } }')).toEqual({
      code: 'INVALID_INPUT',
      message: 'The snapshot has no relation "gold.track". Did you mean "gold.tracks"?',
    });
  });

  it.each([0, 1])('says what each relation is and each column means, of snapshot %i', async (n) => {
    const { body } = await ask(
      `{ snapshot(id: "${snapshotIds[n]}") { relations { layer name description columns { name description } } } }`,
    );
    interface Described {
      readonly name: string;
      readonly description: string | null;
    }
    const relations: (Described & { layer: string; columns: Described[] })[] = body.data.snapshot.relations;
    expect(relations.length).toBeGreaterThan(30);
    const unsaid = relations
      .flatMap((relation) => [relation, ...relation.columns])
      .filter(({ description }) => description === null);
    expect(unsaid).toEqual([]);
    const tracks = relations.find(({ layer, name }) => layer === 'GOLD' && name === 'tracks');
    expect(tracks?.description).toMatch(/^One row per track/);
    expect(tracks?.columns.find(({ name }) => name === 'tempo')?.description).toBe(
      'Tempo in beats per minute (BPM), above 0; null when undetected.',
    );
  });

  it('coverage counts the rows of each column of gold that have a value', async () => {
    const { body } = await ask('{ snapshot { coverage { relation column rows present share } } }');
    const of = (column: string) =>
      body.data.snapshot.coverage.find(
        (each: { relation: string; column: string }) =>
          each.relation === 'gold.tracks' && each.column === column,
      );
    expect(of('popularity')).toEqual({
      relation: 'gold.tracks',
      column: 'popularity',
      rows: 2,
      present: 2,
      share: 1,
    });
    expect(of('isrc')).toMatchObject({ rows: 2, present: 0, share: 0 });
  });
});
