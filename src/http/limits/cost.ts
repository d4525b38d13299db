// What an operation may cost, computed from its text, the schema and its variables before anything runs.
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
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
import { DEFAULT_PAGE_SIZE } from '../../store/catalog/page.ts';
import { DEFAULT_SAMPLE } from '../../store/catalog/stats/scatter.ts';
import { type CollectedField, collectOfEach, type Selecting } from './collect-fields.ts';
import { countFields, MOST } from './count-fields.ts';
import {
  EXACT_ARGUMENTS,
  EXACT_POINTS,
  LIGHT,
  LONG_LISTS,
  POINTS,
  POINTS_PER_PARENT,
  priceOf,
  SCAN_POINTS,
  TERM_POINTS,
} from './field-prices.ts';
import { FILTER, weighWritten } from './filter-cost.ts';
import { GROUP_BY, SIZES, TERMS } from './operation-arguments.ts';

export interface OperationSize {
  /** Deepest nesting of fields, introspection left out. */
  readonly depth: number;
  /** Fields of the operation with its fragments spread. */
  readonly fields: number;
  /** Objects the answer may hold, by `first`, `last`, `sample`, `bins` and the lists' usual lengths. */
  readonly objects: number;
  /** Points: a tenth of the objects, plus what its fields read beyond them (POINTS) and what their filters compare. */
  readonly cost: number;
  /** Whether a field of it reads whole relations, however little it returns. */
  readonly scans: boolean;
}

const DEFAULT_SIZES: Readonly<Record<(typeof SIZES)[number], number>> = {
  first: DEFAULT_PAGE_SIZE,
  last: DEFAULT_PAGE_SIZE,
  sample: DEFAULT_SAMPLE,
  bins: 10,
  periods: 12,
  days: 30,
};
/** Lists without a size (artists of a track, genres, images) are taken for short, unless LONG_LISTS says how long they are; what they hold beyond that is counted as it comes (list-budget.ts). */
const SHORT_LIST = 3;
/** How many objects a field is taken to give when it is not told: by its own word, by its kind of size, or as a short list. */
export function usualLength(type: GraphQLObjectType | GraphQLInterfaceType, name: string): number {
  const field = type.getFields()[name];
  if (!field) return 1;
  const [size] = sizesOf(field);
  if (size) return (field.extensions as ListExtensions).usualSize ?? DEFAULT_SIZES[size];
  return isListType(getNullableType(field.type)) ? (LONG_LISTS[`${type.name}.${name}`] ?? SHORT_LIST) : 1;
}

const sizesOf = (field: GraphQLField<unknown, unknown>) =>
  SIZES.filter((name) => field.args.some((argument) => argument.name === name));

/** More fields than any limit allows by itself: they are not merged, which would take as long as there are. */
const MOST_MERGED = 100_000;
const BEYOND: Omit<OperationSize, 'fields'> = { depth: 0, objects: MOST, cost: MOST, scans: true };

/**
 * Measures one operation: what is executed of it, so that fields which fragments have in common count once, and those that @skip and @include
 * leave out not at all. `fields` alone is the text's, which whoever walks a selection goes through.
 *
 * @param variables coerced: one that was not sent has the default of the text, and that is what is executed
 */
export function measureOperation(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  variables: Readonly<Record<string, unknown>>,
): OperationSize {
  const root = schema.getRootType(operation.operation);
  const fields = countFields(operation, fragments);
  if (!root) return { depth: 0, fields, objects: 0, cost: 0, scans: false };
  if (fields > MOST_MERGED) return { ...BEYOND, fields };
  const meter = createMeter({ schema, fragments: Object.fromEntries(fragments), variables });
  return { ...toSize(meter.measureSets(root, [operation.selectionSet])), fields };
}

/** The points of each field of the operation's own selection, by the name it has in the answer. */
export function priceRootFields(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  variables: Readonly<Record<string, unknown>>,
): Map<string, number> {
  const root = schema.getRootType(operation.operation);
  if (!root || countFields(operation, fragments) > MOST_MERGED) return new Map();
  const selecting = { schema, fragments: Object.fromEntries(fragments), variables };
  const meter = createMeter(selecting);
  const fields = collectOfEach(selecting, root, [operation.selectionSet]);
  return new Map(fields.map((field) => [field.key, toSize(meter.measureField(field)).cost]));
}

