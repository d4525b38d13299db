import { readFileSync } from 'node:fs';
import { parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { fillAnswers, layOut, readPageQueries } from '../../docs/queries.ts';
import { buildSchema } from '../../src/schema/schema.ts';
import { PAGES } from './page-queries.ts';

describe('docs/parity.md', () => {
  const page = readFileSync('docs/parity.md', 'utf8');

  it('walks the 25 lines and the three questions, each with a query and its answer', () => {
    const titles = readPageQueries('docs/parity.md').map(({ title }) => title);
    for (let line = 1; line <= 25; line++)
      expect(titles.filter((title) => title.startsWith(`${line}. `))).toHaveLength(1);
    for (let question = 1; question <= 3; question++)
      expect(titles.some((title) => title.startsWith(`The notebook, ${question}`))).toBe(true);
    expect(titles).toHaveLength((page.match(/^## /gm) ?? []).length);
  });
});

describe.each(PAGES)('%s', (path) => {
  it.each(
    readPageQueries(path).map((entry) => [entry.title, entry] as const),
  )('%s: is valid, and its answer has its fields', (_title, { query, answer }) => {
    const document = parse(query);
    expect(validate(buildSchema(), document)).toEqual([]);
    const [operation] = document.definitions;
    const asked = operation?.kind === 'OperationDefinition' ? operation.selectionSet.selections.length : 0;
    expect(Object.keys(answer as object)).toHaveLength(asked);
  });
});

describe('fillAnswers', () => {
  it('puts answers below their blocks, in place of older ones', async () => {
    const text =
      'a\n```graphql\n{ x }\n```\n\nb\n<!-- csv -->\n```graphql\n{ y }\n```\n\n```json\n{ "y": 1 }\n```\nc\n';
    const filled = await fillAnswers(text, async (query, data) => ({ [data]: query.trim() }));
    expect(filled).toBe(
      'a\n```graphql\n{ x }\n```\n\n```json\n{ "sandbox": "{ x }" }\n```\n\nb\n<!-- csv -->\n```graphql\n{ y }\n```\n\n```json\n{ "csv": "{ y }" }\n```\nc\n',
    );
    expect(await fillAnswers(filled, async (query, data) => ({ [data]: query.trim() }))).toBe(filled);
  });

  it('shows the beginning of a long list', () => {
    expect(
      JSON.parse(layOut(Array.from({ length: 99 }, (_, at) => ({ at, text: 'x'.repeat(20) })))),
    ).toHaveLength(11);
  });
});
