import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { keysCommand } from '../../src/cli/keys.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { openSqliteAccess } from '../../src/store/access/sqlite.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

let dataDir: string;
let said: string;
beforeEach(() => {
  dataDir = makeTempFolder();
  said = '';
});

const run = (...words: string[]) => {
  const write = (text: string) => {
    said += text;
  };
  const terminal = createTerminal({ write }, { write });
  const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir });
  return keysCommand.run({ words, config, terminal, log: silentLog });
};
const hasKeys = async () => {
  const access = openSqliteAccess(join(dataDir, 'access.sqlite'));
  return access.hasKeys().finally(() => access.close());
};
const create = async () => {
  await run('create', 'k');
  return /Key (\w+)/.exec(said)?.[1] ?? '';
};

describe('groovelake keys revoke', () => {
  it('says of the last key that works that the server stays closed, and how to open it', async () => {
    const first = await create();
    said = '';
    const second = await create();
    await run('revoke', first);
    expect(said).not.toContain('keys open');
    await run('revoke', second);
    expect(said).toMatch(/stays closed.*groovelake keys create.*groovelake keys open/s);
    expect(await hasKeys()).toBe(true);
  });
});

describe('groovelake keys open', () => {
  it('removes keys that no longer work, so that this machine needs none', async () => {
    await run('revoke', await create());
    expect(await run('open')).toBe(0);
    expect(await hasKeys()).toBe(false);
    const access = openSqliteAccess(join(dataDir, 'access.sqlite'));
    const [last] = await access.listAudit({ first: 1 }).finally(() => access.close());
    expect(last).toMatchObject({ actor: 'command line', action: 'removeApiKeys', outcome: 'done' });
  });

  it('removes none while one works, and names it', async () => {
    const id = await create();
    await expect(run('open')).rejects.toThrow(new RegExp(`${id} "k".*groovelake keys revoke`, 's'));
    expect(await hasKeys()).toBe(true);
  });
});
