// What is refused before it runs. Every refusal says by how much a limit is passed and what to change.
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  Lexer,
  type OperationDefinitionNode,
  type ParseOptions,
  parse,
  Source,
  TokenKind,
  visit,
} from 'graphql';
import type { Config } from '../../config.ts';
import { type ClientCode, makeRefusal } from '../error-codes.ts';
import { measureOperation, type OperationSize } from './cost.ts';
import { countFields } from './count-fields.ts';
import { weighVariable } from './filter-cost.ts';
import {
  type FilterVariable,
  hasFilter,
  listConditionVariables,
  listFilterVariables,
  listSizeArguments,
  listSizeVariables,
} from './operation-arguments.ts';

export type Limits = Pick<
  Config,
  | 'maxAliases'
  | 'maxCost'
  | 'maxDepth'
  | 'maxDirectives'
  | 'maxFields'
  | 'maxRepeats'
  | 'maxRows'
  | 'maxTokens'
  | 'maxVariableDepth'
  | 'maxVariableObjects'
  | 'maxVariableValues'
  | 'introspection'
>;

/** Parses within the limit of tokens. @throws GraphQLError TOO_MANY_TOKENS with their number, or a syntax error */
export function parseWithin(
  source: string | Source,
  options: ParseOptions | undefined,
  limits: Limits,
): DocumentNode {
  try {
    return parse(source, { ...options, maxTokens: limits.maxTokens });
  } catch (error) {
    if (!(error instanceof GraphQLError) || !/more tha[nt] \d+ tokens/.test(error.message)) throw error;
    throw refuse(
      'TOO_MANY_TOKENS',
      'tokens',
      countTokens(source),
      limits.maxTokens,
      'Split the document into several requests, or send values as variables.',
    );
  }
}

function countTokens(source: string | Source): number {
  const lexer = new Lexer(typeof source === 'string' ? new Source(source) : source);
  let count = 0;
  // What cannot be read ends the count: it is beyond the limit already.
  try {
    while (lexer.advance().kind !== TokenKind.EOF) count += 1;
  } catch {
    return count;
  }
  return count;
}

/** GraphiQL asks one. */
const MAX_INTROSPECTIONS = 3;

/** Limits that follow from the text alone: aliases, directives, repeated fields and introspection. */
export function checkDocument(document: DocumentNode, limits: Limits): GraphQLError | null {
  let aliases = 0;
  let directives = 0;
  let introspections = 0;
  let mostRepeats = 0;
  const repeats = new Map<string, number>();
  visit(document, {
    Directive: () => {
      directives += 1;
    },
    Field: (node) => {
      if (node.alias) aliases += 1;
      if (node.selectionSet) {
        const name = (node.alias ?? node.name).value;
        const times = (repeats.get(name) ?? 0) + 1;
        repeats.set(name, times);
        mostRepeats = Math.max(mostRepeats, times);
      }
      if (node.name.value === '__schema' || node.name.value === '__type') introspections += 1;
    },
  });
  if (aliases > limits.maxAliases)
    return refuse(
      'TOO_MANY_ALIASES',
      'aliases',
      aliases,
      limits.maxAliases,
      'Split the document into several requests.',
    );
  if (directives > limits.maxDirectives)
    return refuse('TOO_MANY_DIRECTIVES', 'directives', directives, limits.maxDirectives, 'Leave some out.');
  // Validation compares each with each of the same name in one place, however fragments bring them there.
  if (mostRepeats > limits.maxRepeats)
    return refuse(
      'TOO_MANY_REPEATS',
      'selections from a field of one name',
      mostRepeats,
      limits.maxRepeats,
      'State each field once, with all that is wanted of it.',
    );
  if (introspections > 0 && !limits.introspection) {
    return makeRefusal(
      'INTROSPECTION_OFF',
      'Introspection is switched off here. Use the published schema.graphql instead.',
    );
  }
  return introspections > MAX_INTROSPECTIONS
    ? refuse(
        'TOO_MANY_INTROSPECTIONS',
        'introspection fields',
        introspections,
        MAX_INTROSPECTIONS,
        'One __schema tells everything.',
      )
    : null;
}

/** Nesting and size of the variables, before anything walks them by recursion and holds them against their types. */
export function checkVariables(variables: unknown, limits: Limits): GraphQLError | null {
  let level: object[] = isObject(variables) ? [variables] : [];
  let depth = 0;
  let values = 0;
  let objects = 0;
  while (level.length > 0 && depth <= limits.maxVariableDepth) {
    depth += 1;
    const inner: object[] = [];
    for (const parent of level) {
      const held = Object.values(parent);
      values += held.length;
      for (const value of held) {
        if (!isObject(value)) continue;
        inner.push(value);
        if (!Array.isArray(value)) objects += 1;
      }
      if (objects > limits.maxVariableObjects || values > limits.maxVariableValues)
        return tooWide(values, objects, limits);
    }
    level = inner;
  }
  return depth > limits.maxVariableDepth
    ? refuse(
        'VARIABLES_TOO_DEEP',
        'or more levels of nested variables',
        depth,
        limits.maxVariableDepth,
        'Flatten filters with "and" and "or".',
      )
    : null;
}

