// Which scope an operation needs, and the one place that asks for it: before anything runs. Mutations need "operate", fields that the
// schema marks (extensions.scope) what it says there, all else "read".
import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { includesScope, SCOPES, type Scope } from '../store/access/access-store.ts';
import { makeRefusal } from './error-codes.ts';

/** A Yoga plugin; the context must have `access`. */
export function useScopes(): Plugin<{ access?: { scope: Scope } }> {
  return {
    onExecute: ({ args, setResultAndStopExecution }) => {
      const refusal = checkScope(args.schema, args.document, args.contextValue.access?.scope);
      if (refusal) setResultAndStopExecution({ errors: [refusal] });
    },
    onSubscribe: ({ args, setResultAndStopExecution }) => {
      const refusal = checkScope(args.schema, args.document, args.contextValue.access?.scope);
      if (refusal) setResultAndStopExecution({ errors: [refusal] });
    },
  };
}

/** Null: it may run. */
export function checkScope(
  schema: GraphQLSchema,
  document: DocumentNode,
  held: Scope | undefined,
): GraphQLError | null {
  const { scope, field } = findNeededScope(schema, document);
  if (held && includesScope(held, scope)) return null;
  return makeRefusal(
    'FORBIDDEN',
    `"${field}" needs a key of scope ${scope}; this one has ${held ?? 'none'}. Ask an admin for another key.`,
    { needed: scope, held: held ?? null },
  );
}

/** What the most demanding field of a document needs; of several operations each is looked at. */
export function findNeededScope(
  schema: GraphQLSchema,
  document: DocumentNode,
): { readonly scope: Scope; readonly field: string } {
  const types = new TypeInfo(schema);
  const mutation = schema.getMutationType();
  let needed: { scope: Scope; field: string } = { scope: 'read', field: '' };
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: () => {
        const field = types.getFieldDef();
        if (!field) return;
        const isMutation = mutation !== null && types.getParentType() === mutation;
        const scope = readScope(field.extensions.scope) ?? (isMutation ? 'operate' : 'read');
        if (needed.field === '' || !includesScope(needed.scope, scope)) needed = { scope, field: field.name };
      },
    }),
  );
  return needed;
}

function readScope(value: unknown): Scope | undefined {
  return SCOPES.find((scope) => scope === value);
}
