// The snapshot that a command reads: the published one, or an older one that is named.
import { systemClock, systemRandomness } from '../clock.ts';
import type { Config } from '../config.ts';
import { GroovelakeError, SnapshotError } from '../errors.ts';
import { findAsOf } from '../store/snapshots/kept.ts';
import { createSnapshotStore } from '../store/snapshots/local.ts';
import type { Manifest } from '../store/snapshots/manifest.ts';
import { type Parsed, readText } from './arguments.ts';

type Place = Pick<Config, 'dataDir'>;

/** Options of commands that read a snapshot, beside another where one is named. */
export const SNAPSHOT_OPTIONS = { snapshot: { type: 'string' }, before: { type: 'string' } } as const;

/** What SNAPSHOT_OPTIONS name: the published snapshot unless stated, and the one that is asked beside it. */
export async function getSnapshots(
  parsed: Parsed,
  config: Place,
): Promise<{ manifest: Manifest; before: Manifest | null }> {
  const [id, beforeId] = [readText(parsed, 'snapshot'), readText(parsed, 'before')];
  return {
    manifest: id === undefined ? await getPublished(config) : await getKept(id, config),
    before: beforeId === undefined ? null : await getKept(beforeId, config),
  };
}

/** @throws InvalidInputError for what is no id; NotFoundError for one that is swept or unknown; SnapshotError for one that is damaged */
async function getKept(id: string, config: Place): Promise<Manifest> {
  const store = openStore(config);
  const manifest = await findAsOf(store, { snapshot: id });
  const damage = await store.findDamage(manifest);
  if (damage) throw new SnapshotError(`The snapshot "${id}" cannot be read: ${damage}`);
  return manifest;
}

const openStore = ({ dataDir }: Place) =>
  createSnapshotStore({ dataDir, clock: systemClock, random: systemRandomness });

/** @throws GroovelakeError (STARTING) while nothing has been published */
async function getPublished(config: Place): Promise<Manifest> {
  const { manifest, warnings } = await openStore(config).lookAtCurrent();
  if (manifest) return manifest;
  if (warnings.length > 0)
    throw new SnapshotError(`No snapshot in "${config.dataDir}" can be used: ${warnings.join('; ')}`);
  throw new GroovelakeError(
    'STARTING',
    `No snapshot has been published in "${config.dataDir}" yet. Run "groovelake import FILE" or "groovelake start" first.`,
  );
}
