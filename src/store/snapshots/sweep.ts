// Removes what no kept manifest names: files of swept snapshots, and left-overs of candidates that died.
import { join } from 'node:path';
import type { Files } from './files.ts';
import type { Manifest } from './manifest.ts';

export interface SweepParts {
  readonly files: Files;
  readonly dataDir: string;
  readonly now: number;
  /** Newest first. */
  readonly listIds: () => Promise<string[]>;
  readonly findManifest: (id: string) => Promise<Manifest | null>;
}

/**
 * Keeps the newest `keep` snapshots and the current one. A file goes only when no kept manifest names it and it is older than the
 * grace time, so that a candidate being built now, or a reader that still holds a swept snapshot, loses nothing.
 */
export async function sweep(
  parts: SweepParts,
  { keep, graceMs, dryRun = false }: { keep: number; graceMs: number; dryRun?: boolean },
): Promise<{ removed: string[]; bytes: number }> {
  const { files, dataDir } = parts;
  const ids = await parts.listIds();
  const current = await readCurrentId(files, dataDir);
  const keptIds = new Set([...ids.slice(0, keep), ...(current ? [current] : [])]);
  const manifests = await Promise.all([...keptIds].map((id) => parts.findManifest(id)));
  // A kept manifest that cannot be read could name anything: remove nothing then.
  if (manifests.some((manifest) => manifest === null)) return { removed: [], bytes: 0 };
  const named = new Set(
    manifests
      .flatMap((manifest) => [...(manifest?.relations ?? []), ...(manifest?.artifacts ?? [])])
      .flatMap((part) => part.files.map(({ path }) => path)),
  );
  const leftovers = [
    ...ids.filter((id) => !keptIds.has(id)).map((id) => `snapshots/${id}.json`),
    ...(await listUnnamed(files, dataDir, named)),
  ];
  const removed: string[] = [];
  let bytes = 0;
  for (const path of leftovers) {
    const found = await files.find(join(dataDir, path));
    if (!found || parts.now - found.modifiedAt < graceMs) continue;
    removed.push(path);
    bytes += found.bytes;
    if (!dryRun) await files.remove(join(dataDir, path));
  }
  return { removed, bytes };
}

async function listUnnamed(files: Files, dataDir: string, named: ReadonlySet<string>): Promise<string[]> {
  const unnamed: string[] = [];
  for (const layer of ['silver', 'gold', 'warehouse']) {
    for (const relation of await files.list(join(dataDir, layer))) {
      for (const name of await files.list(join(dataDir, layer, relation))) {
        const path = `${layer}/${relation}/${name}`;
        if (name !== '_delta_log' && !named.has(path)) unnamed.push(path);
      }
    }
  }
  for (const id of await files.list(join(dataDir, 'artifacts'))) {
    const isNamed = [...named].some((path) => path.startsWith(`artifacts/${id}/`));
    if (!isNamed) unnamed.push(`artifacts/${id}`);
  }
  return unnamed;
}

async function readCurrentId(files: Files, dataDir: string): Promise<string | null> {
  try {
    return (JSON.parse(await files.read(join(dataDir, 'CURRENT'))) as { snapshotId: string }).snapshotId;
  } catch {
    return null;
  }
}
