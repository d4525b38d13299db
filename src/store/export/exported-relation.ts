// A relation of the snapshot, named by whoever wants it as a file.
import { InvalidInputError, NotFoundError } from '../../errors.ts';
import { findNearMiss } from '../../near-miss.ts';
import type { Manifest, ManifestRelation } from '../snapshots/manifest.ts';

/** The relation of a name: gold.tracks, or tracks for short. @throws NotFoundError with the nearest one */
export function findExported(path: string, { relations }: Manifest): ManifestRelation {
  const fullName = ({ layer, name }: ManifestRelation) => `${layer}.${name}`;
  const found = relations.find(
    (relation) => fullName(relation) === (path.includes('.') ? path : `gold.${path}`),
  );
  if (found) return found;
  const near = findNearMiss(
    path,
    relations.flatMap((relation) => [relation.name, fullName(relation)]),
  );
  throw new NotFoundError('relation', path, near ? { hint: `Did you mean "${near}"?` } : {});
}

/**
 * Some columns of a relation, as `a,b` names them; null is all of them.
 *
 * @throws InvalidInputError for one that it does not have, or that is named twice
 */
export function chooseColumns(
  given: string | null,
  relation: Pick<ManifestRelation, 'name' | 'columns'>,
): string[] {
  const known = relation.columns.map(({ name }) => name);
  if (given === null) return known;
  const columns = given.split(',').map((name) => name.trim());
  const unknown = columns.find((name) => !known.includes(name));
  if (unknown === undefined && new Set(columns).size === columns.length) return columns;
  throw new InvalidInputError(
    `"columns" names "${unknown ?? given}", which "${relation.name}" ${unknown === undefined ? 'would have twice' : 'does not have'}; expected are some of ${known.join(', ')}.`,
    { field: 'columns', given, expected: known.join(', ') },
  );
}
