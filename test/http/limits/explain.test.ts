import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixtureServer, post, serveFixture } from '../serve-fixture.ts';

let server: FixtureServer;
beforeAll(async () => {
  server = await serveFixture({
    artists: [{ artist_id: 'a1', name: 'Rush' }],
    tracks: Array.from({ length: 5 }, (_, at) => ({
      track_id: `t${at}`,
      popularity: at * 10,
      artists: ['a1'],
    })),
  });
});
afterAll(() => server.close());

interface Statement {
  field: string;
  sql: string;
  parameters: unknown[];
  estimatedRows: number | null;
  milliseconds: number | null;
  rows: number | null;
}
const QUERY =
  'query ($p: Int) { tracks(first: 2, where: { popularity: { gte: $p } }) { totalCount nodes { id artists { name } } } }';
const explain = async (how: unknown, headers = {}) => {
  const answer = await post(
    server.url,
    { query: QUERY, variables: { p: 20 }, ...(how !== null && { extensions: { explain: how } }) },
    { headers },
  );
  const explained = answer.body.extensions?.explain as
    | { mode: string; cost: Record<string, unknown>; statements: Statement[] }
    | undefined;
  return { ...answer, explained };
};

describe('extensions.explain', () => {
  it('gives SQL, parameters, time, rows and estimate per field, and the cost, beside the answer', async () => {
    const { body, explained } = await explain('run');
    expect(body.data).toEqual({
      tracks: {
        totalCount: 3,
        nodes: [
          { id: 't4', artists: [{ name: 'Rush' }] },
          { id: 't3', artists: [{ name: 'Rush' }] },
        ],
      },
    });
    expect(explained?.cost).toMatchObject({
      depth: 4,
      objects: 8,
      cost: 3,
      limit: 1_000,
      fieldCosts: { tracks: 3 },
    });
    const statements = explained?.statements ?? [];
    expect(statements.map(({ field, rows }) => [field, rows]).sort()).toEqual([
      ['tracks.nodes', 3],
      ['tracks.nodes.artists', 2],
      ['tracks.totalCount', 1],
    ]);
    for (const { sql, parameters, estimatedRows, milliseconds } of statements) {
      expect(sql).toMatch(/^select /);
      expect(parameters.length).toBe(sql.split('?').length - 1);
      expect(estimatedRows).toBeGreaterThanOrEqual(0);
      expect(milliseconds).toBeGreaterThanOrEqual(0);
    }
    expect(statements.find(({ field }) => field === 'tracks.nodes.artists')?.parameters).toEqual([
      ['t4', 't3'],
    ]);
  });

  it('tells the cost of the lengths that variables have by default', async () => {
    const query = 'query ($n: Int = 50) { tracks(first: $n) { nodes { id } } }';
    const { body } = await post(server.url, { query, extensions: { explain: 'plan' } });
    expect(body.extensions?.explain).toMatchObject({
      cost: { objects: 50, cost: 5, fieldCosts: { tracks: 5 } },
    });
  });

  it('runs nothing when only the plan is wanted, by header too', async () => {
    for (const { body, explained } of [
      await explain('plan'),
      await explain(null, { 'x-groovelake-explain': 'plan' }),
    ]) {
      expect(body.data).toBeNull();
      expect(body.errors).toBeUndefined();
      expect(
        explained?.statements.map(({ field, rows, milliseconds }) => [field, rows, milliseconds]).sort(),
      ).toEqual([
        ['tracks.nodes', null, null],
        ['tracks.totalCount', null, null],
      ]);
    }
  });

  it('is left out unless asked for, and says what it takes', async () => {
    expect((await explain(null)).explained).toBeUndefined();
    const { status, body } = await explain('analyse');
    expect([status, body.errors?.[0]?.message]).toEqual([
      400,
      '"explain" is "analyse"; "run" or "plan" is expected.',
    ]);
  });
});
