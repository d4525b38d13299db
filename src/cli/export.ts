// groovelake export: a relation or a select of the published snapshot as a file, or down a pipe.
import { createWriteStream, existsSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { systemClock } from '../clock.ts';
import { InvalidInputError, isGroovelakeError } from '../errors.ts';
import type { SqlFragment } from '../store/catalog/catalog.ts';
import { quoteName } from '../store/duckdb.ts';
import { readForm } from '../store/export/export-form.ts';
import { EXPORT_FORMATS, type ExportFormat, findExportFormat } from '../store/export/export-format.ts';
import { chooseColumns, findExported } from '../store/export/exported-relation.ts';
import { type Export, openExport } from '../store/export/open-export.ts';
import type { Manifest, ManifestRelation } from '../store/snapshots/manifest.ts';
import { type Parsed, parseWords, readText, readWholeNumber } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';
import { getSnapshots, SNAPSHOT_OPTIONS } from './published.ts';
import { untilLeft } from './until-left.ts';

export const exportCommand: Command = {
  run: exportRows,
};

async function exportRows(parts: CommandParts): Promise<number> {
  const parsed = parseWords(parts.words, Infinity, {
    sql: { type: 'string' },
    format: { type: 'string' },
    output: { type: 'string', short: 'o' },
    columns: { type: 'string' },
    limit: { type: 'string' },
    formulas: { type: 'string' },
    dialect: { type: 'string' },
    overwrite: { type: 'boolean' },
    ...SNAPSHOT_OPTIONS,
  });
  checkBefore(parsed);
  const output = parsed.values.output as string | undefined;
  const { manifest, before } = await getSnapshots(parsed, parts.config);
  const select = readSelect(parsed, manifest);
  const format = readFormat(parsed.values.format ?? endingOf(output));
  const form = readForm(format, (parameter) => [readText(parsed, parameter) ?? []].flat());
  checkOutput(output, parsed.values.overwrite === true, format);
  const asked = {
    manifest,
    before,
    dataDir: parts.config.dataDir,
    config: parts.config,
    clock: systemClock,
    select,
    form,
    limit: readWholeNumber(parsed, 'limit'),
  };
  // Hashing the snapshot's files puts nothing into the folder: until here a signal ends the process as ever.
  return untilLeft(async (left) => {
    const rows = await openExport({ ...asked, signal: left.signal });
    if (output === undefined) await writeOut(rows, left);
    else {
      await writeFile(rows, output, left.signal);
      const { size } = await stat(output);
      parts.terminal.line(`Wrote "${output}", ${size} bytes, of snapshot ${manifest.id}.`);
    }
    return 0;
  });
}

function checkBefore({ values: { before, sql } }: Parsed): void {
  if (before === undefined || sql !== undefined) return;
  throw new InvalidInputError(
    '--before is of a select, which names before.gold.tracks and so on; --sql "select ..." is expected with it. A relation of an older snapshot: --snapshot ID.',
    { field: 'before', given: String(before), expected: '--sql beside it' },
  );
}

function readFormat(given: unknown): ExportFormat {
  const format = typeof given === 'string' ? findExportFormat(given) : null;
  if (format) return format;
  const expected = `one of ${EXPORT_FORMATS.join(', ')}`;
  throw new InvalidInputError(
    given === undefined
      ? `export needs a format; ${expected} is expected, e.g. "--format csv".`
      : `--format is "${given}"; ${expected} is expected.`,
    { field: 'format', ...(given === undefined ? {} : { given: String(given) }), expected },
  );
}

/** A file's name says its format where nothing else does. */
function endingOf(output: string | undefined): string | undefined {
  const ending = output?.slice(output.lastIndexOf('.') + 1).toLowerCase();
  return ending && findExportFormat(ending) ? ending : undefined;
}

function checkOutput(output: string | undefined, mayOverwrite: boolean, format: ExportFormat): void {
  if (output !== undefined && existsSync(output) && !mayOverwrite) {
    throw new InvalidInputError(
      `--output is "${output}", which exists; a new file is expected. Name another, or add --overwrite.`,
      { field: 'output', given: output, expected: 'a file that does not exist' },
    );
  }
  if (output === undefined && process.stdout.isTTY && (format === 'parquet' || format === 'arrow')) {
    throw new InvalidInputError(
      `"${format}" is no format for a terminal; a file is expected. Add "--output FILE", or send it down a pipe.`,
      { field: 'output', expected: 'a file or a pipe' },
    );
  }
}

function readSelect(parsed: Parsed, manifest: Manifest): SqlFragment {
  const [relation, more] = parsed.positionals;
  const { sql } = parsed.values;
  if (more !== undefined || (relation === undefined) === (sql === undefined)) {
    throw new InvalidInputError(
      'export takes one relation, e.g. "groovelake export gold.tracks", or --sql "select ...", and not both.',
      { field: 'relation', expected: 'one relation or --sql' },
    );
  }
  if (typeof sql === 'string') {
    if (parsed.values.columns !== undefined)
      throw new InvalidInputError('--columns is of a relation; name the columns in --sql instead.', {
        field: 'columns',
        expected: 'columns in the select',
      });
    return { sql, params: [] };
  }
  const { layer, name, columns } = findWhole(relation ?? '', manifest);
  const chosen = chooseColumns(readText(parsed, 'columns') ?? null, { name, columns });
  return { sql: `select ${chosen.map(quoteName).join(', ')} from ${layer}.${quoteName(name)}`, params: [] };
}

function findWhole(given: string, manifest: Manifest): ManifestRelation {
  try {
    return findExported(given, manifest);
  } catch (error) {
    const hint = isGroovelakeError(error) && error.hint ? ` ${error.hint}` : '';
    throw new InvalidInputError(
      `There is no relation "${given}" in the snapshot "${manifest.id}".${hint} "groovelake sql 'show all tables'" lists them.`,
      { field: 'relation', given, expected: 'layer.name, or a name of gold' },
      { cause: error },
    );
  }
}

/** Down a pipe; whoever reads it may stop when they have enough. */
async function writeOut(rows: Export, left: AbortController): Promise<void> {
  try {
    await pipeline(Readable.from(rows.bytes, { objectMode: false }), process.stdout, { end: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    left.abort();
  }
}

/** Under another name until it is whole. */
async function writeFile(rows: Export, output: string, signal: AbortSignal): Promise<void> {
  const temporary = `${output}.part`;
  try {
    await pipeline(rows.bytes, createWriteStream(temporary, { flush: true }), { signal });
    await rename(temporary, output);
  } catch (error) {
    await rm(temporary, { force: true });
    // What pipeline says of a signal that aborts, with the reason as its cause.
    throw (error as Error).name === 'AbortError' ? signal.reason : error;
  }
}
