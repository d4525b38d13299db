// Where the files lie that belong to a snapshot beside its relations.
import { join } from 'node:path';
import type { Manifest, ManifestArtifact } from './manifest.ts';

type Name = ManifestArtifact['name'];

export interface FoundArtifact extends ManifestArtifact {
  readonly folder: string;
}

/** An artifact of a snapshot with its folder; null where it has none. */
export function findArtifact(manifest: Manifest, dataDir: string, name: Name): FoundArtifact | null {
  const found = manifest.artifacts.find((artifact) => artifact.name === name);
  return found ? { ...found, folder: artifactFolder(dataDir, manifest.id, name) } : null;
}

/** The folder of an artifact, whether or not it is there. */
export function artifactFolder(dataDir: string, snapshotId: string, name: Name): string {
  return join(dataDir, 'artifacts', snapshotId, name);
}