function tooWide(
  values: number,
  objects: number,
  { maxVariableObjects, maxVariableValues }: Limits,
): GraphQLError {
  return objects > maxVariableObjects
    ? refuse(
        'VARIABLES_TOO_WIDE',
        'or more objects in its variables',
        objects,
        maxVariableObjects,
        'Give many values to one "in" instead of a condition for each.',
      )
    : refuse(
        'VARIABLES_TOO_WIDE',
        'or more values in its variables',
        values,
        maxVariableValues,
        'Send some of them at a time.',
      );
}

/** An operation of a document with the fragments it may spread. Made once for a document that is asked often. */
export interface NamedOperation {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

/** Null where the document does not say which operation is meant. */
export function findOperation(
  document: DocumentNode,
  name: string | null | undefined,
): NamedOperation | null {
  const operation = getOperationAST(document, name);
  if (!operation) return null;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return { operation, fragments };
}

type Variables = Record<string, unknown>;

/** The variables that an operation is executed with, defaults of its text among them; null where those sent do not fit: it is not executed. */
export function coerceVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  sent: Readonly<Variables>,
): Variables | null {
  return getVariableValues(schema, variableDefinitions, sent, { maxErrors: 1 }).coerced ?? null;
}

/** What an operation that is within every limit costs, and its coerced variables, which that was computed from. */
export interface CheckedOperation extends OperationSize {
  readonly coerced: Variables | null;
}

/** Limits that need the schema and the variables, as they were sent. @throws GraphQLError the refusal */
export function checkOperation(
  schema: GraphQLSchema,
  { operation, fragments }: NamedOperation,
  sent: Readonly<Variables>,
  limits: Limits,
): CheckedOperation {
  const coerced = coerceVariables(schema, operation, sent);
  const known = findKnownSizes(operation, fragments);
  const lower = () => adviseSizes(listSizeArguments([operation, ...fragments.values()]));
  // Before they are merged, which takes as long as there are.
  const { fields } = known;
  if (fields > limits.maxFields)
    throw refuse(
      'TOO_MANY_FIELDS',
      'fields with its fragments spread',
      fields,
      limits.maxFields,
      'Ask for fewer fields.',
    );
  const size = findSize(known, schema, { operation, fragments }, coerced ?? {});
  const { depth, objects, cost } = size;
  if (depth > limits.maxDepth)
    throw refuse(
      'TOO_DEEP',
      'levels of nesting',
      depth,
      limits.maxDepth,
      'Ask for less depth, in several requests.',
    );
  if (cost > limits.maxCost)
    throw refuse(
      'TOO_COSTLY',
      'points of cost',
      cost,
      limits.maxCost,
      hasFilter([operation, ...fragments.values()])
        ? `${lower()}, ask for fewer nested lists, or filter by fewer values and shorter patterns.`
        : `${lower()}, or ask for fewer nested lists.`,
    );
  if (objects > limits.maxRows)
    throw refuse(
      'TOO_MANY_ROWS',
      'objects in its answer',
      objects,
      limits.maxRows,
      `${lower()}, or take whole relations from /export.`,
    );
  return { ...size, coerced };
}

/** What to lower of an operation that is too large: what it says itself, or the size that its lists have unless it says another. */
function adviseSizes(names: readonly string[]): string {
  if (names.length === 0) return 'Give its lists a smaller "first"';
  return `Lower ${names.map((name) => `"${name}"`).join(' or ')}`;
}

/** Sizes by operation and by what its variables say about a size: how long lists are, how much filters weigh, what is left out. */
const sizes = new WeakMap<OperationDefinitionNode, KnownSizes>();

interface KnownSizes {
  readonly fields: number;
  readonly names: readonly string[];
  readonly filters: readonly FilterVariable[];
  readonly known: Map<string, OperationSize>;
}

function findKnownSizes(
  operation: OperationDefinitionNode,
  fragments: NamedOperation['fragments'],
): KnownSizes {
  const found = sizes.get(operation);
  if (found) return found;
  const definitions = [operation, ...fragments.values()];
  const made = {
    fields: countFields(operation, fragments),
    names: [...listSizeVariables(definitions), ...listConditionVariables(definitions)],
    filters: listFilterVariables(definitions),
    known: new Map(),
  };
  sizes.set(operation, made);
  return made;
}

/** Of one operation, as long as it is remembered. */
const MAX_SIZES = 50;

function findSize(
  of: KnownSizes,
  schema: GraphQLSchema,
  { operation, fragments }: NamedOperation,
  variables: Readonly<Variables>,
): OperationSize {
  const key = [
    ...of.names.map((name) => sizeOfValue(variables[name])),
    ...of.filters.map(({ name, under }) => weighVariable(name, variables, under)),
  ].join();
  const known = of.known.get(key);
  if (known) return known;
  const size = measureOperation(schema, operation, fragments, variables);
  if (of.known.size >= MAX_SIZES) of.known.clear();
  of.known.set(key, size);
  return size;
}

/** What a variable says about a size: a number, how many there are to group or order by, or whether something is left out. Others say nothing. */
function sizeOfValue(value: unknown): number | string {
  if (Array.isArray(value)) return value.length;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The refusal of what is beyond a limit: by how much, and what to change. */
export function refuse(
  code: ClientCode,
  what: string,
  given: number,
  limit: number,
  advice: string,
): GraphQLError {
  return makeRefusal(code, `The operation has ${given} ${what}; the limit is ${limit}. ${advice}`, {
    given,
    limit,
  });
}
