// Which properties of its nodes a selection reads, so that a page reads no other columns.
import {
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  getNamedType,
  isObjectType,
  type SelectionSetNode,
} from 'graphql';

/** What a field says of itself in its extensions. A field that exposes a property says so by itself. */
export interface PropertyExtensions {
  /** The properties of its parent that it reads. */
  readonly reads?: readonly string[];
  /** The property that it is, an object whose own properties are told apart: audioFeatures and audioFeatures.energy. */
  readonly part?: string;
  readonly pothosExposedField?: string;
}

type Info = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments' | 'returnType'>;

/** Fields that lead from a connection to its nodes, and those that read nothing of them. */
const WAYS = new Set(['nodes', 'edges', 'node']);
const BESIDE = new Set(['__typename', 'pageInfo', 'totalCount', 'cursor']);

/** By the field's node: documents are remembered, and their selections never change. */
const known = new WeakMap<FieldNode, ReadonlySet<string> | null>();

/** The properties of a connection's nodes that are read, conditions taken as met; null where a field does not tell: then all. */
export function listSelectedProperties(info: Info): ReadonlySet<string> | null {
  const [node, ...others] = info.fieldNodes;
  const type = getNamedType(info.returnType);
  if (!node || others.length > 0 || !isObjectType(type)) return null;
  const remembered = known.get(node);
  if (remembered !== undefined) return remembered;
  const properties = readConnection(info, type, node.selectionSet);
  const found = properties.includes(UNKNOWN) ? null : new Set(properties);
  known.set(node, found);
  return found;
}

/** Stands for whatever a field reads that does not tell. */
const UNKNOWN = '';

function readConnection(info: Info, type: GraphQLObjectType, set: SelectionSetNode | undefined): string[] {
  return readFields(info, set, ({ name, selectionSet }) => {
    if (BESIDE.has(name.value)) return [];
    const field = type.getFields()[name.value];
    const next = field && getNamedType(field.type);
    if (!isObjectType(next) || !WAYS.has(name.value)) return [UNKNOWN];
    return name.value === 'edges'
      ? readConnection(info, next, selectionSet)
      : readNode(info, next, selectionSet, '');
  });
}

function readNode(
  info: Info,
  type: GraphQLObjectType,
  set: SelectionSetNode | undefined,
  prefix: string,
): string[] {
  return readFields(info, set, ({ name, selectionSet }) => {
    if (name.value === '__typename') return [];
    const field = type.getFields()[name.value];
    const { reads, part, pothosExposedField } = (field?.extensions ?? {}) as PropertyExtensions;
    const next = field && getNamedType(field.type);
    if (part !== undefined && isObjectType(next))
      return [part, ...readNode(info, next, selectionSet, `${part}.`)];
    const own = pothosExposedField === undefined ? reads : [pothosExposedField];
    return own?.map((property) => prefix + property) ?? [UNKNOWN];
  });
}

function readFields(
  info: Info,
  set: SelectionSetNode | undefined,
  read: (node: FieldNode) => string[],
): string[] {
  return (set?.selections ?? []).flatMap((selection) => {
    if (selection.kind === 'Field') return read(selection);
    const inner = selection.kind === 'InlineFragment' ? selection : info.fragments[selection.name.value];
    return readFields(info, inner?.selectionSet, read);
  });
}
