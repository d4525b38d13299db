import { globSync, readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { cutRests, fillAnswers, layOut, readPageQueries, readShown } from '../../docs/queries.ts';
import { readLakehouse } from '../../src/pipeline/build/relations.ts';
import { PIPELINE_STEPS } from '../../src/store/runs/pipelines.ts';
import { PIPELINES } from '../../src/store/runs/run-store.ts';
import { answerAgain } from './answer-again.ts';
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

  it('opens with a table that leads to each of them', () => {
    const [opening = ''] = page.split(/^## /m);
    const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    expect([...opening.matchAll(/^\| \[(.*)\]\(#.*\) \| .* \|$/gm)].map(([, text]) => text)).toEqual(
      headings,
    );
  });

  // biome-ignore lint/suspicious/noExplicitAny: an answer, read by its fields
  const answerOf = (line: number): any =>
    readPageQueries('docs/parity.md').find(({ title }) => title.startsWith(`${line}. `))?.answer;
  const { relations, checks } = readLakehouse();
  const published = relations.filter(({ layer }) => layer !== 'staging');

  it.each([
    ['pipelines', answerOf(9).pipelines, PIPELINES],
    ['steps of REFRESH', answerOf(10).runs.nodes[0].steps, PIPELINE_STEPS.REFRESH.steps],
    ['relations', answerOf(7).snapshot.relations, published.map(({ name }) => name)],
    ['relations with their columns', answerOf(11).snapshot.relations, published.map(({ name }) => name)],
    ['checks', answerOf(24).snapshot.checks, checks.map(({ name }) => name)],
  ])('shows the %s that there are, or the first and how many more', (_what, list, names) => {
    const { shown, total } = readShown<{ name: string }>(list);
    expect(total).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(shown.map(({ name }) => name)));
  });
});

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));

describe('blocks of GraphQL', () => {
  // What an example has installed has pages of its own.
  const pages = globSync(['README.md', '{docs,examples}/**/*.md'], {
    exclude: (name) => name === 'node_modules',
  });
  const blocks = pages.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/^ *```graphql\n([\s\S]*?)^ *```/gm)].map(
      ([, operation = ''], at) => [path, at + 1, operation] as const,
    ),
  );

  it('are found', () => {
    expect(new Set(blocks.map(([path]) => path)).size).toBeGreaterThan(7);
  });

  it.each(blocks)('are valid: %s, no. %i', (_path, _at, operation) => {
    expect(validate(schema, parse(operation))).toEqual([]);
  });
});

describe.each(PAGES)('%s', (path) => {
  it.each(
    readPageQueries(path).map((entry) => [entry.title, entry] as const),
  )('%s: its answer has all its fields, with values that they may have', (_title, { query, answer }) => {
    const document = parse(query);
    const shown = cutRests(answer);
    expect(answerAgain(schema, document, shown)).toEqual({ data: shown });
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
    const list = Array.from({ length: 99 }, (_, at) => ({ at, text: 'x'.repeat(20) }));
    const laid = JSON.parse(layOut({ list }));
    expect(laid.list).toEqual([...list.slice(0, 3), '... and 96 more']);
    expect(cutRests(laid)).toEqual({ list: list.slice(0, 3) });
    expect(readShown(laid.list)).toEqual({ shown: list.slice(0, 3), total: 99 });
  });
});
