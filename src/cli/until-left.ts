// Ctrl-C ends in order what a command does for whoever called it: what it has put into a folder goes.
import { CancelledError, isGroovelakeError } from '../errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** @returns the exit code of `work`; 2 where it was cancelled, as it is by `left` at a signal to stop */
export async function untilLeft(work: (left: AbortController) => Promise<number>): Promise<number> {
  const left = new AbortController();
  const stop = () => left.abort(new CancelledError());
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    return await work(left);
  } catch (error) {
    if (isGroovelakeError(error) && error.code === 'CANCELLED') return 2;
    throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}
