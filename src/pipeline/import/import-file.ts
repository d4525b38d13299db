// Lands the rows of one file verbatim, in one batch that is named by the file's content: importing it again changes nothing, unless it is
// forced; then another batch of it is landed, whose rows hold over those of files that were imported in between.
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { GroovelakeError, InvalidInputError, isDiskFull } from '../../errors.ts';
import type { CsvFile, CsvRow } from '../../sources/files/read-csv.ts';
import type { Batch, LandedDocument } from '../../store/landing/landing-store.ts';
import type { StepContext } from '../step.ts';
import { createTally, malformedFile, type Tally } from './import-tally.ts';

export interface ImportReport {
  /** False when the file was imported before; then nothing was read. */
  readonly isNew: boolean;
  /** Whether another file of its data set was imported after it, so that the rows of that one hold. */
  readonly isOverlaid?: boolean;
  readonly read: number;
  readonly rejected: number;
}

/** Rows of one transaction. */
const GROUP_ROWS = 2_000;
/** Characters after which a transaction ends earlier, so that long rows do not fill the memory. */
const GROUP_LENGTH = 8_000_000;
const HASH_DIGITS = 16;

/**
 * Imports a file: its batch is sealed when every row has landed, so that readers see all of it or nothing.
 *
 * @throws InvalidInputError for a file with too many malformed rows, with none that is well-formed, or that changes meanwhile; then
 *   nothing of it stays. GroovelakeError (DISK_FULL). The reason of the step's signal; then the batch stays open, and a repeated
 *   import completes it.
 */
export async function importFile(context: StepContext, file: CsvFile): Promise<ImportReport> {
  const name = basename(file.path);
  const { source, title } = file.dataset;
  context.event('INFO', 'import.recognised', `"${name}" is ${title}`, { source, bytes: file.bytes });
  const hash = await file.hash(watch(context, file, () => `${name}: checking`));
  const before = await findImported(context, source, `import-${source}-${hash.slice(0, HASH_DIGITS)}`);
  const { last, later } = before;
  if (last && (context.run.parameters.force !== true || last.runId === context.run.id)) {
    const isWithdrawn = last.withdrawnAt !== null;
    const more = isWithdrawn
      ? `, and was withdrawn: "groovelake batches restore ${last.id}" takes it in again`
      : later
        ? `, and ${JSON.stringify(later.note.file)} after it: ${FORCE}`
        : ': nothing new';
    const [level, type] =
      isWithdrawn || later ? (['WARN', 'import.overlaid'] as const) : (['INFO', 'import.known'] as const);
    context.event(level, type, `"${name}" has been imported before${more}`, { batchId: last.id });
    return { isNew: false, isOverlaid: !isWithdrawn && later !== undefined, read: 0, rejected: 0 };
  }
  const batch = await openBatch(context, file, before.nextId);
  const tally = createTally(file.path, context.config.importMaxRejects);
  try {
    await landRows(context, file, { batch, hash, tally });
    await context.landing.sealBatch(batch.id, context.clock.now());
  } catch (error) {
    if (error instanceof InvalidInputError) await discard(context, batch.id);
    else if (isDiskFull(error)) throw diskFull(file, tally.read(), error);
    throw error;
  }
  return report(context, name, batch, tally);
}

const FORCE =
  'where both name a track, the later one holds. To let this one hold, import it with --force, or { force: true } among the parameters';

/** The last batch that landed the file, the last that landed another one of its data set after that, and what the next one is to be called. */
async function findImported({ landing }: StepContext, source: string, firstId: string) {
  // Most files are new, and there may be many batches.
  const first = await landing.findBatch(firstId);
  if (first === null || first.sealedAt === null)
    return { last: undefined, later: undefined, nextId: firstId };
  const imports = (await landing.listBatches({ sealed: true })).filter(
    (batch) => batch.source === source && batch.id.startsWith('import-'),
  );
  const own = imports.filter(({ id }) => id === firstId || id.startsWith(`${firstId}-`));
  const isRead = ({ withdrawnAt }: Batch) => withdrawnAt === null;
  const last = own.findLast(isRead) ?? own.at(-1);
  const later = last && imports.slice(imports.indexOf(last) + 1).findLast(isRead);
  // A number alone would be the name of the second bronze file of a large batch.
  return { last, later, nextId: own.length === 0 ? firstId : `${firstId}-take${own.length + 1}` };
}

