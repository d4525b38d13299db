// A run's own log: what its steps log goes to the worker's output as ever, and from INFO on into the run's events too, so that the
// log of a run can be read where the run is.
import type { Log, LogFields } from '../../log.ts';
import type { EventLevel } from '../../store/runs/run-store.ts';
import type { Journal } from './run-journal.ts';

/** @param fields of every line; they go to the output only, since an event knows its run and step */
export function createRunLog(log: Log, journal: Journal, step: string, fields: LogFields): Log {
  const output = log.with(fields);
  const keep = (level: EventLevel, message: string, data: LogFields = {}) =>
    journal.event(level, 'log', step, message, Object.keys(data).length ? withoutStacks(data) : null);
  return {
    debug: output.debug,
    info: (message, data) => {
      output.info(message, data);
      keep('INFO', message, data);
    },
    warn: (message, data) => {
      output.warn(message, data);
      keep('WARN', message, data);
    },
    error: (message, data) => {
      output.error(message, data);
      keep('ERROR', message, data);
    },
    with: (more) => createRunLog(log, journal, step, { ...fields, ...more }),
  };
}

/** Whoever may read a run's events is told what went wrong, not where in the code; that is for the worker's output. */
function withoutStacks(data: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, value instanceof Error ? value.message : value]),
  );
}
