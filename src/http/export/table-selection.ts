// What a query selects: fields with their fragments spread, each once.
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  GraphQLIncludeDirective,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

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
  for (const field of spreadFields(type, set, query)) {
    // Of two members of a union, fields of one name may be of two types.
    const key = `${keyOf(field)} ${field.type}`;
    const before = fields.get(key);
    fields.set(key, before ? { ...before, node: mergeSelections(before.node, field.node) } : field);
  }
  return [...fields.values()];
}

function mergeSelections(one: FieldNode, other: FieldNode): FieldNode {
  if (!one.selectionSet || !other.selectionSet) return one;
  const selections = [...one.selectionSet.selections, ...other.selectionSet.selections];
  return { ...one, selectionSet: { ...one.selectionSet, selections } };
}

function spreadFields(type: GraphQLCompositeType, set: SelectionSetNode, query: TableQuery): Selected[] {
  return set.selections.flatMap((selection): Selected[] => {
    const skip = getDirectiveValues(GraphQLSkipDirective, selection, query.variables);
    const include = getDirectiveValues(GraphQLIncludeDirective, selection, query.variables);
    if (skip?.if === true || include?.if === false) return [];
    if (selection.kind === Kind.FIELD) {
      const field =
        isObjectType(type) || isInterfaceType(type) ? type.getFields()[selection.name.value] : undefined;
      return field ? [{ node: selection, type: field.type, parent: type }] : [];
    }
    const spread =
      selection.kind === Kind.FRAGMENT_SPREAD ? query.fragments.get(selection.name.value) : selection;
    const narrowed = spread?.typeCondition ? query.schema.getType(spread.typeCondition.name.value) : type;
    return spread && narrowed && isCompositeType(narrowed)
      ? spreadFields(narrowed, spread.selectionSet, query)
      : [];
  });
}

/** The value of an argument, its default where it is not given; null for none. */
export function argumentOf({ node, parent }: Selected, name: string, { variables }: TableQuery): unknown {
  const field = isObjectType(parent) ? parent.getFields()[node.name.value] : undefined;
  return field ? (getArgumentValues(field, node, variables)[name] ?? null) : null;
}
