// Open batches that nobody will complete: those of runs that failed or were cancelled, and were never retried. No reader sees them and no
// compaction takes them, so their bodies would stay for good.
import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { landedBy } from '../../store/landing/describe-batch.ts';
import type { Batch, LandingStore } from '../../store/landing/landing-store.ts';
import { hasEnded, type Run, type RunStore } from '../../store/runs/run-store.ts';

/**
 * Discards the open batches of runs that ended before an instant, or that nobody knows and that were opened before it. A run that is
 * retried later all the same fetches again what was in them: it opens them anew, and takes nothing for landed that is not there.
 *
 * @returns how many were discarded
 */
export async function discardAbandoned(
  parts: {
    readonly landing: Pick<LandingStore, 'listBatches' | 'findBatch' | 'discardBatch'>;
    readonly runs: Pick<RunStore, 'findRun' | 'appendEvent'>;
    readonly clock: Clock;
    readonly log: Log;
  },
  before: number,
): Promise<number> {
  const { landing, runs, clock, log } = parts;
  let discarded = 0;
  for (const batch of await landing.listBatches({ sealed: false })) {
    const run = await runs.findRun(landedBy(batch));
    if (!isLeftOpen(batch, run, before)) continue;
    try {
      await landing.discardBatch(batch.id);
    } catch (error) {
      // Another server that shares the store may have been first.
      if ((await landing.findBatch(batch.id)) === null) continue;
      throw error;
    }
    discarded += 1;
    const message = `batch ${batch.id}, which the run had left open, was discarded: a retry fetches what was in it again`;
    log.info('An abandoned batch was discarded', { batch: batch.id, run: run?.id ?? null });
    if (!run) continue;
    const about = { type: 'landing.discarded', step: null, message, data: { batchId: batch.id } };
    await runs.appendEvent(run.id, { at: clock.now(), level: 'INFO', ...about });
  }
  return discarded;
}

function isLeftOpen({ openedAt }: Batch, run: Run | null, before: number): boolean {
  if (openedAt >= before) return false;
  return run === null || (hasEnded(run.status) && (run.endedAt ?? openedAt) < before);
}
