import { describe, expect, it } from 'vitest';
import { answerQuery } from '../../../src/store/columns/answer.ts';
import type { ColumnFigure, RowTest } from '../../../src/store/columns/column-query.ts';
import {
  type Columns,
  ListColumnBuilder,
  NumberColumnBuilder,
  TextColumnBuilder,
} from '../../../src/store/columns/columns.ts';
import { keysOf, numberOf } from '../../../src/store/columns/group-rows.ts';
import { Scratch } from '../../../src/store/columns/scratch.ts';

const numbers = (values: readonly (number | null)[]) => {
  const builder = new NumberColumnBuilder(values.length);
  for (const [row, value] of values.entries()) builder.set(row, value);
  return builder.build();
};
const texts = (values: readonly (string | null)[]) => {
  const builder = new TextColumnBuilder(values.length);
  for (const [row, value] of values.entries()) builder.set(row, value);
  return builder.build();
};
const lists = (values: readonly (readonly string[])[]) => {
  const builder = new ListColumnBuilder(values.length);
  for (const [row, value] of values.entries()) for (const text of value) builder.add(row, text);
  return builder.build();
};

//                    0     1     2     3     4
const ENERGY = [0.25, 0.5, null, 0.75, 0.5];
const COLUMNS = {
  rows: 5,
  numbers: new Map([['energy', numbers(ENERGY)]]),
  texts: new Map([['mode', texts(['MAJOR', 'MINOR', 'MAJOR', null, 'MAJOR'])]]),
  lists: new Map([['genre', lists([['pop'], ['pop', 'rock'], [], ['rock'], ['pop']])]]),
} as unknown as Columns;
const scratch = new Scratch();
const ALL: RowTest = { all: [] };
const ROWS: ColumnFigure = { figure: 'ROWS' };
const count = (test: RowTest) =>
  answerQuery(COLUMNS, { test, groupBy: [], figures: [ROWS] }, scratch).figures[0]?.[0];

function groups(groupBy: readonly string[], figure: ColumnFigure): Record<string, number> {
  const answer = answerQuery(COLUMNS, { test: ALL, groupBy, figures: [figure] }, scratch);
  return Object.fromEntries(
    [...answer.groups].map((group, at) => [
      keysOf(COLUMNS, groupBy, group).join('/'),
      answer.figures[0]?.[at] ?? 0,
    ]),
  );
}

