// The operations of a page: every block of GraphQL, with the data it is asked of and the answer that is shown below it.
// `npm run docs:answers -- PAGE SANDBOX_URL CSV_URL` asks two running servers and writes what they say into the page.
import { readFileSync } from 'node:fs';

export interface PageQuery {
  /** The nearest heading above it. */
  readonly title: string;
  readonly query: string;
  /** sandbox unless the line before the block is <!-- csv -->: the imported TidyTuesday file. */
  readonly data: 'sandbox' | 'csv';
  /** The answer shown, parsed; null where the page shows none. */
  readonly answer: unknown;
}

const BLOCK = /(<!-- csv -->\n)?```graphql\n([\s\S]*?)```\n(?:\n```json\n([\s\S]*?)```\n)?/g;

export function readPageQueries(path: string): PageQuery[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(BLOCK)].map((match) => ({
    title:
      /^#+ (.*)$/m.exec(
        text
          .slice(0, match.index)
          .split('\n')
          .findLast((line) => line.startsWith('#')) ?? '',
      )?.[1] ?? '',
    data: match[1] ? 'csv' : 'sandbox',
    query: match[2] ?? '',
    answer: match[3] ? JSON.parse(match[3]) : null,
  }));
}

/** The page with the answers of `ask` below its blocks. */
export async function fillAnswers(
  text: string,
  ask: (query: string, data: PageQuery['data']) => Promise<unknown>,
): Promise<string> {
  let filled = '';
  let end = 0;
  for (const match of text.matchAll(BLOCK)) {
    const [whole, csv, query = ''] = match;
    const answer = await ask(query, csv ? 'csv' : 'sandbox');
    filled += `${text.slice(end, match.index)}${csv ?? ''}\`\`\`graphql\n${query}\`\`\`\n\n\`\`\`json\n${layOut(answer)}\n\`\`\`\n`;
    end = match.index + whole.length;
  }
  return filled + text.slice(end);
}

/** Longer lists are shown by their beginning, unless they fit on a line. */
const MAX_ITEMS = 3;
/** What stands in the place of the others. */
const REST = /^\.\.\. and (\d+) more$/;

/** What of a list is shown, and how many there are. */
export function readShown<Item>(list: readonly (Item | string)[]): { shown: Item[]; total: number } {
  const rest = REST.exec(String(list.at(-1)))?.[1];
  const shown = (rest === undefined ? list : list.slice(0, -1)) as Item[];
  return { shown, total: shown.length + Number(rest ?? 0) };
}

/** An answer as it is shown, without what stands in the place of others. */
export function cutRests(value: unknown): unknown {
  if (Array.isArray(value)) return readShown<unknown>(value).shown.map(cutRests);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, cutRests(item)]));
}

/** JSON that is wide where it fits on a line. */
export function layOut(value: unknown, indent = ''): string {
  const flat = JSON.stringify(value, null, 1)?.replace(/\n\s*/g, ' ') ?? 'null';
  if (typeof value !== 'object' || value === null || flat.length + indent.length <= 130) return flat;
  const inner = `${indent}  `;
  if (Array.isArray(value) && value.length > MAX_ITEMS + 1)
    return layOut([...value.slice(0, MAX_ITEMS), `... and ${value.length - MAX_ITEMS} more`], indent);
  if (Array.isArray(value))
    return `[\n${value.map((item) => inner + layOut(item, inner)).join(',\n')}\n${indent}]`;
  const fields = Object.entries(value).map(
    ([name, item]) => `${inner}${JSON.stringify(name)}: ${layOut(item, inner)}`,
  );
  return `{\n${fields.join(',\n')}\n${indent}}`;
}
