// Prints the schema to schema.graphql: `npm run schema:print`.
import { writeFileSync } from 'node:fs';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { buildSchema } from './schema.ts';

export function renderSchema(): string {
  return `${printSchema(lexicographicSortSchema(buildSchema()))}\n`;
}

if (process.argv[1] === import.meta.filename) writeFileSync('schema.graphql', renderSchema());