/** What one item of a list takes: itself and what is selected of it, but for lists in it that count themselves. */
export interface ItemSize {
  readonly objects: number;
  /** Tenths of a point. */
  readonly tenths: number;
}

/** What the field of a list says of itself in its extensions. */
export interface ListExtensions {
  /** How long it is without a size, where that is not what lists usually have. */
  readonly usualSize?: number;
  /** Its list may be longer than its arguments tell, so that it counts its items when it has them (list-budget.ts). */
  readonly countsItems?: boolean;
  /** The same of what is beyond its usual length: the rest counts with the operation. */
  readonly countsBeyond?: boolean;
}

/** Measures an item of a field's list, by the place where it is resolved. */
export function measureItem({
  schema,
  returnType,
  fieldNodes,
  fragments,
  variableValues: variables,
}: Pick<
  GraphQLResolveInfo,
  'schema' | 'returnType' | 'fieldNodes' | 'fragments' | 'variableValues'
>): ItemSize {
  const type = getNamedType(returnType);
  if (!isCompositeType(type)) return { objects: 1, tenths: 1 };
  const meter = createMeter({ schema, fragments, variables }, { leavesOutCounted: true });
  const { objects, weight, each } = meter.measureSets(
    type,
    fieldNodes.map(({ selectionSet }) => selectionSet),
  );
  const own = LIGHT.has(type.name) && objects === 0 ? 0.1 : 1;
  return { objects: 1 + objects, tenths: own + weight + 10 * each };
}

function toSize({ depth, objects, weight, points, each, scans }: Sum): Omit<OperationSize, 'fields'> {
  return {
    depth,
    objects,
    cost: Math.ceil(weight / 10 + points + each),
    scans: scans || points >= SCAN_POINTS,
  };
}

interface Sum {
  depth: number;
  objects: number;
  /** Objects, light ones at a tenth. */
  weight: number;
  points: number;
  /** Points that are due once per parent. */
  each: number;
  /** Whether one of those reads whole relations for each parent. */
  scans: boolean;
}

const NOTHING: Readonly<Sum> = { depth: 0, objects: 0, weight: 0, points: 0, each: 0, scans: false };

interface Meter {
  /** What is selected of an object of the type. */
  measureSets(type: GraphQLCompositeType, sets: readonly (SelectionSetNode | undefined)[]): Sum;
  measureField(field: CollectedField): Sum;
}

/** @param options.leavesOutCounted lists that count all of their items themselves are taken for empty */
function createMeter(selecting: Selecting, { leavesOutCounted = false } = {}): Meter {
  const { variables } = selecting;

  const measureField = ({ parent: type, nodes }: CollectedField): Sum => {
    // Their arguments are the same.
    const [node] = nodes;
    const name = node.name.value;
    if (name.startsWith('__')) return NOTHING;
    const parent = isObjectType(type) || isInterfaceType(type) ? type : undefined;
    const field = parent?.getFields()[name];
    const each = pointsPerParent(type, node);
    const own = {
      points:
        priceOf(POINTS, type.name, name) + filterPoints(node, variables) + termPoints(field, node, variables),
      each,
      scans: each >= SCAN_POINTS,
    };
    const target = field && getNamedType(field.type);
    const isLeftOut =
      leavesOutCounted && (field?.extensions as ListExtensions | undefined)?.countsItems === true;
    if (!parent || !field || !node.selectionSet || !target || !isCompositeType(target) || isLeftOut)
      return { ...NOTHING, ...own, depth: 1 };
    const inner = measureSets(
      target,
      nodes.map(({ selectionSet }) => selectionSet),
    );
    const times = listLength(parent, field, node, variables);
    // edges, nodes, pageInfo and points pass on what their connection counted.
    const counted = isPartOfConnection(type) ? 0 : times;
    const isLight = LIGHT.has(target.name) && inner.objects === 0;
    return {
      depth: inner.depth + 1,
      objects: Math.min(counted + times * inner.objects, MOST),
      weight: Math.min((isLight ? counted / 10 : counted) + times * inner.weight, MOST),
      points: Math.min(own.points + inner.points, MOST),
      each: Math.min(own.each + times * inner.each, MOST),
      scans: own.scans || inner.scans,
    };
  };

  // The same selections in several places, by fragments or under several aliases, are measured once.
  const known = new Map<string, Sum>();
  const numbers = new Map<SelectionSetNode | undefined, number>();
  const numberOf = (set: SelectionSetNode | undefined): number => {
    const number = numbers.get(set) ?? numbers.size;
    numbers.set(set, number);
    return number;
  };

  const measureSets: Meter['measureSets'] = (type, sets) => {
    const place = `${type.name} ${sets.map(numberOf).join()}`;
    const remembered = known.get(place);
    if (remembered) return remembered;
    const sum: Sum = { ...NOTHING };
    for (const field of collectOfEach(selecting, type, sets)) {
      const part = measureField(field);
      sum.depth = Math.max(sum.depth, part.depth);
      sum.scans ||= part.scans;
      for (const name of ['objects', 'weight', 'points', 'each'] as const)
        sum[name] = Math.min(sum[name] + part[name], MOST);
    }
    known.set(place, sum);
    return sum;
  };

  return { measureSets, measureField };
}

