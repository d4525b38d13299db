// Prints what fields cost and which codes errors have from src/http into docs/graphql.md: `npm run docs:graphql`.
import { readFileSync, writeFileSync } from 'node:fs';
import { CLIENT_CODES } from '../src/http/error-codes.ts';
import { EXACT_POINTS, POINTS, POINTS_PER_PARENT, TERM_POINTS } from '../src/http/limits/field-prices.ts';

const PAGE = 'docs/graphql.md';

/** The page with its tables printed anew, each between its two marks. */
export function printTables(page: string): string {
  const tables = { prices: renderPrices(), codes: renderCodes() };
  return Object.entries(tables).reduce((text, [name, table]) => {
    const [begin, end] = [`<!-- ${name}: npm run docs:graphql -->\n`, `<!-- /${name} -->`];
    const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
    if (from < begin.length || to < from) throw new Error(`${PAGE} has no place for "${name}"`);
    return `${text.slice(0, from)}\n${table}\n${text.slice(to)}`;
  }, page);
}

function renderPrices(): string {
  return `| | points |
|---|--:|
${[...renderPoints(POINTS, ''), ...renderPoints(POINTS_PER_PARENT, ', for each parent')].join('\n')}
| \`mood\` or \`weights\` of \`similarTracks\`, for each parent | ${EXACT_POINTS} |
| a term of \`orderBy\` or \`having\` of statistics | ${TERM_POINTS} |
| a filter: for 100 values, 50 parts, 20 characters of \`matches\` or 5 relations, \`isPreferred\`, \`market\`, \`isEmpty\`, a playlist's \`genre\` or \`subgenre\`, ids made from a name or lists of 100 values, rounded down | 1 |
| \`/export\`, for 100 rows | 1 |
`;
}

/** A line for each price, the dearest first. */
function renderPoints(points: Readonly<Record<string, number>>, how: string): string[] {
  const prices = [...new Set(Object.values(points))].sort((a, b) => b - a);
  return prices.map((price) => {
    const fields = Object.keys(points).filter((field) => points[field] === price);
    return `| ${fields.map((field) => `\`${field}\``).join(', ')}${how} | ${price} |`;
  });
}

function renderCodes(): string {
  const rows = Object.entries(CLIENT_CODES).map(
    ([code, facts]) => `| \`${code}\` | ${renderStatus(facts)} | ${facts.says} |`,
  );
  return `| code | status | what to do |
|---|---|---|
${rows.join('\n')}
`;
}

function renderStatus({ status, ...facts }: (typeof CLIENT_CODES)[keyof typeof CLIENT_CODES]): string {
  if (status === null) return '200';
  if (!('of' in facts)) return String(status);
  return facts.of === 'document' ? `${status}, or 200` : `200, or ${status}`;
}

if (process.argv[1] === import.meta.filename) writeFileSync(PAGE, printTables(readFileSync(PAGE, 'utf8')));
