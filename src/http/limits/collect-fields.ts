// The fields that are selected in a place, fragments spread, conditions decided and those of one name in the answer together: CollectFields of
// the specification (https://spec.graphql.org/October2021/#CollectFields()), which graphql-js does not export.
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isObjectType,
  Kind,
  type NamedTypeNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

export interface Selecting {
  readonly schema: GraphQLSchema;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** Coerced; conditions look at them. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What an answer has under one name in objects of a type: the nodes that ask for it, of equal arguments. */
export interface CollectedField {
  readonly key: string;
  readonly parent: GraphQLCompositeType;
  readonly nodes: readonly [FieldNode, ...FieldNode[]];
}

type Sets = readonly (SelectionSetNode | undefined)[];

/** The nodes of each field of an object by its name in the answer, in the order of the answer. */
export function collectFields(
  selecting: Selecting,
  type: GraphQLObjectType,
  sets: Sets,
): Map<string, readonly FieldNode[]> {
  return new Map(collectOfEach(selecting, type, sets).map(({ key, nodes }) => [key, nodes]));
}

/**
 * The same where objects of several types may stand: what is asked of one type alone, or of all of them, is told apart. Takes as long as the text
 * that is selected is: a fragment is gone through once for each type.
 */
export function collectOfEach(
  selecting: Selecting,
  type: GraphQLCompositeType,
  sets: Sets,
): CollectedField[] {
  const fields = new Map<
    string,
    { key: string; parent: GraphQLCompositeType; nodes: [FieldNode, ...FieldNode[]] }
  >();
  const spread = new Set<string>();
  const collect = (parent: GraphQLCompositeType, set: SelectionSetNode | undefined): void => {
    for (const selection of set?.selections ?? []) {
      if (isLeftOut(selection, selecting)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const place = `${key} ${parent.name}`;
        const known = fields.get(place);
        if (known) known.nodes.push(selection);
        else fields.set(place, { key, parent, nodes: [selection] });
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const of = narrow(selecting, parent, selection.typeCondition);
        if (of) collect(of, selection.selectionSet);
      } else {
        const place = `${selection.name.value} ${parent.name}`;
        if (spread.has(place)) continue;
        spread.add(place);
        const fragment = selecting.fragments[selection.name.value];
        const of = fragment && narrow(selecting, parent, fragment.typeCondition);
        if (of) collect(of, fragment.selectionSet);
      }
    }
  };
  for (const set of sets) collect(type, set);
  return [...fields.values()];
}

/**
 * Whether @skip or @include leaves it out. A variable that is null or not given leaves nothing out: whoever measures counts what it is about, and
 * whoever executes must not get here with one, which is an error.
 */
function isLeftOut({ directives }: SelectionNode, { variables }: Selecting): boolean {
  if (!directives?.length) return false;
  return directives.some(({ name, arguments: given }) => {
    if (name.value !== 'skip' && name.value !== 'include') return false;
    const value = given?.find((argument) => argument.name.value === 'if')?.value;
    const isMet =
      value?.kind === Kind.VARIABLE
        ? variables[value.name.value]
        : value?.kind === Kind.BOOLEAN && value.value;
    return isMet === (name.value === 'skip');
  });
}

/** Which of the objects in a place a fragment is about; null for none. */
function narrow(
  { schema }: Selecting,
  type: GraphQLCompositeType,
  condition: NamedTypeNode | undefined,
): GraphQLCompositeType | null {
  if (!condition || condition.name.value === type.name) return type;
  const wanted = schema.getType(condition.name.value);
  if (isObjectType(type)) return isAbstractType(wanted) && schema.isSubType(wanted, type) ? type : null;
  return isCompositeType(wanted) ? wanted : null;
}
