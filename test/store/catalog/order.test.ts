import { describe, expect, it } from 'vitest';
import {
  describeOrder,
  type OrderFields,
  type OrderInput,
  toOrder,
} from '../../../src/store/catalog/order.ts';

type Field = 'ID' | 'NAME' | 'POPULARITY' | 'SIZE';

const FIELDS: OrderFields<Field> = {
  ID: { sql: 'id', type: 'text' },
  NAME: { sql: 'name', type: 'text' },
  POPULARITY: { sql: 'popularity', type: 'number' },
  SIZE: { sql: 'size', type: 'number' },
};
const OWN: readonly OrderInput<Field>[] = [
  { field: 'POPULARITY', direction: 'DESC' },
  { field: 'SIZE', direction: 'DESC' },
  { field: 'NAME' },
];
const WHOLE = 'POPULARITY.DESC.LAST SIZE.DESC.LAST NAME.ASC.LAST ID.ASC.LAST';

const order = (asked: readonly OrderInput<Field>[] | null) =>
  describeOrder('', toOrder(FIELDS, asked, OWN, 'ID')).trim();

describe('toOrder', () => {
  it.each([
    null,
    [],
    [{ field: 'POPULARITY', direction: 'DESC' }],
    [
      { field: 'POPULARITY', direction: 'DESC', nulls: 'LAST' },
      { field: 'SIZE', direction: 'DESC' },
    ],
  ] as const)("goes on as the list's own order where that begins with what is asked for: %j", (asked) => {
    expect(order(asked)).toBe(WHOLE);
  });

  it.each([
    [[{ field: 'POPULARITY' }], 'POPULARITY.ASC.LAST ID.ASC.LAST'],
    [[{ field: 'POPULARITY', direction: 'DESC', nulls: 'FIRST' }], 'POPULARITY.DESC.FIRST ID.ASC.LAST'],
    [[{ field: 'SIZE', direction: 'DESC' }], 'SIZE.DESC.LAST ID.ASC.LAST'],
    [
      [
        { field: 'POPULARITY', direction: 'DESC' },
        { field: 'ID', direction: 'DESC' },
      ],
      'POPULARITY.DESC.LAST ID.DESC.LAST',
    ],
  ] as const)('ends any other order with the id: %j', (asked, expected) => {
    expect(order(asked)).toBe(expected);
  });
});
