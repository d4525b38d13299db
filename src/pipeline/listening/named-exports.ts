// The exports that a run of HISTORY names.
import type { Config } from '../../config.ts';
import { InvalidInputError } from '../../errors.ts';
import { type ExportLimits, openListeningExport } from '../../sources/exports/read-export.ts';
import { EXPORTS, resolveNamed } from '../../store/landing/inbox.ts';
import type { StepContext } from '../step.ts';

export async function findExportPaths({ run, config }: StepContext): Promise<string[]> {
  const names = run.parameters.exports;
  if (!Array.isArray(names) || names.length === 0 || !names.every((name) => typeof name === 'string')) {
    throw new InvalidInputError(
      `exports is ${JSON.stringify(names)}; a list of folders, ZIP or JSON files is expected. Name at least one.`,
      { field: 'exports', expected: 'a list of paths' },
    );
  }
  return resolveNamed(config.dataDir, run.trigger, names, EXPORTS);
}

/** Looks whether one of them is an export at all. @throws InvalidInputError the first refusal when none is */
export async function requireExport(context: StepContext): Promise<void> {
  const refusals: InvalidInputError[] = [];
  for (const path of await findExportPaths(context)) {
    try {
      return (await openListeningExport(path, exportLimits(context.config))).close();
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      refusals.push(error);
    }
  }
  throw refusals[0];
}

export function exportLimits({ historyMaxBytes, historyMaxFiles, importMaxLineBytes }: Config): ExportLimits {
  return { maxBytes: historyMaxBytes, maxEntries: historyMaxFiles, maxRowBytes: importMaxLineBytes };
}
