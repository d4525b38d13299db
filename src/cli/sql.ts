// groovelake sql: read-only questions to the published snapshot, by the same locked-down engine that serves the API.
import { join } from 'node:path';
import { systemClock } from '../clock.ts';
import { InvalidInputError } from '../errors.ts';
import { openCatalog } from '../store/catalog/open.ts';
import { parseWords } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';
import { getPublished } from './published.ts';

const MAX_CELL = 60;

export const sqlCommand: Command = {
  name: 'sql',
  usage: 'sql "select ..." [--json]',
  does: 'query the published snapshot, read-only: gold.tracks, silver.tracks, ...',
  run: querySql,
};

async function querySql({ words, config, terminal }: CommandParts): Promise<number> {
  const parsed = parseWords(words, { json: { type: 'boolean' }, format: { type: 'string' } });
  const [sql] = parsed.positionals;
  if (parsed.values.format !== undefined)
    throw new InvalidInputError(
      'sql shows a table, or --json; for files and pipes: groovelake export --sql "select ..." --format csv.',
      { field: 'format', expected: '--json or groovelake export' },
    );
  checkOneSelect(sql);
  const current = await getPublished(config);
  const catalog = await openCatalog({
    manifest: current.manifest,
    dataDir: config.dataDir,
    config,
    clock: systemClock,
    tempDir: join(config.dataDir, 'tmp', 'sql'),
  });
  try {
    const rows = await catalog.forRequest(new AbortController().signal).all<Record<string, unknown>>(sql);
    terminal.line(parsed.values.json ? JSON.stringify(rows, null, 2) : renderTable(rows));
    return 0;
  } catch (error) {
    throw new InvalidInputError(
      error instanceof Error ? error.message : String(error),
      { field: 'sql', expected: 'a select over the snapshot' },
      { cause: error },
    );
  } finally {
    await catalog.close();
  }
}

/** @throws InvalidInputError for what is no single question, or one that would write */
export function checkOneSelect(sql: string | undefined): asserts sql is string {
  // Texts, quoted names and comments may hold anything.
  const code = sql?.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--.*$|\/\*[\s\S]*?\*\//gm, ' ').trim() ?? '';
  const isQuestion = /^(explain\s+(analyze\s+)?)?(select|with|from|describe|summarize|show)\b/i.test(code);
  if (isQuestion && !/;\s*\S/.test(code)) return;
  throw new InvalidInputError(
    'sql takes one question; a text beginning with select, with, from, describe, summarize, show or explain is expected.',
    { field: 'sql', expected: 'one select' },
  );
}

function renderTable(rows: readonly Record<string, unknown>[]): string {
  const header = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => header.map((name) => toCell(row[name])));
  const widths = header.map((name, at) => Math.max(name.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [
    line(header),
    widths.map((width) => '-'.repeat(width)).join('  '),
    ...cells.map(line),
    `(${rows.length} rows)`,
  ].join('\n');
}

function toCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.length > MAX_CELL ? `${text.slice(0, MAX_CELL - 1)}…` : text;
}
