// Changes by the command line in the audit log, as the API has its own (src/schema/access/audit.ts): written down before they are made.
import type { Clock } from '../clock.ts';
import { isGroovelakeError } from '../errors.ts';
import { sanitize } from '../log.ts';
import type { AccessStore } from '../store/access/access-store.ts';

/** Who the command line is: whoever may write into the data folder is admin. */
export const COMMAND_LINE = { actor: 'command line', scope: 'admin' } as const;

/**
 * Makes a change and writes down how it ended: `done`, `NotFoundError` where it answers null, else the error's code.
 *
 * @param change.action the mutation that does the same
 * @param change.input its arguments, without secrets
 * @param runIdOf the run that is meant; of a failure it is asked without a result
 * @throws what `work` throws; StoreError for what cannot be written down, which is not done
 */
export async function audited<T>(
  { access, clock }: { access: Pick<AccessStore, 'beginAudit' | 'endAudit'>; clock: Clock },
  { action, input }: { action: string; input: unknown },
  work: () => Promise<T>,
  runIdOf: (result: T | undefined) => string | null = () => null,
): Promise<T> {
  const at = clock.now();
  const sequence = await access.beginAudit({ at, ...COMMAND_LINE, action, input: sanitize(input) });
  try {
    const result = await work();
    await access.endAudit(sequence, {
      outcome: result === null ? 'NotFoundError' : 'done',
      runId: runIdOf(result),
    });
    return result;
  } catch (error) {
    const outcome = isGroovelakeError(error) ? error.code : 'INTERNAL';
    // The change's own error says more than that of the log.
    await access.endAudit(sequence, { outcome, runId: runIdOf(undefined) }).catch(() => {});
    throw error;
  }
}
