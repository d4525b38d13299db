// Brings the database of a configuration to a migration, as the command line does, or says what it lacks.
import { type MongoSettings, openMongo } from './connection.ts';
import { listWaiting, type MigrationReport, migrate } from './migrations.ts';

/** @param to the latest unless stated. @throws as openMongo and migrate do */
export async function migrateDatabase(
  settings: MongoSettings,
  to: number | undefined,
): Promise<MigrationReport> {
  const mongo = await openMongo(settings);
  try {
    return await migrate(mongo, { to });
  } finally {
    await mongo.close();
  }
}

/** Names of the migrations that the next start applies. @throws as openMongo and listWaiting do */
export async function listWaitingMigrations(settings: MongoSettings): Promise<string[]> {
  const mongo = await openMongo(settings);
  try {
    return await listWaiting(mongo);
  } finally {
    await mongo.close();
  }
}
