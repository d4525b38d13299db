import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { printTables } from '../../docs/print-graphql.ts';

it('docs/graphql.md has the prices and codes of src/http (npm run docs:graphql prints them anew)', () => {
  const page = readFileSync('docs/graphql.md', 'utf8');
  expect(page).toBe(printTables(page));
});
