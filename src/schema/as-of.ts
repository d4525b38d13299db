// The directive @asOf: the whole operation is answered from an older snapshot.
import {
  DirectiveLocation,
  type DocumentNode,
  GraphQLDirective,
  GraphQLID,
  type GraphQLScalarType,
  type GraphQLSchema,
  getDirectiveValues,
  getOperationAST,
  getVariableValues,
} from 'graphql';

const NAME = 'asOf';

/** @param dateTime the schema's own scalar DateTime */
export function createAsOfDirective(dateTime: GraphQLScalarType): GraphQLDirective {
  return new GraphQLDirective({
    name: NAME,
    description:
      'Answers the whole operation from that published snapshot, if it is still kept. Exactly one argument is given.',
    locations: [DirectiveLocation.QUERY],
    args: {
      snapshot: { type: GraphQLID, description: 'Its id.' },
      time: {
        type: dateTime,
        description:
          'The snapshot that was served at this time: the last one published by then, or the one gone back to since.',
      },
    },
  });
}

/**
 * What the operation's @asOf says; null where it has none.
 *
 * @throws GraphQLError for a value that its argument does not take
 */
export function readAsOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Readonly<Record<string, unknown>>,
): { snapshot?: string | null; time?: number | null } | null {
  const directive = schema.getDirective(NAME);
  const operation = getOperationAST(document, operationName);
  if (!directive || !operation?.directives?.some(({ name }) => name.value === NAME)) return null;
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  // Variables that cannot be taken are the executor's to refuse.
  return coerced ? (getDirectiveValues(directive, operation, coerced) ?? null) : null;
}
