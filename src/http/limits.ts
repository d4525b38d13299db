// What is refused before it runs. Every refusal says by how much a limit is passed and what to change.
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  visit,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Config } from '../config.ts';
import { measureOperation } from './cost.ts';

type Limits = Pick<Config, 'maxAliases' | 'maxCost' | 'maxDepth' | 'maxTokens' | 'introspection'>;

/** A Yoga plugin that holds operations to the limits: tokens while parsing, the rest before execution. */
export function useLimits(limits: Limits): Plugin {
  return {
    onParse: ({ params, setParsedDocument, parseFn }) => {
      setParsedDocument(parseFn(params.source, { ...params.options, maxTokens: limits.maxTokens }));
    },
    onValidate: ({ params, setResult }) => {
      const refusal = checkDocument(params.documentAST, limits);
      if (refusal) setResult([refusal]);
    },
    onExecute: ({ args, setResultAndStopExecution }) => {
      const refusal = checkOperation(
        args.schema,
        args.document,
        args.operationName,
        args.variableValues ?? {},
        limits,
      );
      if (refusal) setResultAndStopExecution({ errors: [refusal] });
    },
  };
}

/** Limits that follow from the text alone: aliases and introspection. */
export function checkDocument(document: DocumentNode, limits: Limits): GraphQLError | null {
  let aliases = 0;
  let introspects = false;
  visit(document, {
    Field: (node) => {
      if (node.alias) aliases += 1;
      if (node.name.value === '__schema' || node.name.value === '__type') introspects = true;
    },
  });
  if (aliases > limits.maxAliases) {
    return refuse(
      'TOO_MANY_ALIASES',
      'aliases',
      aliases,
      limits.maxAliases,
      'Split the document into several requests.',
    );
  }
  if (introspects && !limits.introspection) {
    return new GraphQLError('Introspection is switched off here. Use the published schema.graphql instead.', {
      extensions: { code: 'INTROSPECTION_OFF', http: { status: 400 } },
    });
  }
  return null;
}

/** Limits that need the schema and the variables: depth and cost. */
export function checkOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Readonly<Record<string, unknown>>,
  limits: Limits,
): GraphQLError | null {
  const operation = getOperationAST(document, operationName);
  if (!operation) return null;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const size = measureOperation(schema, operation, fragments, variables);
  if (size.depth > limits.maxDepth) {
    return refuse(
      'TOO_DEEP',
      'levels of nesting',
      size.depth,
      limits.maxDepth,
      'Ask for less depth, in several requests.',
    );
  }
  if (size.cost > limits.maxCost) {
    return refuse(
      'TOO_COSTLY',
      'points of cost',
      size.cost,
      limits.maxCost,
      'Lower "first", or ask for fewer nested lists.',
    );
  }
  return null;
}

function refuse(code: string, what: string, given: number, limit: number, advice: string): GraphQLError {
  return new GraphQLError(`The operation has ${given} ${what}; the limit is ${limit}. ${advice}`, {
    extensions: { code, given, limit, http: { status: 400 } },
  });
}
