import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { checkTable } from '../../../src/http/export/table.ts';
import { createRateLimit } from '../../../src/http/limits/rate-limit.ts';
import { buildSchema } from '../../../src/schema/schema.ts';

const schema = buildSchema();

function pageRows(query: string, env: Readonly<Record<string, string>> = {}): number {
  const config = readConfig(env);
  const rate = createRateLimit(config.ratePoints, systemClock);
  const params = { query, operationName: null, variables: {} };
  return checkTable({ params, caller: null, scope: 'read' }, { schema, config, clock: systemClock, rate })
    .pageRows;
}

describe('rows of one page of a table', () => {
  it.each<[string, string, Record<string, string>, number]>([
    ['many, where they are all there is', '{ tracks { nodes { id } } }', {}, 5_000],
    [
      'as many as the limit of objects leaves',
      '{ tracks { nodes { id album { id } audioFeatures { key } } } }',
      {},
      3_333,
    ],
    [
      'few, where much hangs on each',
      '{ artists { nodes { id tracks(first: 90) { totalCount } } } }',
      {},
      109,
    ],
    ['by the cost of each', '{ tracks { nodes { id similarTracks(first: 1) { isExact } } } }', {}, 833],
    ['a page of an answer at least', '{ tracks { nodes { id } } }', { GROOVELAKE_MAX_ROWS: '150' }, 150],
  ])('are %s', (_name, query, env, rows) => {
    expect(pageRows(query, env)).toBe(rows);
  });
});