describe('answerQuery', () => {
  it('counts rows by text, those without one in a group of their own', () => {
    expect(groups(['mode'], ROWS)).toEqual({ MAJOR: 3, MINOR: 1, '': 1 });
  });

  it('counts a row once for each of its texts, and once where it has none', () => {
    expect(groups(['genre'], ROWS)).toEqual({ pop: 3, rock: 2, '': 1 });
    expect(answerQuery(COLUMNS, { test: ALL, groupBy: ['genre'], figures: [] }, scratch).passed).toBe(5);
  });

  it('groups by several columns at once', () => {
    expect(groups(['genre', 'mode'], ROWS)).toEqual({
      'pop/MAJOR': 2,
      'pop/MINOR': 1,
      'rock/MINOR': 1,
      'rock/': 1,
      '/MAJOR': 1,
    });
  });

  it.each<[ColumnFigure['figure'], number]>([
    ['COUNT', 4],
    ['MISSING', 1],
    ['MIN', 0.25],
    ['MAX', 0.75],
    ['SUM', 2],
    ['AVG', 0.5],
    ['STDDEV', Math.sqrt(0.125 / 3)],
  ])('gives %s over the rows that have a value', (figure, expected) => {
    const answer = answerQuery(
      COLUMNS,
      { test: ALL, groupBy: [], figures: [{ figure, column: 'energy' } as ColumnFigure] },
      scratch,
    );
    expect(answer.figures[0]?.[0]).toBeCloseTo(expected, 12);
  });

  it('interpolates quantiles between the two nearest values', () => {
    const quantile = (share: number) =>
      answerQuery(
        COLUMNS,
        { test: ALL, groupBy: [], figures: [{ figure: 'QUANTILE', column: 'energy', share }] },
        scratch,
      ).figures[0]?.[0];
    expect([0, 0.5, 0.9, 1].map(quantile)).toEqual([0.25, 0.5, expect.closeTo(0.675, 12), 0.75]);
  });

  it('has one group of everything even when no row passes, and none by a text', () => {
    const test: RowTest = { column: 'energy', is: '>', value: 2 };
    const figures: ColumnFigure[] = [ROWS, { figure: 'AVG', column: 'energy' }];
    expect(answerQuery(COLUMNS, { test, groupBy: [], figures }, scratch)).toEqual({
      passed: 0,
      groups: Int32Array.of(0),
      figures: [Float64Array.of(0), Float64Array.of(Number.NaN)],
    });
    expect(answerQuery(COLUMNS, { test, groupBy: ['mode'], figures }, scratch).groups).toHaveLength(0);
  });

  it('takes a row without a value for no comparison, and for the negation of each', () => {
    expect(count({ column: 'energy', is: '<>', value: 0.5 })).toBe(2);
    expect(count({ not: { column: 'energy', is: '<>', value: 0.5 } })).toBe(3);
    expect(count({ column: 'energy', isNull: true })).toBe(1);
    expect(count({ column: 'energy', oneOf: [0.25, 0.75] })).toBe(2);
    expect(count({ any: [] })).toBe(0);
    expect(
      count({
        all: [
          { column: 'energy', is: '>=', value: 0.5 },
          { column: 'energy', is: '<', value: 0.75 },
        ],
      }),
    ).toBe(2);
    expect(
      count({
        any: [
          { column: 'energy', is: '=', value: 0.25 },
          { column: 'energy', isNull: true },
        ],
      }),
    ).toBe(2);
  });

  it('sums a million values exactly, in columns of few and of many different ones', () => {
    const rows = 1_000_000;
    const sumOf = (value: (row: number) => number) => {
      const x = numbers(Array.from({ length: rows }, (_, row) => value(row)));
      const columns: Columns = { rows, numbers: new Map([['x', x]]), texts: new Map(), lists: new Map() };
      const query = { test: ALL, groupBy: [], figures: [{ figure: 'SUM', column: 'x' } as const] };
      return answerQuery(columns, query, scratch).figures[0]?.[0];
    };
    expect(sumOf((row) => (row % 1_000) / 1_000)).toBe(499_500);
    expect(sumOf((row) => row / 1_000)).toBe(499_999_500);
  });

  it('has no sum of numbers that are too fine to be added exactly', () => {
    const columns: Columns = {
      ...COLUMNS,
      numbers: new Map([['energy', numbers([1 / 3, null, null, null, null])]]),
    };
    const query = { test: ALL, groupBy: [], figures: [{ figure: 'SUM', column: 'energy' } as const] };
    expect(() => answerQuery(columns, query, scratch)).toThrow(/units/);
  });
});

describe('numberOf', () => {
  it('finds the number of a group by its texts, and none of texts that are not there', () => {
    const { groups } = answerQuery(COLUMNS, { test: ALL, groupBy: ['genre', 'mode'], figures: [] }, scratch);
    for (const group of groups)
      expect(numberOf(COLUMNS, ['genre', 'mode'], keysOf(COLUMNS, ['genre', 'mode'], group))).toBe(group);
    expect(numberOf(COLUMNS, ['genre', 'mode'], ['jazz', 'MAJOR'])).toBeNull();
    expect(numberOf(COLUMNS, [], [])).toBe(0);
  });
});

describe('columns', () => {
  it('keep two bytes a row while values repeat, and the values themselves where they do not', () => {
    expect(numbers(Array.from({ length: 100 }, (_, row) => row % 10))).toHaveProperty('codes');
    expect(numbers(Array.from({ length: 100 }, (_, row) => row))).toHaveProperty('plain');
    const many = numbers(Array.from({ length: 70_000 }, (_, row) => (row === 3 ? null : row / 3)));
    expect(many).toHaveProperty('plain.69999', 69_999 / 3);
    expect(many).toHaveProperty('plain.3', Number.NaN);
  });

  it('leave out a column of more texts than two bytes can tell apart', () => {
    expect(texts(Array.from({ length: 65_537 }, (_, row) => `text ${row}`))).toBeNull();
    expect(lists(Array.from({ length: 65_537 }, (_, row) => [`text ${row}`, 'other']))).toBeNull();
  });

  it('refuse a number that is none', () => {
    expect(() => numbers([1, Number.NaN])).toThrow(/finite/);
  });
});
