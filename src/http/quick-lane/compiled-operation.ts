// Executes a query level by level, straight to the text of its answer: a field is resolved for all its parents in one go, with one set of
// arguments, and what comes of it is written rather than put into objects. It knows the way of success only. Whatever else comes up (an
// error, a null where none may be, a value that does not fit) ends it, and graphql-js executes the operation anew and says what is wrong.
import {
  defaultFieldResolver,
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { collectFields, type Selecting } from '../limits/collect-fields.ts';
import type { NamedOperation } from '../limits/limits.ts';
import { listConditionVariables } from '../limits/operation-arguments.ts';
import { leafWriterOf } from './leaf-text.ts';

export interface CompiledOperation {
  /**
   * The JSON text of the answer's data, as graphql-js would have it; null where that is for graphql-js to say. Never rejects.
   *
   * @param variables coerced
   */
  execute(variables: Variables, context: object): Promise<string | null>;
}

/** What a field may say of itself in its extensions. */
export interface LevelExtensions {
  /** Resolves the field for all parents of a level: a value for each, in their order. Means what its resolver means. */
  readonly resolveLevel?: (
    parents: never,
    args: never,
    context: never,
    info: GraphQLResolveInfo,
  ) => Later<Values>;
}

type Variables = Record<string, unknown>;
type Values = readonly unknown[];
type Texts = readonly string[];
type Later<T> = T | Promise<T>;

/** One execution. */
interface Run {
  readonly variables: Variables;
  readonly context: object;
}

/** A text for each value, in their order; at once where nothing has to be waited for. @throws whatever leaves the way of success */
type Write = (values: Values, run: Run) => Later<Texts>;

interface Operation extends Selecting {
  readonly operation: NamedOperation['operation'];
}

/** Where a value stands. */
interface Place extends Operation {
  readonly nodes: readonly FieldNode[];
  infoOf(run: Run): GraphQLResolveInfo;
}

/** Leaves the way of success. */
const LEFT = new Error('This is for graphql-js to say.');
const NO_ARGS = Object.freeze({});
/** An operation is compiled for each combination of its conditions; so many stay, and what has more conditions is not compiled. */
const MAX_KEPT = 2;
const MAX_CONDITIONS = 4;
/** Fields of all operations that are kept, with their fragments spread. */
const MAX_KEPT_FIELDS = 40_000;

/** Null for what cannot be compiled: what is no query, has many conditions, or asks for types that look at their values. */
export function compileOperation(
  schema: GraphQLSchema,
  { operation, fragments }: NamedOperation,
): CompiledOperation | null {
  const root = schema.getQueryType();
  const conditions = listConditionVariables([operation, ...fragments.values()]);
  if (!root || operation.operation !== 'query' || conditions.length > MAX_CONDITIONS) return null;
  const named = { schema, operation, fragments: Object.fromEntries(fragments) };
  const compiled = new Map<string, Write | null>();
  const compile = (variables: Variables): Write | null => {
    try {
      return compileFields({ ...named, variables }, root, [operation]);
    } catch (error) {
      if (error === LEFT) return null;
      throw error;
    }
  };
  return {
    execute: async (variables, context) => {
      // Where a variable has a default it may be null in a condition, which is an error.
      if (conditions.some((name) => variables[name] === null)) return null;
      try {
        const key = JSON.stringify(conditions.map((name) => variables[name]));
        const known = compiled.get(key);
        const write = known === undefined ? compile(variables) : known;
        if (known === undefined && compiled.size >= MAX_KEPT) compiled.clear();
        compiled.set(key, write);
        const [text = null] = (await write?.([undefined], { variables, context })) ?? [];
        return text;
      } catch {
        return null;
      }
    },
  };
}

/** Compiled operations by what they were made of. */
export type FindCompiled = (named: NamedOperation, fields: number) => CompiledOperation | null;

/**
 * Compiles operations as they come and keeps those used last.
 *
 * @param maxFields of all that are kept; a field takes about a kilobyte
 */
export function createCompiler(schema: GraphQLSchema, maxFields = MAX_KEPT_FIELDS): FindCompiled {
  const kept = new Map<NamedOperation, { compiled: CompiledOperation | null; fields: number }>();
  let sum = 0;
  return (named, fields) => {
    const known = kept.get(named);
    if (known) {
      kept.delete(named);
      kept.set(named, known);
      return known.compiled;
    }
    const compiled = compileOperation(schema, named);
    kept.set(named, { compiled, fields });
    sum += fields;
    for (const [oldest, { fields: freed }] of kept) {
      if (sum <= maxFields || oldest === named) break;
      kept.delete(oldest);
      sum -= freed;
    }
    return compiled;
  };
}

/** The objects of one type. */
function compileFields(
  operation: Operation,
  type: GraphQLObjectType,
  selected: readonly Pick<FieldNode, 'selectionSet'>[],
): Write {
  const sets = selected.map(({ selectionSet }) => selectionSet);
  const fields = collectFields(operation, type, sets);
  if (type.isTypeOf) throw LEFT;
  if (fields.size === 0) return (values) => values.map(() => '{}');
  const columns = [...fields].map(([key, nodes], at) => ({
    before: `${at === 0 ? '{' : ','}${JSON.stringify(key)}:`,
    write: compileField(operation, type, key, nodes),
  }));
  const join = (count: number, texts: readonly Texts[]): Texts => {
    const rows: string[] = Array.from({ length: count }, () => '');
    columns.forEach(({ before }, at) => {
      const column = texts[at] as Texts;
      for (let row = 0; row < count; row++) rows[row] += before + column[row];
    });
    return rows.map((text) => `${text}}`);
  };
  return (values, run) => {
    if (values.length === 0) return [];
    return then(
      all(columns, ({ write }) => write(values, run)),
      (texts) => join(values.length, texts),
    );
  };
}

function compileField(
  operation: Operation,
  parentType: GraphQLObjectType,
  key: string,
  nodes: readonly FieldNode[],
): Write {
  const [node] = nodes;
  if (!node) throw LEFT;
  const typeName = JSON.stringify(parentType.name);
  if (node.name.value === '__typename') return (values) => values.map(() => typeName);
  const field = parentType.getFields()[node.name.value];
  if (!field) throw LEFT;
  const infoOf = ({ variables }: Run): GraphQLResolveInfo => ({
    fieldName: field.name,
    fieldNodes: nodes,
    returnType: field.type,
    parentType,
    // It ends at the field itself, which stands for those of all parents.
    path: { prev: undefined, key, typename: parentType.name },
    schema: operation.schema,
    fragments: operation.fragments,
    rootValue: undefined,
    operation: operation.operation,
    variableValues: variables,
  });
  const write = compileValue({ ...operation, nodes, infoOf }, field.type);
  const { resolveLevel } = field.extensions as LevelExtensions;
  const resolve = field.resolve ?? defaultFieldResolver;
  const resolveAll = (parents: Values, run: Run): Later<Values> => {
    const args = field.args.length === 0 ? NO_ARGS : getArgumentValues(field, node, run.variables);
    const info = infoOf(run);
    if (resolveLevel) return resolveLevel(parents as never, args as never, run.context as never, info);
    return all(parents, (parent) => resolve(parent, args, run.context, info));
  };
  return (parents, run) => then(resolveAll(parents, run), (values) => write(values, run));
}

/** Null is written where it may be. */
function compileValue(place: Place, type: GraphQLOutputType): Write {
  const isRequired = isNonNullType(type);
  const write = compilePresent(place, isRequired ? type.ofType : type);
  return (values, run) => {
    if (!values.some(isMissing)) return write(values, run);
    if (isRequired) throw LEFT;
    const present = values.filter((value) => !isMissing(value));
    return then(write(present, run), (texts) => {
      let at = 0;
      return values.map((value) => (isMissing(value) ? 'null' : (texts[at++] as string)));
    });
  };
}

/** Values that are all there. */
function compilePresent(place: Place, type: GraphQLOutputType): Write {
  if (isListType(type)) return compileList(compileValue(place, type.ofType));
  if (isObjectType(type)) return compileObject(place, type);
  if (isAbstractType(type)) return compileAbstract(place, type);
  if (!isLeafType(type)) throw LEFT;
  const toText = leafWriterOf(type);
  return (values) => values.map(toText);
}

function compileList(write: Write): Write {
  return (lists, run) => {
    const items: unknown[] = [];
    const ends = lists.map((list) => {
      if (!isIterable(list)) throw LEFT;
      for (const item of list) items.push(item);
      return items.length;
    });
    const join = (texts: Texts): Texts =>
      ends.map((end, at) => `[${texts.slice(ends[at - 1] ?? 0, end).join(',')}]`);
    return then(
      then(
        all(items, (item) => item),
        (settled) => write(settled, run),
      ),
      join,
    );
  };
}

function compileObject({ nodes, ...place }: Place, type: GraphQLObjectType): Write {
  const write = compileFields(place, type, nodes);
  return (values, run) => {
    if (values.some((value) => value instanceof Error)) throw LEFT;
    return write(values, run);
  };
}

/** Interfaces and unions: the values of each type are a level of their own. */
function compileAbstract(place: Place, type: GraphQLAbstractType): Write {
  const writes = new Map(
    place.schema.getPossibleTypes(type).map((possible) => [possible.name, compileObject(place, possible)]),
  );
  return (values, run) => {
    const info = place.infoOf(run);
    const rows = values.map((value, row) => ({
      value,
      row,
      name: type.resolveType?.(value, run.context, info, type),
    }));
    const groups = [...Map.groupBy(rows, ({ name }) => name)];
    const written = all(groups, ([name, members]) => {
      const write = typeof name === 'string' && writes.get(name);
      if (!write) throw LEFT;
      return write(
        members.map(({ value }) => value),
        run,
      );
    });
    return then(written, (texts) => {
      const spread: string[] = Array.from({ length: values.length });
      for (const [group, [, members]] of groups.entries())
        for (const [at, { row }] of members.entries()) spread[row] = texts[group]?.[at] as string;
      return spread;
    });
  };
}

/** What comes of each item, at once where nothing has to be waited for. Whatever is left behind by an error may fail unheard. */
function all<I, O>(items: readonly I[], make: (item: I) => Later<O>): Later<readonly O[]> {
  const made: Later<O>[] = [];
  try {
    for (const item of items) made.push(make(item));
  } catch (error) {
    for (const value of made) if (isPromise(value)) value.catch(() => {});
    throw error;
  }
  return made.some(isPromise) ? Promise.all(made) : (made as O[]);
}

function then<I, O>(value: Later<I>, next: (value: I) => Later<O>): Later<O> {
  return isPromise(value) ? value.then(next) : next(value);
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined;
}

function isPromise<T>(value: Later<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value;
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}
