// Step import: recognises files of public data sets and lands their rows.
import { InvalidInputError } from '../../errors.ts';
import { openCsv } from '../../sources/files/read-csv.ts';
import { FILES, resolveNamed } from '../../store/landing/inbox.ts';
import type { Step, StepResult } from '../step.ts';
import { type ImportReport, importFile } from './import-file.ts';

/** Counts what is new: a file that was imported before adds nothing to them. */
export const importStep: Step = {
  name: 'import',
  run: async (context) => {
    const { run, config } = context;
    const limits = { maxLineBytes: config.importMaxLineBytes };
    // All files are looked at before the first row lands: a wrong name costs nothing.
    const names = namesOf(run.parameters.files);
    const paths = await resolveNamed(config.dataDir, run.trigger, names, FILES);
    const files = await Promise.all(paths.map((path) => openCsv(path, limits)));
    const reports: ImportReport[] = [];
    for (const file of files) reports.push(await importFile(context, file));
    return toResult(reports);
  },
};

function namesOf(files: unknown): string[] {
  if (Array.isArray(files) && files.length > 0 && files.every((name) => typeof name === 'string'))
    return files;
  throw new InvalidInputError(
    `files is ${JSON.stringify(files)}; a list of file names is expected. Name at least one file.`,
    { field: 'files', expected: 'a list of file names' },
  );
}

function toResult(reports: readonly ImportReport[]): StepResult {
  const sum = (pick: (report: ImportReport) => number) =>
    reports.reduce((total, report) => total + pick(report), 0);
  const fresh = reports.filter(({ isNew }) => isNew).length;
  const rowsIn = sum(({ read }) => read);
  const rowsRejected = sum(({ rejected }) => rejected);
  const counts = { rowsIn, rowsOut: rowsIn - rowsRejected, rowsRejected };
  if (fresh === 0) {
    const overlaid = reports.some(({ isOverlaid }) => isOverlaid)
      ? ', and others of the same data set since; --force lands them again'
      : '';
    return { ...counts, status: 'SKIPPED', message: `nothing new: imported before${overlaid}` };
  }
  const known = reports.length - fresh;
  const message = `${fresh} ${fresh === 1 ? 'file' : 'files'}, ${rowsIn} rows, ${rowsRejected} malformed`;
  return { ...counts, message: known ? `${message}; ${known} imported before` : message };
}