/** The batch of that id. One that another run left open is begun anew, so that all of it says which run landed it. */
async function openBatch({ landing, run, clock }: StepContext, file: CsvFile, id: string): Promise<Batch> {
  const { source, title } = file.dataset;
  const note = { file: basename(file.path), dataset: title };
  const open = () => landing.openBatch({ id, source, runId: run.id, openedAt: clock.now(), note });
  const found = await open();
  if (found.sealedAt !== null || found.runId === run.id) return found;
  await landing.discardBatch(id);
  return open();
}

/** What is left of a failed import is removed, if it can be: an open batch is never read, so that it harms nobody if not. */
async function discard({ landing, log }: StepContext, batchId: string): Promise<void> {
  await landing.discardBatch(batchId).catch((error: unknown) => {
    log.warn('The open batch of a failed import could not be removed', { batchId, error });
  });
}

async function landRows(
  context: StepContext,
  file: CsvFile,
  { batch, hash, tally }: { batch: Batch; hash: string; tally: Tally },
): Promise<void> {
  const name = basename(file.path);
  const rehash = createHash('sha256');
  const reading = watch(context, file, () => `${name}: ${tally.read()} rows`, rehash);
  let group: LandedDocument[] = [];
  let length = 0;
  const land = async () => {
    context.signal.throwIfAborted();
    await context.landing.land(batch.id, group);
    group = [];
    length = 0;
  };
  for await (const row of file.rows(reading)) {
    tally.add(row);
    const document = toDocument(file, row, batch.openedAt);
    length += document.body.length;
    group.push(document);
    if (group.length === GROUP_ROWS || length > GROUP_LENGTH) await land();
  }
  await land();
  tally.finish();
  if (rehash.digest('hex') !== hash) {
    throw malformedFile(
      file.path,
      'was changed while it was read; a file at rest is expected. Import it again',
    );
  }
}

/** Says how far a pass over the file is, and feeds its bytes to a hash. */
function watch(
  { progress, signal }: StepContext,
  file: CsvFile,
  say: () => string,
  hash?: { update(chunk: Buffer): unknown },
) {
  let bytes = 0;
  const onChunk = (chunk: Buffer) => {
    bytes += chunk.length;
    hash?.update(chunk);
    progress(bytes, file.bytes, say());
  };
  return { onChunk, signal };
}

/** One time for all rows of a batch, so that which of two rows about one entity wins does not hang on how fast they were read. */
function toDocument(file: CsvFile, row: CsvRow, fetchedAt: number): LandedDocument {
  const about = { source: file.dataset.source, id: String(row.row), fetchedAt };
  if (!('reason' in row)) return { ...about, kind: 'dataset_row', body: JSON.stringify(row.cells) };
  const { line, text, reason } = row;
  const body = JSON.stringify({ file: basename(file.path), line, text, reason });
  return { ...about, kind: 'malformed_row', body };
}

function report(context: StepContext, name: string, batch: Batch, tally: Tally): ImportReport {
  const read = tally.read();
  const rejected = tally.rejected();
  const reasons = tally.topReasons();
  const because = reasons.map(([reason, n]) => `; ${n} because ${reason}`).join('');
  context.event(
    rejected ? 'WARN' : 'INFO',
    'import.landed',
    `"${name}": ${read} rows read, ${read - rejected} landed, ${rejected} malformed${because}`,
    { batchId: batch.id, read, rejected, reasons: Object.fromEntries(reasons) },
  );
  return { isNew: true, read, rejected };
}

function diskFull(file: CsvFile, read: number, cause: unknown): GroovelakeError {
  return new GroovelakeError(
    'DISK_FULL',
    `The disk is full after ${read} rows of "${file.path}". Nothing of it was published. Free space, then import it again.`,
    { cause },
  );
}
