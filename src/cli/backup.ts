// groovelake backup and restore.
import { systemClock, systemRandomness } from '../clock.ts';
import { InvalidInputError } from '../errors.ts';
import { createBackup } from '../store/backup/create-backup.ts';
import { restoreBackup } from '../store/backup/restore-backup.ts';
import { createSnapshotStore } from '../store/snapshots/local.ts';
import type { SnapshotStore } from '../store/snapshots/snapshot-store.ts';
import { parseWords } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';
import { untilLeft } from './until-left.ts';

export const backupCommand: Command = {
  run: backUp,
};

export const restoreCommand: Command = {
  run: restore,
};

async function backUp(parts: CommandParts): Promise<number> {
  const { terminal, config } = parts;
  return untilLeft(async ({ signal }) => {
    const list = await createBackup({
      snapshots: openSnapshots(parts),
      folder: readFolder(parts, 'a new folder for the backup'),
      clock: systemClock,
      usesMongo: config.mongodbUri !== undefined,
      signal,
      onProgress: (done, total) => terminal.status(`${done} of ${total} files of the snapshot`),
    });
    terminal.line(describe(list.files, `backed up, snapshot ${list.snapshotId ?? 'none'}`));
    if (list.without.includes('mongodb'))
      terminal.line(
        'Runs, landing, keys and the audit log are in MongoDB and not in this backup: use mongodump for them.',
      );
    const { warnings = [] } = list;
    for (const warning of warnings) terminal.error(`groovelake: ${warning}`);
    if (warnings.length === 0) return 0;
    terminal.error('groovelake: this backup lacks what is damaged. Keep the one before it.');
    return 1;
  });
}

async function restore(parts: CommandParts): Promise<number> {
  const { terminal, config } = parts;
  return untilLeft(async ({ signal }) => {
    const list = await restoreBackup({
      folder: readFolder(parts, 'the folder of a backup'),
      snapshots: openSnapshots(parts),
      signal,
      onProgress: (done, total) => terminal.status(`${done} of ${total} files`),
    });
    terminal.line(
      describe(list.files, `restored to "${config.dataDir}", snapshot ${list.snapshotId ?? 'none'}`),
    );
    for (const warning of list.warnings ?? [])
      terminal.error(`groovelake: when it was backed up: ${warning}`);
    return 0;
  });
}

function openSnapshots({ config }: CommandParts): SnapshotStore {
  return createSnapshotStore({ dataDir: config.dataDir, clock: systemClock, random: systemRandomness });
}

function readFolder({ words }: CommandParts, expected: string): string {
  const { positionals } = parseWords(words, Infinity, {});
  const [folder, more] = positionals;
  if (folder !== undefined && more === undefined) return folder;
  throw new InvalidInputError(`One folder is expected: ${expected}.`, { field: 'folder', expected });
}

function describe(files: readonly { bytes: number }[], what: string): string {
  const megabytes = files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  return `${files.length} files (${megabytes.toFixed(1)} MB) ${what}`;
}
