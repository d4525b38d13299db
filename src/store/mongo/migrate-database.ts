// Brings the database of a configuration to a migration, as the command line does.
import { type MongoSettings, openMongo } from './connection.ts';
import { type MigrationReport, migrate } from './migrations.ts';

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
