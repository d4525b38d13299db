import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createAccount,
  forgetAccount,
  listAccountIds,
  listeningFolder,
  openAccount,
} from '../../../src/store/listening/accounts.ts';
import { makePlay, openListeningFixture } from './listening-fixture.ts';

/** Every byte of every file under a folder, by path. */
function readAll(folder: string): [path: string, text: string][] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => [path, readFileSync(path, 'latin1')]);
}

describe('forgetting an account', () => {
  it('leaves nothing of it in any file, and the other account whole', async () => {
    const secret = 'A song nobody else knows';
    const { dataDir, accountId } = await openListeningFixture(
      [makePlay({ trackName: secret, artistName: 'Somebody unheard of' })],
      {},
      'aaaaaaaaaaaa',
    );
    await createAccount(dataDir, {
      id: 'bbbbbbbbbbbb',
      spotifyAccountId: 'person-b',
      displayName: 'Bert',
      createdAt: 1,
    });
    const file = await openAccount(dataDir, accountId);
    file.replaceTokens('v1.sealed-tokens-of-a', 0);
    file.saveAccount({
      id: accountId,
      spotifyAccountId: 'person-a',
      displayName: 'Anna Example',
      createdAt: 1,
    });
    file.close();
    const traces = [accountId, 'person-a', 'Anna Example', 'sealed-tokens-of-a'];
    const found = (trace: string) =>
      readAll(dataDir).filter(([path, text]) => path.includes(trace) || text.includes(trace));
    for (const trace of traces) expect([trace, found(trace).length > 0]).toEqual([trace, true]);

    await forgetAccount(dataDir, accountId);

    for (const trace of [...traces, secret]) expect([trace, found(trace)]).toEqual([trace, []]);
    expect(await listAccountIds(dataDir)).toEqual(['bbbbbbbbbbbb']);
    expect(readdirSync(listeningFolder(dataDir, 'bbbbbbbbbbbb'))).toContain('listening.sqlite');
  });

  it('says when there is no such account, and touches nothing outside', async () => {
    const { dataDir } = await openListeningFixture([makePlay({})]);
    await expect(forgetAccount(dataDir, 'cccccccccccc')).rejects.toThrow(/no account "cccccccccccc"/);
    await expect(forgetAccount(dataDir, '../gold')).rejects.toThrow(/no account/);
    expect(readdirSync(dataDir)).toContain('gold');
  });

  it('overwrites a token that was replaced', async () => {
    const { dataDir } = await openListeningFixture([makePlay({})]);
    const file = await openAccount(dataDir, 'sandbox');
    expect(file.replaceTokens('v1.the-first-token', 0)).toBe(true);
    expect(file.replaceTokens('v1.another', 0)).toBe(false);
    expect(file.replaceTokens('v1.the-second-token', 1)).toBe(true);
    expect(file.findTokens()).toEqual({ sealed: 'v1.the-second-token', version: 2 });
    file.close();
    expect(
      readFileSync(join(listeningFolder(dataDir, 'sandbox'), 'listening.sqlite'), 'latin1'),
    ).not.toContain('the-first-token');
  });
});
