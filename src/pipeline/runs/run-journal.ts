// What a run tells while it goes: events in the order in which they happened, and progress thinned to a few writes a second.
import type { Clock } from '../../clock.ts';
import { type Log, redact, sanitize } from '../../log.ts';
import type { Claim, EventLevel, RunProgress, RunStore } from '../../store/runs/run-store.ts';

/** At most four progress writes a second; the last one is never lost. */
const PROGRESS_MS = 250;
const LONGEST_DATA = 16_384;

export interface Journal {
  event(level: EventLevel, type: string, step: string | null, message: string, data?: unknown): void;
  progress(progress: RunProgress): void;
  /** Resolves when everything said so far is in the store. */
  flush(): Promise<void>;
}

export interface JournalParts {
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange?: (() => void) | undefined;
  /** True once another worker has the run: then nothing more is written. */
  readonly isFenced: () => boolean;
}

/** A journal never fails its run: what could not be kept is logged instead. */
export function createJournal(claim: Claim, { runs, clock, log, onChange, isFenced }: JournalParts): Journal {
  let tail = Promise.resolve();
  let waiting: RunProgress | null = null;
  let cancelTimer: (() => void) | null = null;
  let lastWrite = Number.NEGATIVE_INFINITY;

  const enqueue = (what: string, write: () => Promise<unknown>) => {
    tail = tail.then(async () => {
      if (isFenced()) return;
      await write().catch((error: unknown) => log.warn(`${what} could not be kept`, { error }));
      onChange?.();
    });
  };
  const writeProgress = () => {
    cancelTimer?.();
    cancelTimer = null;
    const latest = waiting;
    waiting = null;
    if (!latest) return;
    lastWrite = clock.monotonic();
    enqueue('Progress', () => runs.setProgress(claim, latest));
  };

  return {
    event: (level, type, step, message, data) => {
      const at = clock.now();
      const text = redact(message);
      enqueue(`The event "${text}"`, () =>
        runs.appendEvent(claim.runId, { at, level, type, step, message: text, data: toData(data) }),
      );
    },
    progress: (progress) => {
      waiting = { ...progress, message: redact(progress.message) };
      const wait = lastWrite + PROGRESS_MS - clock.monotonic();
      if (wait <= 0) writeProgress();
      else cancelTimer ??= clock.after(wait, writeProgress);
    },
    flush: async () => {
      writeProgress();
      await tail;
    },
  };
}

function toData(data: unknown): unknown {
  if (data === undefined || data === null) return null;
  const clean = sanitize(data);
  const { length } = JSON.stringify(clean) ?? '';
  return length <= LONGEST_DATA
    ? clean
    : { omitted: `${length} characters of data are too many for an event` };
}
