// How long health waits for what it asks: whoever looks after a server wants to know soon, above all when something does not answer.
import type { Clock } from '../clock.ts';
import { TimeoutError } from '../errors.ts';

const LIMIT_MS = 2_000;

/** What the work comes to. @throws TimeoutError where that takes longer than health waits; the work goes on, and nobody hears of it */
export async function withinLimit<T>({ after }: Pick<Clock, 'after'>, work: Promise<T>): Promise<T> {
  let cancel = () => {};
  const tooLong = new Promise<never>((_, reject) => {
    cancel = after(LIMIT_MS, () => reject(new TimeoutError(`Nothing was answered within ${LIMIT_MS} ms.`)));
  });
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    cancel();
  }
}
