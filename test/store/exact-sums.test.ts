import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandomness, systemClock } from '../../src/clock.ts';
import { type DuckDb, openDuckDb } from '../../src/store/duckdb.ts';
import {
  deviationSql,
  findUnits,
  meanSql,
  real,
  SquareSums,
  type Summed,
  selectUnits,
  sumSql,
  type Units,
} from '../../src/store/exact-sums.ts';

const SEED = 20_261_127;
const random = seededRandomness(SEED);
const below = (n: number) => Math.floor(random.next() * n);

let db: DuckDb;
beforeAll(async () => {
  console.log(`exact sums: seed ${SEED}`);
  db = await openDuckDb({
    path: ':memory:',
    memoryMb: 512,
    threads: 4,
    maxConnections: 1,
    tempDir: join(tmpdir(), `groovelake-exact-sums-${process.pid}`),
    tempMaxMb: 256,
    clock: systemClock,
  });
});
afterAll(() => db.close());

async function fill(values: readonly (number | null)[]): Promise<void> {
  await db.run('create or replace table x (v double)');
  await db.run(`insert into x select unnest(from_json('${JSON.stringify(values)}', '["double"]'))`);
}

const bigSum = (units: readonly bigint[]) => units.reduce((sum, u) => sum + u, 0n);

describe('selectUnits', () => {
  it.each([
    ['whole numbers', [3, -5, null, 0], { scale: 1, largest: 5, total: 20 }],
    ['decimals', [0.345, 0.5, null, -60.123], { scale: 1_000, largest: 60_123, total: 240_492 }],
    ['a value of nine places', [1e-9], { scale: 1e9, largest: 1, total: 1 }],
    ['no value', [null, null], { scale: 1, largest: 0, total: 0 }],
    ['no row', [], { scale: 1, largest: 0, total: 0 }],
    ['a value of ten places', [0.5, 1e-10], null],
    ['thirds', [1 / 3], null],
    ['more than a double holds the sum of', [2 ** 51 + 1, 2 ** 51, 1], null],
  ])('finds those of %s, as columns do', async (_, values, expected) => {
    await fill(values);
    expect(await selectUnits((sql) => db.all(sql), 'x', ['v'])).toEqual([expected]);
    expect(
      findUnits(
        Float64Array.from(values, (v) => v ?? Number.NaN),
        values.length,
      ),
    ).toEqual(expected);
  });

  it('finds the same as columns do of 60 random columns', async () => {
    for (let asked = 0; asked < 60; asked++) {
      const places = below(11);
      const range = 10 ** below(14);
      const values = Array.from({ length: below(200) }, () =>
        below(10) === 0 ? null : Math.round((random.next() - 0.3) * range) / 10 ** below(places + 1),
      );
      await fill(values);
      const [found] = await selectUnits((sql) => db.all(sql), 'x', ['v']);
      expect(found, JSON.stringify(values)).toEqual(
        findUnits(
          Float64Array.from(values, (v) => v ?? Number.NaN),
          values.length,
        ),
      );
    }
  });
});

