// groovelake sql: read-only questions to the published snapshot, by a locked-down engine of its own.
import { systemClock } from '../clock.ts';
import { InvalidInputError } from '../errors.ts';
import { showControls } from '../log.ts';
import { openReader, type Reader, refuseQuestion } from '../store/export/open-reader.ts';
import { readCells } from '../store/export/text-rows.ts';
import { readJsonRows } from '../store/json-rows.ts';
import { parseWords } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';
import { getSnapshots, SNAPSHOT_OPTIONS } from './published.ts';
import { untilLeft } from './until-left.ts';

/** On a terminal, where a long text would push everything else out of sight. */
const MAX_CELL = 60;

/** What columns mean is the last cell of a line, and what is asked for. */
const DESCRIBES = /^\s*describe\b/i;

export const sqlCommand: Command = {
  run: querySql,
};

async function querySql({ words, config, terminal }: CommandParts): Promise<number> {
  const parsed = parseWords(words, Infinity, {
    json: { type: 'boolean' },
    format: { type: 'string' },
    ...SNAPSHOT_OPTIONS,
  });
  const [sql = '', more] = parsed.positionals;
  if (sql === '' || more !== undefined)
    throw new InvalidInputError(
      'sql takes one question in quotes, e.g. groovelake sql "select count(*) from gold.tracks".',
      {
        field: 'sql',
        expected: 'one select',
      },
    );
  if (parsed.values.format !== undefined)
    throw new InvalidInputError(
      'sql shows a table, or --json; for files and pipes: groovelake export --sql "select ..." --format csv.',
      { field: 'format', expected: '--json or groovelake export' },
    );
  const snapshots = await getSnapshots(parsed, config);
  // Hashing their files puts nothing into the folder: until here a signal ends the process as ever.
  return untilLeft(async ({ signal }) => {
    const reader = await openReader({
      ...snapshots,
      dataDir: config.dataDir,
      config,
      clock: systemClock,
      select: { sql, params: [] },
    });
    try {
      const how = {
        isJson: parsed.values.json === true,
        isCut: terminal.isInteractive && !DESCRIBES.test(sql),
        signal,
      };
      terminal.line(await answer(reader, how).catch(refuseQuestion));
      return 0;
    } finally {
      await reader.close();
    }
  });
}

async function answer(
  { db, question }: Reader,
  { isJson, isCut, signal }: { isJson: boolean; isCut: boolean; signal: AbortSignal },
): Promise<string> {
  const { sql, params } = question;
  const { kind } = await db.classify(sql);
  if (kind === 'EXPLAIN') {
    const plans = await db.all<{ explain_value: string }>(sql, params, { signal });
    return isJson
      ? JSON.stringify(plans, null, 2)
      : plans.map(({ explain_value }) => explain_value).join('\n');
  }
  const columns = await db.describe(sql, params, { signal });
  const text = { sql, params, columns, signal };
  if (isJson) return renderJson(await readJsonRows(db, text));
  const header = columns.map(({ name }) => name);
  return renderTable(header, await readCells(db, text), isCut ? MAX_CELL : Number.POSITIVE_INFINITY);
}

/** One row a line. */
function renderJson(rows: readonly string[]): string {
  return rows.length === 0 ? '[]' : `[\n  ${rows.join(',\n  ')}\n]`;
}

function renderTable(
  header: readonly string[],
  rows: readonly (readonly (string | null)[])[],
  maxCell: number,
): string {
  const cells = rows.map((row) => row.map((cell) => toCell(cell ?? '', maxCell)));
  const widths = header.map((name, at) =>
    cells.reduce((widest, row) => Math.max(widest, row[at]?.length ?? 0), name.length),
  );
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

function toCell(text: string, maxCell: number): string {
  const shown = showControls(text);
  return shown.length > maxCell ? `${shown.slice(0, maxCell - 1)}…` : shown;
}
