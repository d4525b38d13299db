// Follows the lineage of a snapshot from a relation, or from one of its columns, to what it is made from or to what is made from it.
import { InvalidInputError } from '../../errors.ts';
import { findNearMiss } from '../../near-miss.ts';
import type { ManifestColumnLineage, ManifestLineage } from './manifest.ts';

export type LineageDirection = 'UPSTREAM' | 'DOWNSTREAM';

export interface TraceRequest {
  /** layer.name; null for every relation. */
  readonly relation: string | null;
  /** One of its columns; null for all of it. */
  readonly column: string | null;
  readonly direction: LineageDirection;
}

/**
 * The nodes that are reached, the one asked for included, sorted by name. Of a column, each node has the columns that are reached and
 * no others; the way ends at a column whose origin is not settled.
 *
 * @throws InvalidInputError for a relation or column that the snapshot does not have
 */
export function traceLineage(
  lineage: readonly ManifestLineage[],
  { relation, column, direction }: TraceRequest,
): ManifestLineage[] {
  const sorted = [...lineage].sort((a, b) => (a.relation < b.relation ? -1 : 1));
  if (relation === null) {
    if (column === null) return sorted;
    throw new InvalidInputError(
      `column is "${column}" without a relation; name the relation it belongs to as well.`,
      { field: 'column', given: column, expected: 'a column of the relation that is asked about' },
    );
  }
  const node = sorted.find((each) => each.relation === relation);
  if (!node)
    throw unknownName(
      'relation',
      relation,
      sorted.map((each) => each.relation),
    );
  if (column === null) {
    const reached = reach(relation, listRelationSteps(lineage, direction));
    return sorted.filter((each) => reached.has(each.relation));
  }
  if (!node.columns) {
    throw new InvalidInputError(
      'This snapshot was published before the origin of columns was kept; ask without column, or ask one published since.',
      { field: 'column', given: column, expected: 'no column' },
    );
  }
  const names = node.columns.map(({ name }) => name);
  if (!names.includes(column)) throw unknownName('column', column, names);
  const reached = reach(nameColumn(relation, column), listColumnSteps(lineage, direction));
  return sorted.flatMap((each) => {
    const columns = each.columns?.filter(({ name }) => reached.has(nameColumn(each.relation, name))) ?? [];
    return columns.length > 0 ? [{ ...each, columns }] : [];
  });
}

type Steps = ReadonlyMap<string, readonly string[]>;

function reach(start: string, steps: Steps): Set<string> {
  const reached = new Set([start]);
  // A set hands out what is added while it is walked.
  for (const name of reached) for (const next of steps.get(name) ?? []) reached.add(next);
  return reached;
}

function listRelationSteps(lineage: readonly ManifestLineage[], direction: LineageDirection): Steps {
  return toSteps(
    lineage.flatMap(({ relation, reads }) => reads.map((read) => [relation, read] as const)),
    direction,
  );
}

function listColumnSteps(lineage: readonly ManifestLineage[], direction: LineageDirection): Steps {
  const origins = ({ relation }: ManifestLineage, { name, from }: ManifestColumnLineage) =>
    (from ?? []).map(
      (source) => [nameColumn(relation, name), nameColumn(source.relation, source.column)] as const,
    );
  const pairs = lineage.flatMap((node) => (node.columns ?? []).flatMap((column) => origins(node, column)));
  return toSteps(pairs, direction);
}

/** From pairs of what is made and what it is made from. */
function toSteps(pairs: readonly (readonly [string, string])[], direction: LineageDirection): Steps {
  const directed = pairs.map(([made, origin]) =>
    direction === 'UPSTREAM' ? [made, origin] : [origin, made],
  );
  const steps = new Map<string, string[]>();
  for (const [from = '', to = ''] of directed) steps.set(from, [...(steps.get(from) ?? []), to]);
  return steps;
}

function nameColumn(relation: string, column: string): string {
  return `${relation}.${column}`;
}

function unknownName(
  field: 'relation' | 'column',
  given: string,
  known: readonly string[],
): InvalidInputError {
  const near = findNearMiss(given, known);
  const shown = given.slice(0, 200);
  const advice = near ? `Did you mean "${near}"?` : 'Ask lineage without arguments for all of them.';
  return new InvalidInputError(`The snapshot has no ${field} "${shown}". ${advice}`, {
    field,
    given: shown,
    expected: field === 'relation' ? 'layer.name of a relation' : 'a column of the relation',
  });
}
