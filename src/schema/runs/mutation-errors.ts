// The expected failures of mutations: members of their results' unions, each with a message.
import { builder } from '../builder.ts';
import { RunRef } from '../refs.ts';
import * as operate from './operate.ts';

const ErrorInterface = builder.interfaceRef<{ message: string }>('Error').implement({
  description: 'An expected failure of a mutation.',
  fields: (t) => ({
    message: t.exposeString('message', {
      nullable: false,
      description: 'What was wrong, what was expected, what to do.',
    }),
  }),
});

export const InvalidInputRef = builder.objectRef<operate.InvalidInput>('InvalidInputError').implement({
  description: 'An argument is not acceptable.',
  interfaces: [ErrorInterface],
  isTypeOf: (value) => operate.isKind(value, 'InvalidInputError'),
  fields: (t) => ({
    field: t.exposeString('field', {
      nullable: false,
      description: 'The argument; "input" when it is about several.',
    }),
    given: t.exposeString('given', { description: 'Its value as text; null when there was none.' }),
    expected: t.exposeString('expected', { nullable: false, description: 'What is accepted.' }),
  }),
});

export const NotFoundRef = builder.objectRef<operate.NotFound>('NotFoundError').implement({
  description: 'There is nothing of that id.',
  interfaces: [ErrorInterface],
  isTypeOf: (value) => operate.isKind(value, 'NotFoundError'),
  fields: (t) => ({ id: t.exposeID('id', { nullable: false, description: 'The id asked for.' }) }),
});

export const AlreadyRunningRef = builder.objectRef<operate.AlreadyRunning>('AlreadyRunningError').implement({
  description:
    'A run is in the way: the pipeline is busy and its schedule lets no further one queue, the run to be retried has not ended, or a run is publishing while a snapshot is to be gone back to. The message says which.',
  interfaces: [ErrorInterface],
  isTypeOf: (value) => operate.isKind(value, 'AlreadyRunningError'),
  fields: (t) => ({
    run: t.field({
      type: RunRef,
      nullable: false,
      description: 'The run in the way.',
      resolve: (error) => error.run,
    }),
  }),
});

export const SourceUnavailableRef = builder
  .objectRef<operate.SourceUnavailable>('SourceUnavailableError')
  .implement({
    description:
      'The source cannot be asked: there is no key for it. One that asked to be left alone for a time refuses no run: it is parked until then (WAITING, resumesAt); sources tells what is blocked.',
    interfaces: [ErrorInterface],
    isTypeOf: (value) => operate.isKind(value, 'SourceUnavailableError'),
    fields: (t) => ({
      source: t.exposeString('source', { nullable: false, description: 'The source.' }),
      until: t.field({
        type: 'DateTime',
        description: 'When it may be asked again; null where that is not known, as while there is no key.',
        resolve: (error) => error.until,
      }),
    }),
  });

export const NotCancellableRef = builder.objectRef<operate.NotCancellable>('NotCancellableError').implement({
  description: 'The run has ended already.',
  interfaces: [ErrorInterface],
  isTypeOf: (value) => operate.isKind(value, 'NotCancellableError'),
  fields: (t) => ({
    run: t.field({
      type: RunRef,
      nullable: false,
      description: 'The run as it ended.',
      resolve: (error) => error.run,
    }),
  }),
});
