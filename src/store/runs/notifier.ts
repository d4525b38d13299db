// Wakes those who wait for something to change in this process, e.g. subscriptions. It carries no data: who wakes reads the
// store, so a missed or doubled call costs nothing.
import type { Clock } from '../../clock.ts';

export interface Notifier {
  notify(topic: string): void;
  /** Resolves at the next notify of the topic, when the signal aborts, or when the notifier closes. */
  wait(topic: string, signal?: AbortSignal): Promise<void>;
  /** Calls back on every notify; the returned function stops it. */
  listen(topic: string, listener: () => void): () => void;
  /** Wakes everybody for the last time: the server drains. */
  close(): void;
  readonly isClosed: boolean;
}

/** A change may come from another process, which a notifier does not hear: whoever waits looks again after so long. */
const LOOK_AGAIN_MS = 1_000;

export interface NewsParts {
  readonly notifier: Notifier;
  readonly clock: Clock;
  /** Aborts when whoever waits has left. */
  readonly signal?: AbortSignal | undefined;
}

/** Resolves at the next notify of the topic, after a second at the latest, or `withinMs` where that is less. */
export async function waitForNews(
  topic: string,
  { notifier, clock, signal }: NewsParts,
  withinMs = LOOK_AGAIN_MS,
): Promise<void> {
  const enough = new AbortController();
  const cancel = clock.after(Math.min(withinMs, LOOK_AGAIN_MS), () => enough.abort());
  await notifier.wait(topic, signal ? AbortSignal.any([signal, enough.signal]) : enough.signal);
  cancel();
}

export const runTopic = (runId: string) => `run:${runId}`;
export const SNAPSHOT_TOPIC = 'snapshot';

export function createNotifier(): Notifier {
  const listeners = new Map<string, Set<() => void>>();
  let isClosed = false;

  const listen = (topic: string, listener: () => void) => {
    const group = listeners.get(topic) ?? new Set();
    listeners.set(topic, group.add(listener));
    return () => {
      group.delete(listener);
      if (group.size === 0) listeners.delete(topic);
    };
  };

  return {
    notify: (topic) => {
      for (const listener of [...(listeners.get(topic) ?? [])]) listener();
    },
    wait: (topic, signal) => {
      if (isClosed || signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const done = () => {
          stop();
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const stop = listen(topic, done);
        signal?.addEventListener('abort', done, { once: true });
      });
    },
    listen,
    close: () => {
      isClosed = true;
      for (const group of [...listeners.values()]) for (const listener of [...group]) listener();
    },
    get isClosed() {
      return isClosed;
    },
  };
}
