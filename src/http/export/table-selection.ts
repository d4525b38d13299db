// What a query selects: fields with their fragments spread, each once.
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { collectOfEach } from '../limits/collect-fields.ts';

export interface TableQuery {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Record<string, unknown>;
}

export interface Selected {
  readonly node: FieldNode;
  readonly type: GraphQLOutputType;
  readonly parent: GraphQLCompositeType;
}

/** Fields that lead from an object to a list below it, the list last. */
export type Way = readonly Selected[];

/** What an answer has it under. */
export const keyOf = ({ node }: Pick<Selected, 'node'>) => node.alias?.value ?? node.name.value;

export function selectedIn({ node, type }: Selected, query: TableQuery): Selected[] {
  const named = getNamedType(type);
  return node.selectionSet && isCompositeType(named) ? fieldsOf(named, node.selectionSet, query) : [];
}

/** Fields of a selection with its fragments spread, each once, without what @skip and @include leave out. */
export function fieldsOf(type: GraphQLCompositeType, set: SelectionSetNode, query: TableQuery): Selected[] {
  const fields = new Map<string, Selected>();
  const selecting = { ...query, fragments: Object.fromEntries(query.fragments) };
  for (const { key: name, parent, nodes } of collectOfEach(selecting, type, [set])) {
    const known = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields() : {};
    const field = known[nodes[0].name.value];
    if (!field) continue;
    // Of two members of a union, fields of one name may be of two types.
    const key = `${name} ${field.type}`;
    const before = fields.get(key) ?? { node: nodes[0], type: field.type, parent };
    fields.set(key, { ...before, node: nodes.reduce(mergeSelections, before.node) });
  }
  return [...fields.values()];
}

/** One field that asks for what both do. */
function mergeSelections(one: FieldNode, other: FieldNode): FieldNode {
  if (one === other || !one.selectionSet || !other.selectionSet) return one;
  const selections = [...one.selectionSet.selections, ...other.selectionSet.selections];
  return { ...one, selectionSet: { ...one.selectionSet, selections } };
}

/** The value of an argument, its default where it is not given; null for none. */
export function argumentOf({ node, parent }: Selected, name: string, { variables }: TableQuery): unknown {
  const field = isObjectType(parent) ? parent.getFields()[node.name.value] : undefined;
  return field ? (getArgumentValues(field, node, variables)[name] ?? null) : null;
}
