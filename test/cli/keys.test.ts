import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { keysCommand } from '../../src/cli/keys.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { openSqliteAccess } from '../../src/store/access/sqlite.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

let dataDir: string;
let env: Record<string, string>;
let said: string;
let warned: string;
beforeEach(() => {
  dataDir = makeTempFolder();
  env = { GROOVELAKE_DATA_DIR: dataDir };
  said = '';
  warned = '';
});

const run = (...words: string[]) => {
  const write = (text: string) => {
    said += text;
  };
  const warn = (text: string) => {
    warned += text;
  };
  const terminal = createTerminal({ write }, { write: warn });
  return keysCommand.run({ words, config: readConfig(env), terminal, log: silentLog });
};
const hasKeys = async () => {
  const access = openSqliteAccess(join(dataDir, 'access.sqlite'));
  return access.hasKeys().finally(() => access.close());
};
const create = async () => {
  await run('create', 'k');
  return /Key (\w+)/.exec(said)?.[1] ?? '';
};

describe('groovelake keys create', () => {
  it('warns while no key is of scope admin, since from the first key on everybody needs one', async () => {
    await run('create', 'reader');
    expect(warned).toMatch(
      /every request needs a key.*nobody can start runs.*keys create NAME --scope admin/s,
    );
    warned = '';
    await run('create', 'operator', '--scope', 'operate');
    expect(warned).toMatch(/nobody can make keys.*--scope admin/s);
    warned = '';
    await run('create', 'me', '--scope', 'admin');
    await run('create', 'dashboard');
    expect(warned).toBe('');
  });

  it('warns again once the only admin key is revoked, and leaves the key out of the warning', async () => {
    await run('create', 'me', '--scope', 'admin');
    await run('revoke', /Key (\w+)/.exec(said)?.[1] ?? '');
    await run('create', 'reader', '--json');
    expect(warned).toContain('--scope admin');
    expect(warned).not.toContain('gl_');
  });

  it.each([
    ["the server's own key", { GROOVELAKE_API_KEY: 'a secret of the server' }],
    ['tokens', { GROOVELAKE_JWT_ISSUER: 'https://id.example', GROOVELAKE_JWT_AUDIENCE: 'lake' }],
  ])('does not warn where %s may be of scope admin', async (_what, given) => {
    env = { ...env, ...given };
    await run('create', 'reader');
    expect(warned).toBe('');
  });

  it('warns where GROOVELAKE_API_KEY is the key that a client sends', async () => {
    env = { ...env, GROOVELAKE_API_KEY: `gl_${'0'.repeat(12)}_${'a'.repeat(48)}` };
    await run('create', 'reader');
    expect(warned).toContain('--scope admin');
  });
});

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
