// groovelake sql: read-only questions to the published snapshot, by the same locked-down engine that serves the API.
import { systemClock } from '../clock.ts';
import { InvalidInputError, isGroovelakeError } from '../errors.ts';
import { showControls } from '../log.ts';
import { openCatalog } from '../store/catalog/open.ts';
import { openScratch } from '../store/scratch-folder.ts';
import { parseWords } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';
import { getPublished } from './published.ts';

const MAX_CELL = 60;

export const sqlCommand: Command = {
  run: querySql,
};

async function querySql({ words, config, terminal }: CommandParts): Promise<number> {
  const parsed = parseWords(words, { json: { type: 'boolean' }, format: { type: 'string' } });
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
  const current = await getPublished(config);
  const scratch = await openScratch(config.dataDir, 'tmp/sql');
  const catalog = await openCatalog({
    manifest: current.manifest,
    dataDir: config.dataDir,
    config,
    clock: systemClock,
    tempDir: scratch.path,
  }).catch(async (error: unknown) => {
    await scratch.remove();
    throw error;
  });
  try {
    await catalog.checkReadOnly(sql);
    const rows = await catalog.forRequest(new AbortController().signal).all<Record<string, unknown>>(sql);
    terminal.line(parsed.values.json ? JSON.stringify(rows, null, 2) : renderTable(rows));
    return 0;
  } catch (error) {
    if (isGroovelakeError(error)) throw error;
    throw new InvalidInputError(
      error instanceof Error ? error.message : String(error),
      { field: 'sql', expected: 'a select over the snapshot' },
      { cause: error },
    );
  } finally {
    await catalog.close();
    await scratch.remove();
  }
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
  const text = showControls(typeof value === 'object' ? JSON.stringify(value) : String(value));
  return text.length > MAX_CELL ? `${text.slice(0, MAX_CELL - 1)}…` : text;
}
