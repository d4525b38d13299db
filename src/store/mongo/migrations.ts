// Applies migrations/NNNN_name.ts in order and records each in the collection "migrations". Every step may be repeated and may run in two
// processes at once, so there is no lock that a dead process could leave behind.
import { readdir } from 'node:fs/promises';
import type { Db } from 'mongodb';
import { GroovelakeError, InvalidInputError } from '../../errors.ts';
import type { Mongo } from './connection.ts';
import { isDuplicateKey } from './errors.ts';

/** What a file in migrations/ exports. Both directions change nothing when they are repeated; down removes no document. */
export interface Migration {
  up(db: Db): Promise<void>;
  down(db: Db): Promise<void>;
}

export interface NamedMigration extends Migration {
  readonly version: number;
  /** 0001_create_landing_indexes */
  readonly name: string;
}

interface AppliedMigration {
  readonly _id: number;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly appliedAt: number;
}

export interface MigrationReport {
  /** The version the database has now; 0: none. */
  readonly version: number;
  readonly applied: readonly string[];
  readonly reverted: readonly string[];
}

const FOLDER = new URL('../../../migrations/', import.meta.url);

/**
 * Brings the database to a version, the latest unless stated.
 *
 * @throws GroovelakeError (FORMAT) for a database of a newer version; InvalidInputError for a version that does not exist
 */
export async function migrate(
  mongo: Mongo,
  { to, migrations }: { to?: number | undefined; migrations?: readonly NamedMigration[] } = {},
): Promise<MigrationReport> {
  const known = migrations ?? (await readMigrations());
  const latest = known.at(-1)?.version ?? 0;
  const target = to ?? latest;
  if (target !== 0 && !known.some(({ version }) => version === target)) {
    throw new InvalidInputError(
      `There is no migration ${target}; a number from 0 to ${latest} is expected.`,
      {
        field: 'to',
        given: String(target),
        expected: `0 to ${latest}`,
      },
    );
  }
  const done = await listApplied(mongo);
  refuseNewer(done, latest, mongo.db.databaseName);
  const isDone = (migration: NamedMigration) => done.some(({ _id }) => _id === migration.version);
  const missing = known.filter((migration) => migration.version <= target && !isDone(migration));
  const surplus = known.filter((migration) => migration.version > target && isDone(migration)).reverse();
  for (const migration of missing) await apply(mongo, migration);
  for (const migration of surplus) await revert(mongo, migration);
  return {
    version: target,
    applied: missing.map(({ name }) => name),
    reverted: surplus.map(({ name }) => name),
  };
}

/** Names of those that the database lacks, oldest first. @throws GroovelakeError (FORMAT) for a database of a newer version */
export async function listWaiting(mongo: Mongo): Promise<string[]> {
  const known = await readMigrations();
  const done = await listApplied(mongo);
  refuseNewer(done, known.at(-1)?.version ?? 0, mongo.db.databaseName);
  return known.filter(({ version }) => !done.some(({ _id }) => _id === version)).map(({ name }) => name);
}

/** Those recorded in the database, oldest first. */
export function listApplied(mongo: Mongo): Promise<AppliedMigration[]> {
  return mongo.call(() => collection(mongo).find().sort({ _id: 1 }).toArray());
}

async function readMigrations(): Promise<NamedMigration[]> {
  const names = (await readdir(FOLDER)).filter((file) => /^\d{4}_\w+\.ts$/.test(file)).sort();
  return Promise.all(
    names.map(async (file) => {
      const { up, down } = (await import(new URL(file, FOLDER).href)) as Migration;
      return { version: Number(file.slice(0, 4)), name: file.replace(/\.ts$/, ''), up, down };
    }),
  );
}

function refuseNewer(done: readonly AppliedMigration[], latest: number, database: string): void {
  const newest = done.at(-1);
  if (!newest || newest._id <= latest) return;
  throw new GroovelakeError(
    'FORMAT',
    `The MongoDB database "${database}" is at migration ${newest._id} (${newest.name}); this version knows those up to ${latest}. Use a newer Groovelake, or another database.`,
  );
}

async function apply(mongo: Mongo, { version, name, up }: NamedMigration): Promise<void> {
  await mongo.call(() => up(mongo.db));
  await mongo.call(async () => {
    try {
      await collection(mongo).insertOne({ _id: version, name, appliedAt: mongo.clock.now() });
    } catch (error) {
      // Another process was first, or this is the second try; done is done.
      if (!isDuplicateKey(error)) throw error;
    }
  });
}

/** The record goes first: a process that dies in between leaves work that the next start does again. */
async function revert(mongo: Mongo, { version, down }: NamedMigration): Promise<void> {
  await mongo.call(() => collection(mongo).deleteOne({ _id: version }));
  await mongo.call(() => down(mongo.db));
}

function collection(mongo: Mongo) {
  return mongo.db.collection<AppliedMigration>('migrations');
}
