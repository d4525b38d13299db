// Was the clock ahead, and has it been set right? Then the instants that it has used up come again, and what starts their runs are other keys.
import { CLOCK_SLACK_MS, type Clock, isAhead, toIso } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { PIPELINES, type PipelineName, type RunStore } from '../../store/runs/run-store.ts';

/** Under which a run store remembers of each pipeline that the clock was set back. */
const SET_BACK = 'schedules';
/** A clock that was set back is believed once it has gone on for so long: one without a battery is behind until it has asked for the time. */
const BELIEVED_AFTER_MS = 5 * 60_000;
/** A clock that is off by more from one look to the next than time has passed was set meanwhile. */
const LEAP_MS = 60_000;

interface SetBack {
  /** When that was found out. Both are milliseconds since 1970. */
  readonly at: number;
  /** Instants before it may have started runs already, hours or days too early. */
  readonly until: number;
}

interface Look {
  readonly now: number;
  readonly monotonic: number;
}

export interface SetBackParts {
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** What one process makes of its clock; how that went on is forgotten when it ends, what is noted is not. */
export interface SetBacks {
  /**
   * Looks whether the clock was set since the last call. One that leaps ahead by more than clocks differ was behind, and a machine that slept looks
   * alike: what was noted of instants that are over by then is dropped, since it would start again runs that have rightly started.
   */
  watch(): Promise<void>;
  /**
   * Notes it where the latest instant of the pipeline that was handled lies clearly in the future (CLOCK_SLACK_MS). Answers with the
   * instant from which on instants are due again: now, or where it has just been noted when that was first seen. Null: it is too early to say, and
   * nothing is to start.
   */
  findStart(pipeline: PipelineName): Promise<number | null>;
}

export function createSetBacks({ runs, clock, log }: SetBackParts): SetBacks {
  /** When it was first seen that the clock is behind what was handled, and has not been set since. */
  const sightings = new Map<PipelineName, Look>();
  let last: Look | undefined;
  return {
    watch: async () => {
      const look = { now: clock.now(), monotonic: clock.monotonic() };
      const leap = last ? look.now - last.now - (look.monotonic - last.monotonic) : 0;
      last = look;
      if (Math.abs(leap) > LEAP_MS) sightings.clear();
      if (leap > CLOCK_SLACK_MS) await forget({ runs, log }, look.now);
    },
    findStart: async (pipeline) => {
      const now = clock.now();
      const [handled] = await runs.listTicks(pipeline, 1);
      const before = await findSetBack(runs, pipeline);
      if (!handled || !isAhead(handled.dueAt, now) || (before && handled.dueAt < before.until)) {
        sightings.delete(pipeline);
        return now;
      }
      const sighting = sightings.get(pipeline) ?? { now, monotonic: clock.monotonic() };
      sightings.set(pipeline, sighting);
      if (clock.monotonic() - sighting.monotonic < BELIEVED_AFTER_MS) return null;
      // Where one clock of several runs ahead for good, an instant comes again once and no more.
      const at = before && before.until > now ? before.at : now;
      const until = handled.dueAt + 1;
      await runs.setSourceState(SET_BACK, pipeline, { at, until } satisfies SetBack);
      log.warn('A clock ran ahead, this one or that of another worker: scheduled runs start again', {
        pipeline,
        until: toIso(handled.dueAt),
      });
      sightings.delete(pipeline);
      return sighting.now;
    },
  };
}

/** Names the idempotency key of a due instant of the pipeline: (pipeline, instant), and with it since when it comes again, if it does. */
export async function readInstantKeys(
  runs: RunStore,
  pipeline: PipelineName,
): Promise<(dueAt: number) => string> {
  const setBack = await findSetBack(runs, pipeline);
  return (dueAt) => {
    const key = `schedule ${pipeline} ${toIso(dueAt)}`;
    return setBack && dueAt < setBack.until ? `${key} again since ${toIso(setBack.at)}` : key;
  };
}

async function forget({ runs, log }: Pick<SetBackParts, 'runs' | 'log'>, now: number): Promise<void> {
  for (const pipeline of PIPELINES) {
    const setBack = await findSetBack(runs, pipeline);
    // What is still to come has been used up by a clock that ran ahead, whatever this one was.
    if (!setBack || setBack.until > now) continue;
    await runs.setSourceState(SET_BACK, pipeline, null);
    log.warn('The clock was set forward: scheduled runs that have started do not start again', { pipeline });
  }
}

async function findSetBack(runs: RunStore, pipeline: PipelineName): Promise<SetBack | null> {
  return ((await runs.getSourceState(SET_BACK, pipeline)) ?? null) as SetBack | null;
}
