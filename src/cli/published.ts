// The published snapshot, for commands that read it.
import { systemClock, systemRandomness } from '../clock.ts';
import type { Config } from '../config.ts';
import { GroovelakeError, SnapshotError } from '../errors.ts';
import { createSnapshotStore } from '../store/snapshots/local.ts';
import type { Manifest } from '../store/snapshots/manifest.ts';

/** @throws GroovelakeError (STARTING) while nothing has been published */
export async function getPublished(
  config: Pick<Config, 'dataDir'>,
): Promise<{ manifest: Manifest; warnings: string[] }> {
  const store = createSnapshotStore({
    dataDir: config.dataDir,
    clock: systemClock,
    random: systemRandomness,
  });
  const { manifest, warnings } = await store.lookAtCurrent();
  if (manifest) return { manifest, warnings };
  if (warnings.length > 0)
    throw new SnapshotError(`No snapshot in "${config.dataDir}" can be used: ${warnings.join('; ')}`);
  throw new GroovelakeError(
    'STARTING',
    `No snapshot has been published in "${config.dataDir}" yet. Run "groovelake import FILE" or "groovelake start" first.`,
  );
}
