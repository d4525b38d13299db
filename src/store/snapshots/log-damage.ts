// Looks whether the Delta logs say what a snapshot is, without changing anything: what is served does not need them, other readers do.
import { join } from 'node:path';
import { isCheckpoint, nameOf, versionOf } from './delta-names.ts';
import { parseActions } from './delta-state.ts';
import { type Files, isMissing, localFiles } from './files.ts';
import type { Manifest } from './manifest.ts';

/**
 * What is wrong with the logs of a snapshot's tables, a sentence for each: from the newest checkpoint before its version on, every entry
 * must be there and whole. What is in a checkpoint is not read.
 */
export async function findLogDamage(
  dataDir: string,
  { relations }: Pick<Manifest, 'relations'>,
  files: Files = localFiles,
): Promise<string[]> {
  const found: string[] = [];
  for (const { layer, name, deltaVersion } of relations) {
    const log = join(dataDir, layer, name, '_delta_log');
    const names = (await files.list(log)).filter((each) => (versionOf(each) ?? Infinity) <= deltaVersion);
    const start = Math.max(-1, ...names.filter(isCheckpoint).map((each) => versionOf(each) ?? -1));
    for (let version = start + 1; version <= deltaVersion; version++) {
      const text = await files.read(join(log, nameOf(version))).catch((error: unknown) => {
        if (isMissing(error)) return null;
        throw error;
      });
      if (text !== null && parseActions(text) !== null) continue;
      found.push(`${layer}.${name}: version ${version} ${text === null ? 'is missing' : 'cannot be read'}`);
      break;
    }
  }
  return found;
}
