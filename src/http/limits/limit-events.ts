// Events of a subscription that ask for much: each is an operation of its own, with its points, its place and its time.
import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
} from 'graphql';

export interface EventLimits {
  /** Aborts when an event takes too long, or the client leaves: nothing can be executed after that. */
  readonly signal: AbortSignal;
  /** Takes the points of one more event; the subscription itself has paid for the first. @throws GraphQLError RATE_LIMITED */
  readonly spend: () => void;
  /** Does the work in a place and within the time limit. @throws GraphQLError OVERLOADED; the signal's reason */
  readonly runInPlace: <R>(work: () => R | Promise<R>) => Promise<R>;
}

/**
 * Subscribes as graphql-js does, and executes each event within its limits. An event that is refused is told as an error, and is the last: what
 * comes after it would hide that it is missing. So is one that takes too long.
 *
 * @returns the events; a result with errors where the subscription itself is refused
 */
export async function subscribeWithin(
  args: ExecutionArgs,
  { signal, spend, runInPlace }: EventLimits,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  const events = source[Symbol.asyncIterator]();
  let count = 0;
  let isOver = false;
  const end = async () => {
    isOver = true;
    await events.return?.();
    return { done: true, value: undefined } as const;
  };
  const executed: AsyncIterableIterator<ExecutionResult> = {
    next: async () => {
      if (isOver) return { done: true, value: undefined };
      const event = await events.next();
      if (event.done) return end();
      try {
        if (count > 0) spend();
        count += 1;
        const value = await runInPlace(() => execute({ ...args, rootValue: event.value }));
        if (signal.aborted) await end();
        return { done: false, value };
      } catch (error) {
        await end();
        if (!(error instanceof GraphQLError)) throw error;
        return { done: false, value: { errors: [error] } };
      }
    },
    return: end,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  return executed;
}
