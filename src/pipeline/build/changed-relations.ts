// Which relations a build of new batches has changed so far, told by their content hashes.
import type { BuildSession } from './build-session.ts';

type Build = Pick<BuildSession, 'plan' | 'relations'>;

/** Whether a relation (layer.name) has other content than the parent's. True in a full build, and for one that is not built yet. */
export function hasChanged({ plan, relations }: Build, relation: string): boolean {
  if (plan.how !== 'INCREMENTAL') return true;
  const [now, before] = [relations, plan.parent.relations].map((list) =>
    list.find(({ layer, name }) => `${layer}.${name}` === relation),
  );
  return now === undefined || now.contentHash !== before?.contentHash;
}

/** The relations (layer.name) whose changed rows a statement reads: `changed.gold_tracks` is gold.tracks. */
export function listChangesRead(sql: string): string[] {
  return [...sql.matchAll(/\bchanged\.([a-z]+)_([a-z_]+)/g)].map(([, layer, name]) => `${layer}.${name}`);
}
