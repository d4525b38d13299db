// A snapshot that is being built: its files lie beside those that are served, and nobody names them until it is published.
import { join } from 'node:path';
import { type Clock, toIso } from '../../clock.ts';
import { SnapshotError } from '../../errors.ts';
import { artifactFolder } from './artifact.ts';
import { commitTables } from './commit-tables.ts';
import { moveCurrent, parsePointer, readPointer } from './current.ts';
import { type FileStats, printStats } from './delta-stats.ts';
import type { Dictionary } from './dictionary.ts';
import { createDurably, type Files, makeFolderDurably, replaceDurably } from './files.ts';
import { MANIFEST_FORMAT, type Manifest, type ManifestArtifact, type ManifestRelation } from './manifest.ts';
import { printManifest } from './manifest-file.ts';
import { keepRelation, rewriteRelation, writeIncrement } from './relation-increment.ts';
import { type PatchedFile, type Written, writeRelation } from './relation-writer.ts';
import type { Candidate, WrittenRelation } from './snapshot-store.ts';

export interface CandidateParts {
  readonly files: Files;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly dictionary: Dictionary;
  readonly snapshotId: string;
  /** The snapshot that is current now. */
  readonly parent: Manifest | null;
  /** Brings the Delta tables back to what is served. */
  readonly restoreTables: (beforeCommit: () => Promise<void>) => Promise<unknown>;
}

export function createCandidate(parts: CandidateParts): Candidate {
  const { files, dataDir, clock, snapshotId, parent } = parts;
  const relations: WrittenRelation[] = [];
  const artifacts: ManifestArtifact[] = [];
  const newFiles: string[] = [];
  const stats = new Map<string, FileStats>();
  const patches = new Map<string, PatchedFile>();
  const artifactsFolder = join(dataDir, 'artifacts', snapshotId);
  let isOver = false;
  let isPublished = false;
  /** What CURRENT was last moved to, or was to be. */
  let manifest: Manifest | null = null;
  /** Asked before each commit: what the publish was given. */
  let confirmLease: () => Promise<void> = async () => {};
  const isLeaseHeld = () =>
    confirmLease().then(
      () => true,
      () => false,
    );
  /** The last publish that was begun; it is over when this is. */
  let publishing: Promise<unknown> = Promise.resolve();
  /** From its first Delta commit on a table may name a new file, and readers of the table may be reading it. */
  let isCommitting = false;

  const discard = async () => {
    if (isOver) return;
    isOver = true;
    // One that was left behind finds the candidate over before it moves CURRENT, or is moving it.
    await publishing;
    if (isPublished) return;
    if (isCommitting) return takeBack();
    for (const path of newFiles) await files.remove(join(dataDir, path));
    await files.remove(artifactsFolder);
  };

  /** Whether CURRENT knows it: of a publish that failed, that only the sync of its folder did. */
  const hasMoved = async () => {
    const { snapshotId: namedId, published } = parsePointer(await readPointer(files, dataDir));
    return namedId === snapshotId || published?.includes(snapshotId) === true;
  };

  /**
   * After a publish that failed: the tables as the served snapshot has them, unless another may be publishing by now, which brings them
   * along. New files are left to the sweep, since Delta versions name them.
   */
  const takeBack = async () => {
    if (await hasMoved()) return;
    // The largest first: where the disk is full, this makes room.
    await files.remove(artifactsFolder);
    await files.remove(toManifestPath(dataDir, snapshotId));
    if (await isLeaseHeld()) await parts.restoreTables(confirmLease);
  };

  const requireOpen = () => {
    if (isOver) throw new SnapshotError(`The candidate "${snapshotId}" is over; begin a new one.`);
  };

  const commit = async (...[facts, beforeCommit]: Parameters<Candidate['publish']>): Promise<Manifest> => {
    // An earlier try has published, and what came after that failed.
    if (isPublished && manifest) return manifest;
    requireOpen();
    if (manifest && (await hasMoved())) {
      await files.syncFolder(dataDir);
      return finish(manifest);
    }
    // An earlier try has written it.
    if (isCommitting) await files.remove(toManifestPath(dataDir, snapshotId));
    isCommitting = true;
    confirmLease = beforeCommit ?? confirmLease;
    const confirm = async () => {
      await confirmLease();
      requireOpen();
    };
    const committed = await commitTables(parts, {
      relations,
      snapshotId,
      operation: 'WRITE',
      stats: printAll(relations, stats),
      patches,
      current: parent,
      beforeCommit: confirm,
    });
    manifest = {
      format: MANIFEST_FORMAT,
      id: snapshotId,
      parentId: parent?.id ?? null,
      publishedAt: toIso(clock.now()),
      runId: facts.runId,
      batches: [...facts.batches].sort(),
      recipe: facts.recipe,
      relations: committed.map((relation) => withKey(relation, facts.keys)),
      checks: facts.checks,
      coverage: facts.coverage,
      ...(facts.bestCoverage?.length ? { bestCoverage: facts.bestCoverage } : {}),
      lineage: facts.lineage,
      artifacts,
    };
    await writeManifest(parts, manifest);
    await confirm();
    await moveCurrent(files, dataDir, manifest);
    return finish(manifest);
  };

  const finish = (published: Manifest) => {
    isPublished = true;
    isOver = true;
    return published;
  };

  const findParent = (spec: Pick<WrittenRelation, 'layer' | 'name'>) =>
    parent?.relations.find(({ layer, name }) => layer === spec.layer && name === spec.name);

  const add = ({ relation, newFiles: written }: Written) => {
    for (const { path, stats: found, patchOf } of written) {
      newFiles.push(path);
      stats.set(path, found);
      if (patchOf) patches.set(path, patchOf);
    }
    const place = relations.findIndex(
      ({ layer, name }) => layer === relation.layer && name === relation.name,
    );
    relations.splice(place < 0 ? relations.length : place, place < 0 ? 0 : 1, relation);
    return relation;
  };

  return {
    snapshotId,
    writeRelation: async (db, spec, signal) =>
      add(
        await writeRelation(files, db, spec, {
          dataDir,
          snapshotId,
          parent: findParent(spec),
          findStats: (path) => stats.get(path),
          ...(signal ? { signal } : {}),
        }),
      ),
    updateRelation: async (db, spec, change, signal) => {
      const before = findParent(spec);
      if (!before)
        throw new SnapshotError(`There is no "${spec.layer}.${spec.name}" to update; build it whole.`);
      const about = { dataDir, snapshotId, parent: before, ...(signal ? { signal } : {}) };
      if (change.how === 'KEEP') return add(await keepRelation(db, spec, about));
      if (change.how === 'WHOLE') return add(await rewriteRelation(files, db, spec, about));
      const { column: touched, isNew } = change;
      return add(await writeIncrement(files, db, { ...spec, touched, isNew }, about));
    },
    openArtifact: async (name) => {
      const folder = artifactFolder(dataDir, snapshotId, name);
      await files.remove(folder);
      await makeFolderDurably(files, folder);
      return folder;
    },
    addArtifact: async (name) => {
      const artifact = {
        name,
        builtFor: snapshotId,
        files: await sealFolder(parts, `artifacts/${snapshotId}/${name}`),
      };
      const place = artifacts.findIndex((other) => other.name === name);
      artifacts.splice(place < 0 ? artifacts.length : place, place < 0 ? 0 : 1, artifact);
      return artifact;
    },
    publish: (facts, beforeCommit) => {
      const work = commit(facts, beforeCommit);
      publishing = work.catch(() => {});
      return work;
    },
    quarantine: async ({ reason, checks }) => {
      const folder = join(dataDir, 'quarantine');
      await makeFolderDurably(files, folder);
      const report = { id: snapshotId, at: toIso(clock.now()), reason, checks };
      await replaceDurably(files, join(folder, `${snapshotId}.json`), `${JSON.stringify(report, null, 2)}\n`);
      await discard();
    },
    discard,
  };
}

