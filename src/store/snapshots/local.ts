// Snapshots in a folder of this machine.
import { join } from 'node:path';
import type { Clock, Randomness } from '../../clock.ts';
import { NotFoundError } from '../../errors.ts';
import { once } from '../once.ts';
import { sha256 } from '../sha256.ts';
import { createCandidate, toManifestPath } from './candidate.ts';
import { commitTables, restoreTables } from './commit-tables.ts';
import {
  findGoneBackFrom,
  listSnapshotIds,
  moveCurrent,
  parsePointer,
  readPointer,
  toDamageNote,
} from './current.ts';
import { type Dictionary, readDictionary } from './dictionary.ts';
import { createDurably, type Files, hashReadable, isMissing, localFiles } from './files.ts';
import type { Manifest } from './manifest.ts';
import { parseManifest } from './manifest-file.ts';
import { isSnapshotId, makeSnapshotId } from './snapshot-id.ts';
import { type CurrentLook, HEAL_ADVICE, type SnapshotStore, type Verify } from './snapshot-store.ts';
import { sweep } from './sweep.ts';

const POLL_MS = 500;

export interface LocalSnapshotOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly files?: Files;
  /** What relations and columns mean; lakehouse/dictionary.md unless given. */
  readonly dictionary?: Dictionary;
}

/** Which snapshot stands in for what CURRENT names, and why that one. Nothing but CURRENT says what was gone back from. */
function describeFallback(id: string, pointer: string | null, isGoneBackFrom: boolean): string {
  if (!parsePointer(pointer).snapshotId)
    return (
      `${pointer === null ? 'CURRENT is missing' : 'CURRENT cannot be used'}; serving the newest whole snapshot ${id}. ` +
      'Where an older one had been rolled back to, do so again ("groovelake snapshots --rollback ID").'
    );
  const why = isGoneBackFrom
    ? 'though it was gone back from, as no other is whole'
    : 'the newest whole one that was not gone back from';
  return `serving ${id} instead, ${why}. ${HEAL_ADVICE}`;
}

export function createSnapshotStore({
  dataDir,
  clock,
  random,
  files = localFiles,
  dictionary,
}: LocalSnapshotOptions): SnapshotStore {
  const manifestPath = (id: string) => toManifestPath(dataDir, id);
  const getDictionary = once(() => dictionary ?? readDictionary());
  const listIds = () => listSnapshotIds(files, dataDir);

  const readManifest = async (id: string) => {
    if (!isSnapshotId(id)) return null;
    const text = await readOr(files, manifestPath(id), null);
    return text === null ? null : parseManifest(text, id);
  };
  const findManifest = async (id: string) =>
    (await listIds()).unpublished.includes(id) ? null : readManifest(id);

  const look = async (verify: Verify): Promise<CurrentLook> => {
    const pointer = await readPointer(files, dataDir);
    const warnings: string[] = [];
    let damagedId: string | null = null;
    if (pointer !== null) {
      const found = await openPointer(files, dataDir, pointer, manifestPath, verify);
      if ('manifest' in found) return { manifest: found.manifest, warnings, damagedId };
      warnings.push(found.damage);
      damagedId = found.id;
    }
    const { published } = await listIds();
    const goneBackFrom = findGoneBackFrom(parsePointer(pointer), published);
    const isLeft = (id: string) => goneBackFrom.has(id);
    for (const id of [...published.filter((each) => !isLeft(each)), ...published.filter(isLeft)]) {
      const manifest = await readManifest(id).catch(() => null);
      const damage = manifest
        ? await findDamage(files, dataDir, manifest, verify)
        : `the manifest of ${id} is damaged`;
      if (manifest && !damage) {
        warnings.push(describeFallback(id, pointer, isLeft(id)));
        return { manifest, warnings, damagedId };
      }
      warnings.push(`snapshot ${id} is passed over: ${damage}`);
    }
    if (warnings.length > 0) warnings.push(`no snapshot is whole. ${HEAL_ADVICE}`);
    return { manifest: null, warnings, damagedId };
  };
  const readCurrent: SnapshotStore['readCurrent'] = async ({ verify = 'HASHES' } = {}) => {
    const { manifest, warnings } = await look(verify);
    return manifest && { manifest, warnings };
  };

  const tables = {
    files,
    dataDir,
    clock,
    // Most who open the store commit nothing.
    get dictionary() {
      return getDictionary();
    },
  };
  const restoreServed: SnapshotStore['restoreTables'] = async (beforeCommit) => {
    const served = await readCurrent({ verify: 'LENGTHS' });
    return served ? restoreTables(tables, served.manifest, beforeCommit) : [];
  };

  return {
    dataDir,
    readCurrent,
    lookAtCurrent: () => look('HASHES'),
    noteDamage: async (id) => {
      // A disk that is full, or a folder that may only be read, is no reason to serve nothing.
      await createDurably(files, toDamageNote(dataDir, id), '').catch(() => {});
    },
    hasDamageNote: async (id) => (await files.find(toDamageNote(dataDir, id))) !== null,
    findManifest,
    findDamage: (manifest) => findDamage(files, dataDir, manifest, 'HASHES'),
    listManifests: async () => {
      const { published } = await listIds();
      const manifests = await Promise.all(published.map((id) => readManifest(id).catch(() => null)));
      return manifests.filter((manifest) => manifest !== null);
    },
    listRollbacks: async () => [...(parsePointer(await readPointer(files, dataDir)).rollbacks ?? [])],
    beginCandidate: async (current) => {
      const parent =
        current === undefined ? ((await readCurrent({ verify: 'LENGTHS' }))?.manifest ?? null) : current;
      const { published, unpublished } = await listIds();
      return createCandidate({
        files,
        dataDir,
        clock,
        dictionary: getDictionary(),
        parent,
        restoreTables: restoreServed,
        snapshotId: makeSnapshotId(clock.now(), random, [...published, ...unpublished].sort().at(-1)),
      });
    },
    rollback: async (id, beforeCommit) => {
      const manifest = await findManifest(id);
      if (!manifest || (await findDamage(files, dataDir, manifest, 'HASHES')))
        throw new NotFoundError('whole snapshot', id);
      // Only its Delta versions are of interest.
      const current = (await readCurrent({ verify: 'LENGTHS' }))?.manifest ?? null;
      const { relations } = manifest;
      try {
        await commitTables(tables, {
          relations,
          snapshotId: id,
          operation: 'RESTORE',
          current,
          beforeCommit,
        });
        await beforeCommit?.();
        await moveCurrent(files, dataDir, manifest, clock.now());
      } catch (error) {
        // What went wrong first is told. Where this goes wrong too, the next run puts the tables right.
        await restoreServed(beforeCommit).catch(() => {});
        throw error;
      }
      return manifest;
    },
    restoreTables: restoreServed,
    sweep: (options) => sweep({ files, dataDir, now: clock.now(), listIds, readManifest }, options),
    watchCurrent: (onChange) => {
      const read = () => readPointer(files, dataDir);
      let last = read().catch(() => null);
      return clock.every(POLL_MS, () => {
        const before = last;
        last = read().catch(() => before);
        void Promise.all([before, last]).then(([old, now]) => {
          if (old !== now) onChange();
        });
      });
    },
  };
}

