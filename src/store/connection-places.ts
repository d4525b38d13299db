// Who may have a connection of a database next, of several that wait.
import { CancelledError, GroovelakeError } from '../errors.ts';

export interface ConnectionPlaces {
  /** Waits for a place, which must be given back. @throws CancelledError when the signal aborts before; the error of `refuseAll` */
  take(signal: AbortSignal | undefined): Promise<void>;
  giveBack(signal: AbortSignal | undefined): void;
  /** Throws an error at all who wait. */
  refuseAll(error: GroovelakeError): void;
  /** How many have one. */
  readonly active: number;
}

/** A statement that waits for a place; who lets it proceed has taken one for it. */
interface Waiting {
  readonly signal: AbortSignal | undefined;
  readonly proceed: () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * One signal, which is one request, does not take them all: the others would wait for its statements one after the other. Nor do a few of
 * them: the last connection is for who has none.
 */
export function createConnectionPlaces({
  maxConnections,
  maxPerSignal = maxConnections,
}: {
  readonly maxConnections: number;
  readonly maxPerSignal?: number | undefined;
}): ConnectionPlaces {
  const waiting: Waiting[] = [];
  const held = new Map<AbortSignal, number>();
  let active = 0;

  const tryTake = (signal: AbortSignal | undefined): boolean => {
    const ofSignal = signal ? (held.get(signal) ?? 0) : 0;
    const most = ofSignal > 0 && maxPerSignal < maxConnections ? maxConnections - 1 : maxConnections;
    if (active >= most || ofSignal >= maxPerSignal) return false;
    active += 1;
    if (signal) held.set(signal, ofSignal + 1);
    return true;
  };

  return {
    take: async (signal) => {
      if (tryTake(signal)) return;
      await new Promise<void>((resolve, reject) => {
        const onAbort = () => {
          waiting.splice(waiting.indexOf(one), 1);
          reject(toCancelled(signal));
        };
        const end = (settle: () => void) => {
          signal?.removeEventListener('abort', onAbort);
          settle();
        };
        const one: Waiting = {
          signal,
          proceed: () => end(resolve),
          fail: (error) => end(() => reject(error)),
        };
        waiting.push(one);
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
    giveBack: (signal) => {
      active -= 1;
      const ofSignal = signal ? (held.get(signal) ?? 0) : 0;
      if (signal && ofSignal > 1) held.set(signal, ofSignal - 1);
      else if (signal) held.delete(signal);
      const next = waiting.find((one) => tryTake(one.signal));
      if (!next) return;
      waiting.splice(waiting.indexOf(next), 1);
      next.proceed();
    },
    refuseAll: (error) => {
      for (const { fail } of waiting.splice(0)) fail(error);
    },
    get active() {
      return active;
    },
  };
}

/** What to throw where a signal has aborted: its reason, where that is an error of ours. */
export function toCancelled(signal: AbortSignal | undefined): GroovelakeError {
  return signal?.reason instanceof GroovelakeError
    ? signal.reason
    : new CancelledError('The statement was cancelled.', { cause: signal?.reason });
}
