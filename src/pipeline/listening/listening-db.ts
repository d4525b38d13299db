// The database in which an account's plays are written and merged: in memory, within the build's limits, spilling into the account's folder
// so that nothing of a person is left elsewhere.
import { join } from 'node:path';
import { type DuckDb, openDuckDb } from '../../store/duckdb.ts';
import type { StepContext } from '../step.ts';

export function openListeningDb(
  { config, clock }: Pick<StepContext, 'config' | 'clock'>,
  folder: string,
): Promise<DuckDb> {
  return openDuckDb({
    path: ':memory:',
    // A million plays are merged within it, beside a worker that has just read them.
    memoryMb: Math.min(config.buildMemoryMb, 256),
    threads: config.buildThreads,
    maxConnections: 1,
    tempDir: join(folder, 'tmp'),
    tempMaxMb: config.tempMaxMb,
    clock,
  });
}