async function openPointer(
  files: Files,
  dataDir: string,
  pointer: string,
  manifestPath: (id: string) => string,
  verify: Verify,
): Promise<{ manifest: Manifest } | { damage: string; id: string | null }> {
  const { snapshotId, manifestSha256 } = parsePointer(pointer);
  if (!snapshotId || !/^[0-9a-f-]+$/.test(snapshotId)) return { damage: 'CURRENT is damaged', id: null };
  const text = await readOr(files, manifestPath(snapshotId), null);
  if (text === null) return { damage: `the manifest of ${snapshotId} is missing`, id: null };
  if (sha256(text) !== manifestSha256)
    return { damage: `the manifest of ${snapshotId} is not what was published`, id: null };
  const manifest = parseManifest(text, snapshotId);
  const damage = await findDamage(files, dataDir, manifest, verify);
  return damage ? { damage, id: snapshotId } : { manifest };
}

/**
 * What is wrong with the files of a snapshot, or null: each must be there, as long as it was, and, by hashes, the same to the bit. The serving
 * index is left out: it holds nothing that gold does not, and is built anew where it is opened (store/serving/open.ts).
 */
async function findDamage(
  files: Files,
  dataDir: string,
  manifest: Manifest,
  verify: Verify,
): Promise<string | null> {
  const artifacts = manifest.artifacts.filter(({ name }) => name !== 'serving');
  const named = [...manifest.relations, ...artifacts].flatMap((part) => part.files);
  for (const file of named) {
    const path = join(dataDir, file.path);
    const found = await files.find(path);
    if (!found) return `${file.path} is missing`;
    if (found.bytes !== file.bytes) return `${file.path} has ${found.bytes} bytes instead of ${file.bytes}`;
    if (verify === 'LENGTHS') continue;
    const hash = await hashReadable(files, path);
    if (hash === null) return `${file.path} cannot be read`;
    if (hash !== file.sha256) return `${file.path} is not what was published`;
  }
  return null;
}

async function readOr<T>(files: Files, path: string, fallback: T): Promise<string | T> {
  try {
    return await files.read(path);
  } catch (error) {
    if (isMissing(error)) return fallback;
    throw error;
  }
}
