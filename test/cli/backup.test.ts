// groovelake backup and restore as commands: what they print, where, and with which exit code they end.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { backupCommand, restoreCommand } from '../../src/cli/backup.ts';
import type { Command } from '../../src/cli/command.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { openPublisher } from '../fixtures/published.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = makeTempFolder();
  const publisher = await openPublisher(dataDir);
  await publisher.publish({ 'gold.tracks': 'select 1 as n' });
  await publisher.close();
});

async function run(command: Command, words: readonly string[], env: Record<string, string> = {}) {
  const out: string[] = [];
  const errors: string[] = [];
  const terminal = createTerminal(
    { write: (text: string) => out.push(text) },
    { write: (text: string) => errors.push(text) },
  );
  const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir, ...env });
  const code = await command.run({ words, config, terminal, log: silentLog });
  return { code, out: out.join(''), errors: errors.join('') };
}

const current = (folder: string) => JSON.parse(readFileSync(join(folder, 'CURRENT'), 'utf8'));

describe('groovelake backup and restore', () => {
  it('bring a folder back with the snapshot that it served', async () => {
    const folder = join(makeTempFolder(), 'backup');
    const { snapshotId } = current(dataDir);
    const made = await run(backupCommand, [folder]);
    expect(made).toMatchObject({
      code: 0,
      out: expect.stringContaining(`backed up, snapshot ${snapshotId}`),
    });
    const restored = join(makeTempFolder(), 'data');
    const { code, out } = await run(restoreCommand, [folder], { GROOVELAKE_DATA_DIR: restored });
    expect([code, out]).toEqual([0, expect.stringContaining(`restored to "${restored}"`)]);
    const { snapshotId: id, manifestSha256 } = current(restored);
    expect({ snapshotId: id, manifestSha256 }).toEqual({
      snapshotId,
      manifestSha256: current(dataDir).manifestSha256,
    });
  });

  it.each([backupCommand, restoreCommand])('take one folder, and no second', async (command) => {
    const refusal = { code: 'INVALID_INPUT', message: expect.stringContaining('One folder is expected') };
    await expect(run(command, ['a', 'b'])).rejects.toMatchObject(refusal);
    await expect(run(command, [])).rejects.toMatchObject(refusal);
  });

  it('name what MongoDB has and the backup has not', async () => {
    const env = { MONGODB_URI: 'mongodb://127.0.0.1:1/groovelake' };
    const { code, out } = await run(backupCommand, [join(makeTempFolder(), 'backup')], env);
    expect([code, out]).toEqual([0, expect.stringContaining('use mongodump for them')]);
  });

  it('end with 1 and say what is damaged, where a backup is less than it seems', async () => {
    const folder = join(makeTempFolder(), 'backup');
    writeFileSync(join(dataDir, 'CURRENT'), '{"snapshotId":');
    const { code, errors } = await run(backupCommand, [folder]);
    expect([code, errors]).toEqual([
      1,
      expect.stringMatching(/CURRENT is damaged[\s\S]*Keep the one before it/),
    ]);
    const restored = join(makeTempFolder(), 'data');
    const back = await run(restoreCommand, [folder], { GROOVELAKE_DATA_DIR: restored });
    expect(back).toMatchObject({
      code: 0,
      errors: expect.stringContaining('when it was backed up: CURRENT is damaged'),
    });
  });
});
