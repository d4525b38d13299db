// /export/<relation>.<csv|jsonl|parquet|arrow>: a whole relation of the snapshot as a file under a stable address.
import { parseInstant } from '../../clock.ts';
import { InvalidInputError } from '../../errors.ts';
import { findNearMiss } from '../../near-miss.ts';
import { quoteName } from '../../store/duckdb.ts';
import { type ExportForm, FORM_PARAMETERS, readForm } from '../../store/export/export-form.ts';
import { EXPORT_FORMATS, findExportFormat } from '../../store/export/export-format.ts';
import { chooseColumns, findExported } from '../../store/export/exported-relation.ts';
import type { AsOf } from '../../store/snapshots/kept.ts';
import type { Manifest, ManifestFile, ManifestRelation } from '../../store/snapshots/manifest.ts';
import { isSnapshotId } from '../../store/snapshots/snapshot-id.ts';

export interface RelationExport {
  readonly relation: ManifestRelation;
  readonly form: ExportForm;
  readonly columns: readonly string[];
  /** Null: all rows. */
  readonly limit: number | null;
  readonly sql: string;
}

export const EXPORT_PATH = '/export/';

/**
 * Reads an address: the relation by name (gold.tracks, or tracks for short), the format by ending, and parameters: columns=a,b,
 * limit=n, of CSV formulas=text and dialect, and asOf, which has said by now whose manifest this is.
 *
 * @throws NotFoundError for a relation or format that there is none of; InvalidInputError for a parameter
 */
export function readRelationExport(url: URL, manifest: Manifest): RelationExport {
  const name = decodeName(url.pathname.slice(EXPORT_PATH.length));
  checkParameters(url.searchParams);
  if (name === '') {
    const relations = manifest.relations.map((each) => `${each.layer}.${each.name}`).join(', ');
    throw new InvalidInputError(
      `"${EXPORT_PATH}" names no relation; one with a format at its end is expected, e.g. /export/tracks.csv. There are ${relations}.`,
      { field: 'path', given: '', expected: relations },
    );
  }
  const [, path = '', ending = ''] = /^(.+)\.(\w+)$/.exec(name) ?? [];
  const format = findExportFormat(ending);
  if (!format) {
    throw new InvalidInputError(
      `"${name}" has no format of an export; one of ${EXPORT_FORMATS.map((one) => `.${one}`).join(', ')} is expected at its end, e.g. /export/tracks.csv.`,
      { field: 'format', given: ending, expected: EXPORT_FORMATS.join(', ') },
    );
  }
  const relation = findExported(path, manifest);
  const columns = chooseColumns(url.searchParams.get('columns'), relation);
  const limit = readLimit(url.searchParams.get('limit'));
  const list = columns.map(quoteName).join(', ');
  return {
    relation,
    form: readForm(format, (parameter) => url.searchParams.getAll(parameter)),
    columns,
    limit,
    sql: `select ${list} from ${relation.layer}.${quoteName(relation.name)}`,
  };
}

/** Whether findPublishedFile may find one, as far as the address says. */
export function mayBeFile({ pathname, searchParams }: URL): boolean {
  return pathname.endsWith('.parquet') && !searchParams.has('columns') && !searchParams.has('limit');
}

/** The published file, where that is just what is asked for: all of a relation that lies in one, in types that Parquet has. */
export function findPublishedFile({ relation, form, columns, limit }: RelationExport): ManifestFile | null {
  const [file = null, another] = relation.files;
  const isAll = limit === null && columns.join() === relation.columns.map(({ name }) => name).join();
  const isPlain = relation.columns.every(({ type }) => !type.includes('HUGEINT'));
  return form.format === 'parquet' && isAll && isPlain && another === undefined ? file : null;
}

/** The older snapshot that asOf names, by its id or by a time; null for what is served. @throws InvalidInputError for what can be neither */
export function readExportAsOf({ searchParams }: URL): AsOf | null {
  const given = searchParams.get('asOf');
  if (given === null || isSnapshotId(given)) return given === null ? null : { snapshot: given };
  // A day is its beginning.
  const time = parseInstant(given.length === 'yyyy-mm-dd'.length ? `${given}T00:00:00Z` : given);
  if (time !== null) return { time };
  const expected = 'the id of a snapshot, or a time like 2026-11-25T00:00:00Z';
  throw new InvalidInputError(`"asOf" is "${given}"; ${expected} is expected.`, {
    field: 'asOf',
    given,
    expected,
  });
}

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidInputError(
      `"${text}" is no percent-encoded UTF-8; the name of a relation and a format are expected, e.g. /export/tracks.csv.`,
      { field: 'path', given: text, expected: 'percent-encoded UTF-8' },
    );
  }
}

const PARAMETERS: readonly string[] = ['columns', 'limit', ...FORM_PARAMETERS, 'asOf'];

/** A parameter that nobody reads would answer another question than was asked. */
function checkParameters(given: URLSearchParams): void {
  for (const name of given.keys()) {
    if (!PARAMETERS.includes(name)) {
      const near = findNearMiss(name, PARAMETERS);
      throw new InvalidInputError(
        `The address has the parameter "${name}", which an export does not know; ${near ? `did you mean "${near}"?` : `some of ${PARAMETERS.join(', ')} are expected.`}`,
        { field: name, given: given.get(name) ?? '', expected: PARAMETERS.join(', ') },
      );
    }
    if (given.getAll(name).length > 1)
      throw new InvalidInputError(`The address has "${name}" more than once; once is expected.`, {
        field: name,
        given: given.getAll(name).join(' and '),
        expected: 'one value',
      });
  }
}

function readLimit(given: string | null): number | null {
  if (given === null) return null;
  const limit = Number(given);
  if (/^\d+$/.test(given) && Number.isSafeInteger(limit)) return limit;
  throw new InvalidInputError(`"limit" is "${given}"; a whole number of rows is expected.`, {
    field: 'limit',
    given,
    expected: 'a whole number',
  });
}
