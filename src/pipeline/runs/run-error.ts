// An error as a run keeps it: a code, the message without secrets, and what the operator can do.
import { type ErrorCode, isDiskFull, isGroovelakeError } from '../../errors.ts';
import { redact } from '../../log.ts';
import type { RunError } from '../../store/runs/run-store.ts';

const LONGEST_MESSAGE = 2_000;

const HINTS: Partial<Record<ErrorCode, string>> = {
  DISK_FULL: 'Free space on the disk of the data folder, then retry the run. Nothing was published.',
  OUT_OF_MEMORY: 'Raise GROOVELAKE_BUILD_MEMORY_MB, then retry the run. Nothing was published.',
  INTERNAL: "The worker's log has the details.",
};

/** Errors that are not ours become INTERNAL, unless the machine says that disk or memory is used up; their text is kept. */
export function toRunError(error: unknown, step: string | null): RunError {
  const code = codeOf(error);
  const given = isGroovelakeError(error) ? error.hint : undefined;
  return {
    code,
    message: redact(messageOrName(error)).slice(0, LONGEST_MESSAGE),
    isRetryable: isGroovelakeError(error) && error.isRetryable,
    step,
    hint: given === undefined ? (HINTS[code] ?? null) : redact(given),
  };
}

function codeOf(error: unknown): ErrorCode {
  if (isGroovelakeError(error)) return error.code;
  if (isDiskFull(error)) return 'DISK_FULL';
  if (/out of memory|allocation failed/i.test(messageOrName(error))) return 'OUT_OF_MEMORY';
  return 'INTERNAL';
}

function messageOrName(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
