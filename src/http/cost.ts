// What an operation may cost, computed from its text, the schema and its variables before anything runs.
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

export interface OperationSize {
  /** Deepest nesting of fields, introspection left out. */
  readonly depth: number;
  /** Objects the answer may hold, by `first`, `last` and the lists' usual lengths. */
  readonly objects: number;
  /** Points: a tenth of the objects, plus ten for each field that scans the whole catalogue. */
  readonly cost: number;
}

/** Fields that read every row of a relation, whatever they return. */
const SCANS = new Set([
  'trackStats',
  'albumStats',
  'artistStats',
  'correlation',
  'correlations',
  'timeline',
  'scatter',
  'musicMap',
  'stats',
  'histogram',
  'percentile',
]);
const DEFAULT_PAGE = 20;
/** Lists without `first` (artists of a track, genres, images) are short. */
const SHORT_LIST = 3;

/** Measures one operation. Cyclic fragments (refused by validation) end at their second visit. */
export function measureOperation(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  variables: Readonly<Record<string, unknown>>,
): OperationSize {
  const root = schema.getRootType(operation.operation);
  if (!root) return { depth: 0, objects: 0, cost: 0 };
  const walk = createWalk(schema, fragments, variables);
  const { depth, objects, scans } = walk(root, operation.selectionSet, new Set());
  return { depth, objects, cost: Math.ceil(objects / 10) + 10 * scans };
}

interface Sum {
  depth: number;
  objects: number;
  scans: number;
}

type Walk = (type: GraphQLCompositeType, set: SelectionSetNode, path: ReadonlySet<string>) => Sum;

function createWalk(
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  variables: Readonly<Record<string, unknown>>,
): Walk {
  // A fragment spread many times is walked once per (fragment, type): nested fan-out stays linear.
  const known = new Map<string, Sum>();

  const walkField = (type: GraphQLCompositeType, node: FieldNode, path: ReadonlySet<string>): Sum => {
    if (node.name.value.startsWith('__')) return { depth: 0, objects: 0, scans: 0 };
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
    const scans = SCANS.has(node.name.value) ? 1 : 0;
    const target = field && getNamedType(field.type);
    if (!field || !node.selectionSet || !target || !isCompositeType(target))
      return { depth: 1, objects: 0, scans };
    const inner = walk(target, node.selectionSet, path);
    const times = listLength(type, field, node, variables);
    // edges, nodes and pageInfo pass on what their connection counted.
    const own = isPartOfConnection(type) ? 0 : times;
    return {
      depth: inner.depth + 1,
      objects: own + times * inner.objects,
      scans: scans + Math.min(times * inner.scans, 1_000_000),
    };
  };

  const walk: Walk = (type, set, path) => {
    const sum: Sum = { depth: 0, objects: 0, scans: 0 };
    for (const selection of set.selections) {
      const part = walkSelection(type, selection, path);
      sum.depth = Math.max(sum.depth, part.depth);
      sum.objects = Math.min(sum.objects + part.objects, Number.MAX_SAFE_INTEGER);
      sum.scans += part.scans;
    }
    return sum;
  };

  const walkSelection = (
    type: GraphQLCompositeType,
    selection: SelectionSetNode['selections'][number],
    path: ReadonlySet<string>,
  ): Sum => {
    if (selection.kind === Kind.FIELD) return walkField(type, selection, path);
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      return walk(narrow(schema, type, selection.typeCondition?.name.value), selection.selectionSet, path);
    }
    const name = selection.name.value;
    const fragment = fragments.get(name);
    if (!fragment || path.has(name)) return { depth: 0, objects: 0, scans: 0 };
    const remembered = known.get(name);
    if (remembered) return remembered;
    const sum = walk(
      narrow(schema, type, fragment.typeCondition.name.value),
      fragment.selectionSet,
      new Set([...path, name]),
    );
    known.set(name, sum);
    return sum;
  };

  return walk;
}

function narrow(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  condition: string | undefined,
): GraphQLCompositeType {
  const narrowed = condition ? schema.getType(condition) : undefined;
  return narrowed && isCompositeType(narrowed) ? narrowed : type;
}

function isPartOfConnection(type: GraphQLCompositeType): boolean {
  return type.name.endsWith('Connection') || type.name.endsWith('Edge');
}

function listLength(
  type: GraphQLCompositeType,
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Readonly<Record<string, unknown>>,
): number {
  if (isPartOfConnection(type)) return 1;
  const pageSized = field.args.some((argument) => argument.name === 'first' || argument.name === 'sample');
  const isConnection = getNamedType(field.type).name.endsWith('Connection');
  const isList = isListType(getNullableType(field.type));
  if (!pageSized) return isList ? SHORT_LIST : 1;
  if (!isConnection && !isList && !field.args.some((argument) => argument.name === 'first')) return 1;
  const given = ['first', 'last', 'sample']
    .map((name) => readNumber(node, name, variables))
    .filter((n) => n !== null);
  return given.length ? Math.max(...given) : DEFAULT_PAGE;
}

function readNumber(
  node: FieldNode,
  name: string,
  variables: Readonly<Record<string, unknown>>,
): number | null {
  const value: ValueNode | undefined = node.arguments?.find(
    (argument) => argument.name.value === name,
  )?.value;
  if (value?.kind === Kind.INT) return Math.max(0, Number(value.value));
  if (value?.kind === Kind.VARIABLE) {
    const given = variables[value.name.value];
    return typeof given === 'number' && Number.isFinite(given) ? Math.max(0, given) : null;
  }
  return null;
}
