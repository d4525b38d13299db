// Asks two running servers every operation of a page and writes their answers into it:
// npm run docs:answers -- docs/parity.md http://127.0.0.1:4000 http://127.0.0.1:4001   (sandbox, imported CSV)
import { readFileSync, writeFileSync } from 'node:fs';
import { ask } from '../examples/ask.ts';
import { fillAnswers } from './queries.ts';

const [path = '', sandbox = '', csv] = process.argv.slice(2);
if (csv === undefined)
  throw new Error('A page and two addresses are expected: npm run docs:answers -- PAGE SANDBOX_URL CSV_URL');
const filled = await fillAnswers(readFileSync(path, 'utf8'), (query, data) =>
  ask(`${data === 'csv' ? csv : sandbox}/graphql`, query).catch((error: Error) => {
    throw new Error(`${error.message}\n${query}`);
  }),
);
writeFileSync(path, filled);
