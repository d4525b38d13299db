// Which figures of its groups a query selects, read from its selection, so that they are computed together with the groups.
import {
  type FieldNode,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  isObjectType,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Aggregate } from '../../store/catalog/stats/aggregates.ts';

/** What a field of statistics says of itself in its extensions. */
export interface FigureExtensions {
  /** The figure it is. */
  readonly aggregate?: Aggregate;
  /** The measure that the figures below it are of. */
  readonly measure?: string;
  /** The figure it is of the measure above it; null where its arguments are not for it. */
  readonly toAggregate?: (measure: string, args: Readonly<Record<string, unknown>>) => Aggregate | null;
}

/** Fields that lead from a connection to its groups. */
const WAYS = new Set(['nodes', 'edges', 'node']);

/** What is selected of the groups of a connection, each figure at least once. A guess that leaves something out costs time only. */
export function listSelectedFigures(info: GraphQLResolveInfo): Aggregate[] {
  const type = getNamedType(info.returnType);
  if (!isObjectType(type)) return [];
  return info.fieldNodes.flatMap(({ selectionSet }) => readSet(info, type, selectionSet, null));
}

function readSet(
  info: GraphQLResolveInfo,
  type: GraphQLObjectType,
  set: SelectionSetNode | undefined,
  measure: string | null,
): Aggregate[] {
  return (set?.selections ?? []).flatMap((selection) => {
    if (isLeftOut(selection, info)) return [];
    if (selection.kind === 'InlineFragment') return readSet(info, type, selection.selectionSet, measure);
    if (selection.kind === 'FragmentSpread')
      return readSet(info, type, info.fragments[selection.name.value]?.selectionSet, measure);
    const field = type.getFields()[selection.name.value];
    return field ? readField(info, field, selection, measure) : [];
  });
}

function readField(
  info: GraphQLResolveInfo,
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  measure: string | null,
): Aggregate[] {
  const says = field.extensions as FigureExtensions;
  if (says.aggregate) return [says.aggregate];
  if (says.toAggregate) {
    const found =
      measure === null
        ? null
        : says.toAggregate(measure, getArgumentValues(field, node, info.variableValues));
    return found ? [found] : [];
  }
  const type = getNamedType(field.type);
  if (!isObjectType(type) || (says.measure === undefined && !WAYS.has(field.name))) return [];
  return readSet(info, type, node.selectionSet, says.measure ?? null);
}

function isLeftOut(selection: SelectionNode, { variableValues }: GraphQLResolveInfo): boolean {
  if (!selection.directives?.length) return false;
  return (
    getDirectiveValues(GraphQLSkipDirective, selection, variableValues)?.if === true ||
    getDirectiveValues(GraphQLIncludeDirective, selection, variableValues)?.if === false
  );
}