/** Statistics of new files as Delta's log has them, by path. */
function printAll(
  relations: readonly WrittenRelation[],
  stats: ReadonlyMap<string, FileStats>,
): ReadonlyMap<string, string> {
  const printed = relations.flatMap(({ files, columns }) =>
    files.flatMap(({ path }) => {
      const found = stats.get(path);
      return found ? [[path, printStats(found, columns)] as const] : [];
    }),
  );
  return new Map(printed);
}

/** A relation that is named again from the parent has the key of now, not of then. */
function withKey(
  { key: _then, ...relation }: ManifestRelation,
  keys: ReadonlyMap<string, readonly string[]> = new Map(),
): ManifestRelation {
  const key = keys.get(`${relation.layer}.${relation.name}`) ?? [];
  return key.length > 0 ? { ...relation, key } : relation;
}

/** Durable and never overwritten. */
async function writeManifest({ files, dataDir }: CandidateParts, manifest: Manifest): Promise<void> {
  const folder = join(dataDir, 'snapshots');
  await makeFolderDurably(files, folder);
  await createDurably(files, toManifestPath(dataDir, manifest.id), printManifest(manifest));
}

export function toManifestPath(dataDir: string, id: string): string {
  return join(dataDir, 'snapshots', `${id}.json`);
}

async function sealFolder(
  { files, dataDir }: CandidateParts,
  path: string,
): Promise<ManifestArtifact['files']> {
  const folder = join(dataDir, path);
  const sealed = [];
  for (const name of await files.list(folder)) {
    sealed.push({ path: `${path}/${name}`, ...(await files.seal(join(folder, name))) });
  }
  await files.syncFolder(folder);
  return sealed;
}
