// RunEvent: a line of a run's event log.
import { builder } from '../builder.ts';
import { defineConnection } from '../connection.ts';
import { RunEventRef } from '../refs.ts';
import { toEventCursor } from './event-cursor.ts';

export const LogLevelEnum = builder.enumType('LogLevel', {
  description: 'How much an event matters.',
  values: {
    DEBUG: { description: 'For whoever looks into a fault.' },
    INFO: { description: 'What happened.' },
    WARN: { description: 'Something to know about; the run goes on.' },
    ERROR: { description: 'Something failed.' },
  } as const,
});

RunEventRef.implement({
  description: "One line of a run's event log.",
  fields: (t) => ({
    id: t.exposeID('id', { nullable: false, description: 'Unique among all events.' }),
    cursor: t.string({
      nullable: false,
      description: 'Place in the log, for `after`.',
      resolve: toEventCursor,
    }),
    at: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When it happened.',
      resolve: (event) => event.at,
    }),
    level: t.field({
      type: LogLevelEnum,
      nullable: false,
      description: 'How much it matters.',
      resolve: (event) => event.level,
    }),
    type: t.exposeString('type', {
      nullable: false,
      description: 'What kind of thing happened, e.g. step.started.',
    }),
    step: t.exposeString('step', { description: 'The step it belongs to; null for the run as a whole.' }),
    message: t.exposeString('message', { nullable: false, description: 'What happened, in words.' }),
    data: t.field({
      type: 'JSON',
      description: 'Figures that go with it; null where there are none.',
      resolve: (event) => event.data ?? null,
    }),
  }),
});

export const RunEventConnectionRef = defineConnection('RunEvent', RunEventRef);
