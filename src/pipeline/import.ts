// Step import: lands the rows of files verbatim, one batch per file, named by its content: importing a file again changes nothing.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename, isAbsolute } from 'node:path';
import { InvalidInputError } from '../errors.ts';
import { type CsvFile, type CsvRow, openCsv } from '../sources/files/read-csv.ts';
import { resolveInboxFiles } from '../store/landing/inbox.ts';
import type { LandedDocument } from '../store/landing/landing-store.ts';
import type { Step, StepContext } from './step.ts';

/** Rows of one transaction. */
const GROUP_ROWS = 2_000;
const SHOWN_REASONS = 5;

interface Report {
  readonly read: number;
  readonly rejected: number;
  readonly isNew: boolean;
}

export const importStep: Step = {
  name: 'import',
  run: async (context) => {
    const paths = await toPaths(context);
    // All files are looked at before the first row lands: a wrong name costs nothing.
    const files = await Promise.all(
      paths.map((path) => openCsv(path, { maxLineBytes: context.config.importMaxLineBytes })),
    );
    const reports: Report[] = [];
    for (const file of files) reports.push(await importFile(context, file));
    const sum = (pick: (report: Report) => number) =>
      reports.reduce((total, report) => total + pick(report), 0);
    const rejected = sum((report) => report.rejected);
    return {
      ...(reports.some(({ isNew }) => isNew) ? {} : { status: 'SKIPPED' as const }),
      rowsIn: sum((report) => report.read),
      rowsOut: sum((report) => report.read - report.rejected),
      rowsRejected: rejected,
      message: `${files.length} files, ${sum((report) => report.read)} rows, ${rejected} rejected`,
    };
  },
};

/** The command line names files by absolute paths, the API within the inbox. */
async function toPaths({ run, config }: StepContext): Promise<string[]> {
  const names = run.parameters.files as string[];
  const inInbox = await resolveInboxFiles(
    config.dataDir,
    names.filter((name) => !isAbsolute(name)),
  );
  return [...names.filter((name) => isAbsolute(name)), ...inInbox];
}

async function importFile(context: StepContext, file: CsvFile): Promise<Report> {
  const { landing, clock, config, run } = context;
  const name = basename(file.path);
  context.event('INFO', 'import.recognised', `"${name}" is ${file.dataset.title}`, {
    source: file.dataset.source,
    bytes: file.bytes,
  });
  const batchId = `import-${file.dataset.source}-${(await hashFile(file.path, context.signal)).slice(0, 16)}`;
  const batch = await landing.openBatch({
    id: batchId,
    source: file.dataset.source,
    runId: run.id,
    openedAt: clock.now(),
    note: { file: name, dataset: file.dataset.title },
  });
  if (batch.sealedAt !== null) {
    context.event('INFO', 'import.known', `"${name}" has been imported before: nothing new`, { batchId });
    return { read: batch.counts.reduce((sum, count) => sum + count.documents, 0), rejected: 0, isNew: false };
  }
  const reasons = new Map<string, number>();
  let read = 0;
  let rejected = 0;
  let group: LandedDocument[] = [];
  const land = async () => {
    context.signal.throwIfAborted();
    await landing.land(batchId, group);
    group = [];
  };
  let bytes = 0;
  for await (const row of file.rows((n) => {
    bytes = n;
  }, context.signal)) {
    read += 1;
    if ('reason' in row) {
      rejected += 1;
      reasons.set(row.reason, (reasons.get(row.reason) ?? 0) + 1);
      if (rejected > config.importMaxRejects) throw tooManyRejects(file, read, rejected, row);
    }
    group.push(toDocument(file, name, row, clock.now()));
    if (group.length === GROUP_ROWS) {
      await land();
      context.progress(bytes, file.bytes, `${name}: ${read} rows`);
    }
  }
  await land();
  await landing.sealBatch(batchId, clock.now());
  const worst = [...reasons].sort((a, b) => b[1] - a[1]).slice(0, SHOWN_REASONS);
  context.event(
    rejected ? 'WARN' : 'INFO',
    'import.landed',
    `"${name}": ${read} rows read, ${read - rejected} landed, ${rejected} rejected${worst.map(([reason, n]) => `; ${n} because ${reason}`).join('')}`,
    {
      read,
      rejected,
      reasons: Object.fromEntries(worst),
    },
  );
  return { read, rejected, isNew: true };
}

function toDocument(file: CsvFile, name: string, row: CsvRow, fetchedAt: number): LandedDocument {
  const about = { source: file.dataset.source, id: String(row.row), fetchedAt };
  if ('reason' in row) {
    const { line, text, reason } = row;
    return { ...about, kind: 'malformed_row', body: JSON.stringify({ file: name, line, text, reason }) };
  }
  return { ...about, kind: 'dataset_row', body: JSON.stringify(row.cells) };
}

function tooManyRejects(
  file: CsvFile,
  read: number,
  rejected: number,
  row: Extract<CsvRow, { reason: string }>,
): InvalidInputError {
  return new InvalidInputError(
    `"${file.path}" has ${rejected} malformed rows among the first ${read}, the last at line ${row.line} because ${row.reason}; at most ` +
      'GROOVELAKE_IMPORT_MAX_REJECTS are accepted. Mend the file, or raise the limit. Nothing of it was published.',
    { field: 'files', given: file.path, expected: 'a file with fewer malformed rows' },
  );
}

async function hashFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}
