// The invented listener's past: two years of plays, handed over the way a person's come, as an export that is imported.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createCatalogue } from '../../sources/sandbox/catalogue.ts';
import { writeExport } from '../../sources/sandbox/exports.ts';
import { createListener } from '../../sources/sandbox/listener.ts';
import type { StepContext } from '../step.ts';

const TWO_YEARS_MS = 2 * 365 * 86_400_000;
const SEED = 7;

/** Writes the export into a folder of the account. @returns its path, and how to remove it */
export async function writeSandboxHistory(
  { clock }: StepContext,
  folder: string,
): Promise<{ path: string; remove(): Promise<void> }> {
  const path = join(folder, 'sandbox-export');
  const to = clock.now();
  const listener = createListener(createCatalogue({ seed: SEED }));
  for (const { name, text } of writeExport(listener, {
    edition: 'extended',
    from: to - TWO_YEARS_MS,
    to,
    seed: SEED,
  })) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
