// Values that live as long as a run's execution.
import type { Log } from '../../log.ts';
import type { RunScope } from '../step.ts';

export interface DisposableScope extends RunScope {
  /** Aborts when something of the run has failed beside its steps. */
  readonly signal: AbortSignal;
  /** Disposes of everything in reverse order; what fails is logged and does not keep the rest. */
  dispose(): Promise<void>;
}

export function createRunScope(log: Log): DisposableScope {
  const values = new Map<string, unknown>();
  const disposals: (() => Promise<void> | void)[] = [];
  const failed = new AbortController();
  return {
    signal: failed.signal,
    abort: (reason) => failed.abort(reason),
    get: <T>(key: string) => values.get(key) as T | undefined,
    set: (key, value, dispose) => {
      values.set(key, value);
      if (dispose) disposals.push(dispose);
      return value;
    },
    dispose: async () => {
      for (const dispose of disposals.splice(0).reverse()) {
        try {
          await dispose();
        } catch (error) {
          log.warn('Something of the run could not be disposed of', { error });
        }
      }
    },
  };
}