function isPartOfConnection(type: GraphQLCompositeType): boolean {
  return type.name.endsWith('Connection') || type.name.endsWith('Edge') || WHOLES.has(type.name);
}

/** Like connections: the field that gives one has the size of the list in it. */
const WHOLES = new Set(['SimilarTracks', 'MusicMap']);

function listLength(
  type: GraphQLObjectType | GraphQLInterfaceType,
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Readonly<Record<string, unknown>>,
): number {
  if (isPartOfConnection(type) || isOneRow(field, node, variables)) return 1;
  const given = sizesOf(field)
    .map((name) => readNumber(node, name, variables))
    .filter((n) => n !== null);
  return given.length ? Math.max(...given) : usualLength(type, field.name);
}

/** Statistics without groupBy, or with an empty one, are one row, whatever its `first`. */
function isOneRow(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Readonly<Record<string, unknown>>,
): boolean {
  if (!field.args.some(({ name }) => name === GROUP_BY)) return false;
  const value = node.arguments?.find(({ name }) => name.value === GROUP_BY)?.value;
  if (value?.kind === Kind.LIST) return value.values.length === 0;
  if (value?.kind !== Kind.VARIABLE) return value === undefined || value.kind === Kind.NULL;
  const given = variables[value.name.value];
  return given === undefined || given === null || (Array.isArray(given) && given.length === 0);
}

function pointsPerParent({ name: type }: GraphQLCompositeType, node: FieldNode): number {
  const name = node.name.value;
  const points = priceOf(POINTS_PER_PARENT, type, name);
  const isExact =
    name === 'similarTracks' && node.arguments?.some((argument) => EXACT_ARGUMENTS.has(argument.name.value));
  return isExact ? points + EXACT_POINTS : points;
}

/** All parents of a field share its statement, and its filter. */
function filterPoints(node: FieldNode, variables: Readonly<Record<string, unknown>>): number {
  const filter = node.arguments?.find(({ name }) => name.value === FILTER);
  return filter ? Math.floor(weighWritten(filter.value, variables) / 100) : 0;
}

/** What statistics order their groups by and ask of them, beyond the figures that are selected. */
function termPoints(
  field: GraphQLField<unknown, unknown> | undefined,
  node: FieldNode,
  variables: Readonly<Record<string, unknown>>,
): number {
  if (!field?.args.some(({ name }) => name === GROUP_BY)) return 0;
  const counts = TERMS.map((term) => {
    const value = node.arguments?.find(({ name }) => name.value === term)?.value;
    return value ? countItems(value, variables) : 0;
  });
  return TERM_POINTS * counts.reduce((all, count) => all + count, 0);
}

/** How many items a list has; one stands for a list of itself. */
function countItems(value: ValueNode, variables: Readonly<Record<string, unknown>>): number {
  if (value.kind === Kind.LIST) return value.values.length;
  const given = value.kind === Kind.VARIABLE ? variables[value.name.value] : value;
  if (Array.isArray(given)) return given.length;
  return given === undefined || given === null || value.kind === Kind.NULL ? 0 : 1;
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
