// groovelake migrate: the version of a MongoDB database, and the way to another.
import { ConfigError } from '../errors.ts';
import { parseWords, readWholeNumber } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';

export const migrateCommand: Command = {
  run: migrate,
};

async function migrate({ words, config, terminal }: CommandParts): Promise<number> {
  const parsed = parseWords(words, 0, { to: { type: 'string' } });
  if (config.mongodbUri === undefined) {
    throw new ConfigError(
      'MONGODB_URI is not set, so there is nothing to migrate: SQLite files are brought up to date when they are opened.',
    );
  }
  const { migrateDatabase } = await import('../store/mongo/migrate-database.ts');
  const { applied, reverted, version } = await migrateDatabase(config, readWholeNumber(parsed, 'to'));
  for (const name of applied) terminal.line(`applied   ${name}`);
  for (const name of reverted) terminal.line(`reverted  ${name}`);
  const isUnchanged = applied.length + reverted.length === 0;
  terminal.line(`The database is ${isUnchanged ? '' : 'now '}at migration ${version}.`);
  return 0;
}
