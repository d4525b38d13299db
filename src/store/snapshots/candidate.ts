// A snapshot that is being built: its files lie beside those that are served, and nobody names them until it is published.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Clock, toIso } from '../../clock.ts';
import { SnapshotError } from '../../errors.ts';
import { commitDelta } from './delta-log.ts';
import { type Files, replaceDurably, sha256 } from './files.ts';
import {
  type CurrentPointer,
  MANIFEST_FORMAT,
  type Manifest,
  type ManifestArtifact,
  type ManifestRelation,
} from './manifest.ts';
import { keepRelation, rewriteRelation, writeIncrement } from './relation-increment.ts';
import { writeRelation } from './relation-writer.ts';
import type { Candidate, WrittenRelation } from './snapshot-store.ts';

export interface CandidateParts {
  readonly files: Files;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly snapshotId: string;
  /** The snapshot that is current now. */
  readonly parent: Manifest | null;
}

export function createCandidate(parts: CandidateParts): Candidate {
  const { files, dataDir, clock, snapshotId, parent } = parts;
  const relations: WrittenRelation[] = [];
  const artifacts: ManifestArtifact[] = [];
  const newFiles: string[] = [];
  const artifactsFolder = join(dataDir, 'artifacts', snapshotId);
  let isOver = false;

  const discard = async () => {
    if (isOver) return;
    isOver = true;
    for (const path of newFiles) await files.remove(join(dataDir, path));
    await files.remove(artifactsFolder);
  };

  const findParent = (spec: Pick<WrittenRelation, 'layer' | 'name'>) =>
    parent?.relations.find(({ layer, name }) => layer === spec.layer && name === spec.name);

  const add = ({ relation, newFile }: { relation: WrittenRelation; newFile: string | null }) => {
    if (newFile) newFiles.push(newFile);
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
      const touched = change.how === 'TOUCHED' ? change.column : null;
      const isNew = change.how === 'GROW' || (change.how === 'TOUCHED' && change.isNew);
      return add(await writeIncrement(files, db, { ...spec, touched, isNew }, about));
    },
    openArtifact: async (name) => {
      const folder = join(artifactsFolder, name);
      await files.remove(folder);
      await files.makeFolder(folder);
      return folder;
    },
    addArtifact: async (name, builtFor = snapshotId) => {
      const artifact = { name, builtFor, files: await sealFolder(parts, `artifacts/${snapshotId}/${name}`) };
      const place = artifacts.findIndex((other) => other.name === name);
      artifacts.splice(place < 0 ? artifacts.length : place, place < 0 ? 0 : 1, artifact);
      return artifact;
    },
    publish: async (facts) => {
      if (isOver) throw new SnapshotError(`The candidate "${snapshotId}" is over; begin a new one.`);
      const committed = await commitRelations(parts, relations);
      const manifest: Manifest = {
        format: MANIFEST_FORMAT,
        id: snapshotId,
        parentId: parent?.id ?? null,
        publishedAt: toIso(clock.now()),
        runId: facts.runId,
        batches: [...facts.batches].sort(),
        recipe: facts.recipe,
        relations: committed,
        checks: facts.checks,
        coverage: facts.coverage,
        lineage: facts.lineage,
        artifacts,
      };
      await writeManifest(parts, manifest);
      isOver = true;
      return manifest;
    },
    quarantine: async ({ reason, checks }) => {
      const folder = join(dataDir, 'quarantine');
      await files.makeFolder(folder);
      const report = { id: snapshotId, at: toIso(clock.now()), reason, checks };
      await replaceDurably(files, join(folder, `${snapshotId}.json`), `${JSON.stringify(report, null, 2)}\n`);
      await discard();
    },
    discard,
  };
}

/** Moves CURRENT to a manifest that is on disk. */
export async function moveCurrent(files: Files, dataDir: string, manifest: Manifest): Promise<void> {
  const pointer: CurrentPointer = {
    snapshotId: manifest.id,
    manifestSha256: sha256(printManifest(manifest)),
  };
  await replaceDurably(files, join(dataDir, 'CURRENT'), `${JSON.stringify(pointer)}\n`);
}

/** The file of a manifest: JSON whose last field is the hash of the rest, so that it can be trusted without CURRENT too. */
export function printManifest(manifest: Manifest): string {
  const body = JSON.stringify(manifest, null, 1);
  return `${body.slice(0, -2)}${hashLine(body)}`;
}

/** The body that a manifest's file was printed from; null when the file is not what was written. */
export function findManifestBody(text: string): string | null {
  const at = text.lastIndexOf(',\n "sha256": ');
  const body = `${text.slice(0, at)}\n}`;
  return at > 0 && text.slice(at) === hashLine(body) ? body : null;
}

function hashLine(body: string): string {
  return `,\n "sha256": "${sha256(body)}"\n}\n`;
}

async function commitRelations(
  parts: CandidateParts,
  relations: readonly WrittenRelation[],
): Promise<ManifestRelation[]> {
  const committed: ManifestRelation[] = [];
  for (const relation of relations) {
    const deltaVersion = await commitDelta(parts.files, {
      folder: join(parts.dataDir, relation.layer, relation.name),
      tableId: toTableId(`${relation.layer}.${relation.name}`),
      table: relation,
      at: parts.clock.now(),
      snapshotId: parts.snapshotId,
    });
    const bytes = relation.files.reduce((sum, file) => sum + file.bytes, 0);
    committed.push({ ...relation, bytes, deltaVersion });
  }
  return committed.sort((a, b) => `${a.layer}.${a.name}`.localeCompare(`${b.layer}.${b.name}`));
}

/** The manifest first, durable and never overwritten; then the one step that makes it current. */
async function writeManifest({ files, dataDir }: CandidateParts, manifest: Manifest): Promise<void> {
  const folder = join(dataDir, 'snapshots');
  await files.makeFolder(folder);
  await files.createDurably(join(folder, `${manifest.id}.json`), printManifest(manifest));
  await files.syncFolder(folder);
  await moveCurrent(files, dataDir, manifest);
}

async function sealFolder(
  { files, dataDir }: CandidateParts,
  path: string,
): Promise<ManifestArtifact['files']> {
  const folder = join(dataDir, path);
  const sealed = [];
  for (const name of await files.list(folder)) {
    const file = join(folder, name);
    await files.syncFile(file);
    const found = await files.find(file);
    sealed.push({ path: `${path}/${name}`, bytes: found?.bytes ?? 0, sha256: await files.hash(file) });
  }
  await files.syncFolder(folder);
  await files.syncFolder(join(folder, '..'));
  return sealed;
}

/** A UUID made from the relation's name: the table keeps it for good, on every machine. */
function toTableId(relation: string): string {
  const hex = createHash('sha256').update(`groovelake ${relation}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
