import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sandboxCommand } from '../../src/cli/sandbox.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { type Program, startProgram, waitFor } from '../end-to-end/process.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

let program: Program | null = null;
afterEach(() => void program?.child.kill('SIGKILL'));

describe('groovelake sandbox', () => {
  it('serves its four hosts under the addresses it prints, shows each request, and sums up when it is stopped', async () => {
    const started = startProgram(
      [
        'sandbox',
        '--profile',
        'dev2026',
        '--artists',
        '12',
        '--fault',
        'artist#2=503',
        '--set',
        'robots=deny',
      ],
      {},
    );
    program = started;
    await waitFor(started, () => (/Ctrl-C ends it/.test(started.output()) ? true : null));
    const setting = (name: string) => new RegExp(`^${name}=(\\S+)$`, 'm').exec(started.output())?.[1] ?? '';
    const basic = Buffer.from(`${setting('SPOTIFY_CLIENT_ID')}:${setting('SPOTIFY_CLIENT_SECRET')}`);
    const token = await fetch(`${setting('SPOTIFY_ACCOUNTS_URL')}/api/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic.toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const authorization = `Bearer ${((await token.json()) as { access_token: string }).access_token}`;
    const ask = async (path: string) =>
      (await fetch(`${setting('SPOTIFY_API_URL')}${path}`, { headers: { authorization } })).status;
    const artist = '/artists/2Hkut4rAAyrQxRdof7FVJq';
    expect([await ask(artist), await ask(artist), await ask('/artists?ids=x')]).toEqual([200, 503, 403]);
    expect(await (await fetch(`${setting('KWORB_URL')}/robots.txt`)).text()).toContain('Disallow: /spotify/');
    expect((await fetch(`${setting('RECCOBEATS_URL')}/audio-features`)).status).toBe(400);
    started.child.kill('SIGTERM');
    expect(await started.exited).toBe(0);
    expect(started.output()).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} 503 artist +\/v1\/artists\/2Hkut4rAAyrQxRdof7FVJq$/m,
    );
    expect(started.output()).toMatch(/^ {2}artist +503 {2}1$/m);
  }, 90_000);

  it.each([
    [['--fault', 'albums'], /"albums" is no fault; FAMILY/],
    [['--profile', 'dev2025'], /profile is "dev2025"; one of extended, devOld, dev2026 is expected/],
    [['--quota', 'artist'], /--quota is "artist"; FAMILY=N is expected/],
    [['--prot', '1'], /Did you mean "--port"/],
  ])('is told what is wrong with %s', async (words, message) => {
    const terminal = { isInteractive: false, line: () => {}, status: () => {}, error: () => {} };
    const parts = { words, config: readConfig({}), terminal, log: silentLog };
    await expect(sandboxCommand.run(parts)).rejects.toThrow(message);
  });
});

it('groovelake sandbox export says how its files are imported, in words that are accepted', async () => {
  const folder = makeTempFolder();
  const lines: string[] = [];
  const config = readConfig({ GROOVELAKE_DATA_DIR: join(folder, 'data') });
  const terminal = createTerminal({ write: (text) => lines.push(text) }, { write: () => {} });
  const words = ['export', join(folder, 'export'), '--years', '1'];
  expect(await sandboxCommand.run({ words, config, terminal, log: silentLog })).toBe(0);
  const said = lines.join('');
  expect(said).toMatch(/groovelake accounts create .*groovelake import \S+ --account ID/s);
  expect(said).not.toContain('--account sandbox');
});
