// Every mutation is written down, at one place: before it is done, who wants what; afterwards, what it was answered with. One that
// cannot be written down is not done.
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { isGroovelakeError } from '../../errors.ts';
import { sanitize } from '../../log.ts';
import type { Context } from '../context.ts';

/** Wraps the resolvers of all mutations of a schema, once. */
export function auditMutations(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const { resolve } = field;
    if (resolve) field.resolve = audited(field.name, resolve as Resolver);
  }
  return schema;
}

type Resolver = GraphQLFieldResolver<unknown, Context, Record<string, unknown>, unknown>;

function audited(action: string, resolve: Resolver): Resolver {
  return async (root, args, context, info) => {
    const { access, accessStore, clock } = context;
    const input = sanitize(args.input ?? args);
    const sequence = await accessStore.beginAudit({ at: clock.now(), ...access, action, input });
    try {
      const result = await resolve(root, args, context, info);
      await accessStore.endAudit(sequence, { outcome: kindOf(result), runId: runIdOf(result) });
      return result;
    } catch (error) {
      const outcome = isGroovelakeError(error) ? error.code : 'INTERNAL';
      await accessStore.endAudit(sequence, { outcome, runId: null }).catch(() => {});
      throw error;
    }
  };
}

function kindOf(result: unknown): string {
  return String((result as { kind?: unknown } | null)?.kind ?? 'done');
}

function runIdOf(result: unknown): string | null {
  return (result as { run?: { id?: string } } | null)?.run?.id ?? null;
}
