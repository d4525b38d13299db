import { describe, expect, it } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { answerQuery } from '../../../src/store/columns/answer.ts';
import type { ColumnFigure, ColumnQuery, RowTest } from '../../../src/store/columns/column-query.ts';
import {
  type Columns,
  type ListColumn,
  ListColumnBuilder,
  type NumberColumn,
  NumberColumnBuilder,
  type TextColumn,
  TextColumnBuilder,
} from '../../../src/store/columns/columns.ts';
import { answerFromSums, findShape, prepareSums } from '../../../src/store/columns/prepared-sums.ts';
import { orderRows } from '../../../src/store/columns/row-order.ts';
import { Scratch } from '../../../src/store/columns/scratch.ts';

const SEED = 20_261_126;
const random = seededRandomness(SEED);
const below = (n: number) => Math.floor(random.next() * n);
const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
const ROWS = 10_000;

function numbers(value: (row: number) => number | null): NumberColumn {
  const builder = new NumberColumnBuilder(ROWS);
  for (let row = 0; row < ROWS; row++) builder.set(row, value(row));
  return builder.build();
}

function makeColumns(): Columns {
  const mode = new TextColumnBuilder(ROWS);
  const genre = new ListColumnBuilder(ROWS);
  for (let row = 0; row < ROWS; row++) {
    mode.set(row, pick(['MAJOR', 'MINOR', null]));
    for (const text of ['pop', 'rock', 'rap']) if (random.next() < 0.4) genre.add(row, text);
  }
  return {
    rows: ROWS,
    numbers: new Map([
      ['energy', numbers(() => below(1_000) / 1_000)],
      ['key', numbers(() => (random.next() < 0.2 ? null : below(12)))],
      ['tempo', numbers(() => (random.next() < 0.1 ? null : (60_000 + below(200_000)) / 1_000))],
      ['loudness', numbers(() => -60 * random.next())],
    ]),
    texts: new Map([['mode', mode.build() as TextColumn]]),
    lists: new Map([['genre', genre.build() as ListColumn]]),
  };
}

const columns = makeColumns();
const scratch = new Scratch();

function prepare(query: ColumnQuery) {
  const shape = findShape(columns, query);
  const order = shape && orderRows(columns, columns.numbers.get(shape.column) as NumberColumn);
  return shape && order && prepareSums(columns, shape, order, scratch);
}

const BOUNDS: Readonly<Record<string, () => number>> = {
  energy: () => below(1_100) / 1_000 - 0.05,
  key: () => below(14) - 1,
  tempo: () => 50 + below(220_000) / 1_000,
};

function randomRange(column: string): RowTest {
  const compare = (): RowTest => ({
    column,
    is: pick(['=', '>', '>=', '<', '<='] as const),
    value: BOUNDS[column]?.() ?? 0,
  });
  return pick<RowTest>([
    compare(),
    { all: [compare(), compare()] },
    { all: [compare(), { all: [compare()] }] },
  ]);
}

function randomQuery(column: string): ColumnQuery {
  const figures: ColumnFigure[] = [
    { figure: 'ROWS' },
    ...Array.from({ length: below(4) }, () => ({
      figure: pick(['COUNT', 'MISSING', 'SUM', 'AVG'] as const),
      column: pick(['energy', 'key', 'tempo']),
    })),
  ];
  return { test: randomRange(column), groupBy: pick([[], ['mode'], ['genre'], ['genre', 'mode']]), figures };
}

describe('answerFromSums', () => {
  it('answers what looking at every row does, to the bit', () => {
    console.log(`prepared sums: seed ${SEED}`);
    for (let asked = 0; asked < 300; asked++) {
      const column = pick(Object.keys(BOUNDS));
      const query = randomQuery(column);
      const prepared = prepare(query);
      if (!prepared) throw new Error(`nothing is prepared for ${JSON.stringify(query)}`);
      for (const test of [query.test, randomRange(column)])
        expect(answerFromSums(columns, prepared, { ...query, test }, scratch), JSON.stringify(test)).toEqual(
          answerQuery(columns, { ...query, test }, new Scratch()),
        );
    }
  });

  it.each<[string, RowTest, ColumnFigure]>([
    ['a test that is no range', { column: 'energy', is: '<>', value: 0.5 }, { figure: 'ROWS' }],
    ['no test', { all: [] }, { figure: 'ROWS' }],
    ['a test of none of its numbers', { column: 'energy', isNull: true }, { figure: 'ROWS' }],
    [
      'a range of two columns',
      {
        all: [
          { column: 'energy', is: '>', value: 0.5 },
          { column: 'key', is: '>', value: 5 },
        ],
      },
      { figure: 'ROWS' },
    ],
    [
      'a figure that does not add up',
      { column: 'energy', is: '>', value: 0.5 },
      { figure: 'MAX', column: 'tempo' },
    ],
    [
      'sums that would not be exact',
      { column: 'energy', is: '>', value: 0.5 },
      { figure: 'AVG', column: 'loudness' },
    ],
  ])('is not for %s', (_, test, figure) => {
    expect(findShape(columns, { test, groupBy: [], figures: [figure] })).toBeNull();
  });

  it('is not for so many groups that looking at every row costs little more', () => {
    const few: Columns = { ...columns, rows: 3_000 };
    const query: ColumnQuery = {
      test: { column: 'energy', is: '>', value: 0.5 },
      groupBy: [],
      figures: [{ figure: 'ROWS' }],
    };
    const shape = findShape(few, query);
    const order = { rows: new Int32Array(3_000), known: 3_000 };
    expect(shape && prepareSums(few, shape, order, scratch)).toBeNull();
  });
});