describe('sums of DuckDB with four threads', () => {
  const figures = (summed: Summed) =>
    `${sumSql('v', summed)} as s, ${meanSql('v', summed)} as m, ${deviationSql('v', summed)} as d`;

  it.each<[string, number, number]>([
    ['a sum of doubles is near enough', 100_003, 1e5],
    ['a sum of doubles is just near enough', 281_000_003, 1e6],
    ['rows have to be rounded one by one', 2_000_000_011, 1e9],
  ])(
    'are the exact ones, rounded where they are divided, whatever order a million rows lie in: %s',
    async (_, prime, scale) => {
      const rows = 1_000_000;
      await db.run(
        `create or replace table x as select ((i * 7919) % ${prime}) / ${real(scale)} as v, hash(i) as h from range(${rows}) r(i)`,
      );
      const units = Array.from({ length: rows }, (_, i) => BigInt((i * 7919) % prime));
      const [sum, n] = [Number(bigSum(units)), BigInt(rows)];
      const spread = n * bigSum(units.map((u) => u * u)) - bigSum(units) ** 2n;
      const expected = { s: sum / scale, m: sum / (scale * rows) };
      const [found] = await selectUnits((sql) => db.all(sql), 'x', ['v']);
      expect(found).toMatchObject({ scale });
      for (const order of ['v', 'v desc', 'h', 'h desc']) {
        const [row] = await db.all<{ d: number }>(
          `select ${figures(found as Units)} from (from x order by ${order})`,
        );
        expect(row).toEqual({
          ...expected,
          d: expect.closeTo(Math.sqrt(Number(spread) / (rows * (rows - 1))) / scale, 12),
        });
      }
    },
    60_000,
  );

  it('are the same whatever order the rows lie in where numbers are too fine', async () => {
    await db.run(
      'create or replace table x as select hash(i) / 1.7e19::double as v, i from range(400000) r(i)',
    );
    const found = new Set<string>();
    for (const order of ['v', 'v desc', 'i', 'i desc', 'hash(i + 1)']) {
      await db.run(`create or replace table y as from x order by ${order}`);
      found.add(JSON.stringify(await db.all(`select ${figures(null)} from y`)));
    }
    expect([...found]).toHaveLength(1);
  }, 60_000);

  it.each<[string, Summed, string]>([
    ['32 bits', 'INTEGER', '(2147483647::integer), (-2147483648), (null)'],
    ['64 bits', 'BIGINT', '(9007199254740991::bigint), (-9007199254740991), (null)'],
  ])('take whole numbers of %s as they are', async (_, type, values) => {
    const [row] = await db.all<{ s: number; d: number }>(
      `select ${figures(type)} from (values ${values}) x(v)`,
    );
    const least = type === 'INTEGER' ? -2_147_483_648 : -9_007_199_254_740_991;
    const most = type === 'INTEGER' ? 2_147_483_647 : 9_007_199_254_740_991;
    expect(row).toEqual({
      s: least + most,
      m: (least + most) / 2,
      d: expect.closeTo((most - least) / Math.SQRT2, -5),
    });
  });

  it.each<[Summed]>([
    ['INTEGER'],
    ['BIGINT'],
    [{ scale: 1, largest: 5, total: 5 }],
    [null],
  ])('are null over no value, and have no deviation over one: %s', async (summed) => {
    const type = summed === 'BIGINT' ? 'bigint' : typeof summed === 'string' ? 'integer' : 'double';
    const of = (values: string) => db.all(`select ${figures(summed)} from (values ${values}) x(v)`);
    expect(await of(`(null::${type})`)).toEqual([{ s: null, m: null, d: null }]);
    expect(await of(`(5::${type})`)).toEqual([{ s: 5, m: 5, d: null }]);
  });
});

describe('deviationSql', () => {
  it('answers for whole numbers of which the squares are more than the engine can hold', async () => {
    await db.run(
      'create or replace table x as select if(i < 20, 9007199254740992, i)::bigint as v from range(171000) t(i)',
    );
    const [row] = await db.all<{ d: number; engine: number }>(
      `select ${deviationSql('v', 'BIGINT')} as d, stddev_samp(v) as engine from x`,
    );
    expect(row?.d).toBeGreaterThan(9e13);
    expect(Math.abs((row?.d ?? 0) / (row?.engine ?? 1) - 1)).toBeLessThan(1e-9);
  });
});

describe('SquareSums', () => {
  it('gives the spread that DuckDB does, to the bit, for units of up to 2^31', async () => {
    for (let asked = 0; asked < 40; asked++) {
      const largest = 2 ** (1 + below(31));
      const units = Array.from({ length: 2 + below(3_000) }, () => below(2 * largest + 1) - largest);
      const squares = new SquareSums(2, { scale: 1, largest, total: 0 }, units.length);
      for (const u of units) squares.add(1, u);
      const sum = units.reduce((total, u) => total + u, 0);
      const n = units.length;
      await fill(units);
      const [row] = await db.all<{ d: number }>(
        `select ${deviationSql('v', { scale: 1, largest, total: largest * n })} as d from x`,
      );
      expect(Math.sqrt(squares.spread(1, n, sum) / (n * (n - 1))), `${largest} ${n}`).toBe(row?.d);
      expect(squares.spread(0, 0, 0)).toBe(0);
    }
  });

  it('holds no more rows and no larger units than halves can be added of', () => {
    expect(SquareSums.holds({ scale: 1, largest: 2 ** 31, total: 1 }, 2 ** 21)).toBe(true);
    expect(SquareSums.holds({ scale: 1, largest: 2 ** 31 + 1, total: 1 }, 1)).toBe(false);
    expect(SquareSums.holds({ scale: 1, largest: 1, total: 1 }, 2 ** 25 + 1)).toBe(false);
  });

  it('is exact at the ends of what it holds', () => {
    const [rows, largest] = [2 ** 21, 2 ** 31];
    const squares = new SquareSums(1, { scale: 1, largest, total: 0 }, rows);
    for (let row = 0; row < rows; row++) squares.add(0, row % 2 ? largest : 1 - largest);
    const sum = rows / 2;
    const exact =
      BigInt(rows / 2) * (BigInt(largest) ** 2n + BigInt(largest - 1) ** 2n) * BigInt(rows) -
      BigInt(sum) ** 2n;
    expect(squares.spread(0, rows, sum)).toBe(Number(exact));
  });
});
