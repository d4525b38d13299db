// Connecting an account in a real browser, with the sandbox's account server in Spotify's place: the page, the way back, and what it says
// when nobody is connected.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { type Sandbox, startSandbox } from '../../../src/sources/sandbox/server.ts';
import { makeDataDir, removeDataDir, startServer } from '../../end-to-end/process.ts';
import { sandboxEnv } from '../../fixtures/sandbox-env.ts';
import { browseAround, hasBrowserFor } from '../around.ts';

/** Where pictures of the pages go; none unless set. */
const PICTURES = process.env.GROOVELAKE_TEST_PICTURES;

describe.skipIf(!hasBrowserFor('a login'))('/auth/spotify', () => {
  let dataDir: string;
  let sandbox: Sandbox;
  let server: Awaited<ReturnType<typeof startServer>>;
  const browser = browseAround();
  let key = '';

  beforeAll(async () => {
    dataDir = await makeDataDir();
    sandbox = await startSandbox({ clock: systemClock, artists: 20 });
    server = await startServer(dataDir, {
      GROOVELAKE_CRAWL_TOP: '2',
      GROOVELAKE_TOKEN_KEY: 'a secret for tests only',
      ...sandboxEnv(sandbox),
    });
  });

  afterAll(async () => {
    server?.child.kill('SIGTERM');
    await server?.exited;
    await sandbox?.close();
    await removeDataDir(dataDir);
  });

  async function open(path: string): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1000, height: 640 } });
    await page.goto(`${server.url}${path}`);
    return page;
  }

  const picture = async (page: Page, name: string) => {
    if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.png` });
  };
  const askStatus = async (headers: Record<string, string> = {}) =>
    (
      await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query: '{ me { id } }' }),
      })
    ).status;

  it('says that whoever was asked did not agree, and connects nobody', async () => {
    sandbox.set({ login: 'deny' });
    const page = await open('/auth/spotify');
    await page.getByRole('button', { name: 'Connect with Spotify' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(/did not agree/);
    await picture(page, 'login-denied');
    sandbox.set({ login: 'approve' });
    expect(await askStatus()).toBe(200);
    await page.close();
  });

  it('says what the owner of the app must do for somebody who is not on its list', async () => {
    sandbox.set({ user: 'unlisted' });
    const page = await open('/auth/spotify');
    await page.getByRole('button', { name: 'Connect with Spotify' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(/developer dashboard|registered|allow-list/i);
    await picture(page, 'login-unlisted');
    sandbox.set({ user: 'listed' });
    await page.close();
  });

  it('takes no answer to a login that was not begun in the tab', async () => {
    const page = await open('/callback?code=stolen&state=guessed');
    expect(await page.getByRole('alert').textContent()).toMatch(/not begun in this tab/);
    expect(page.url()).toBe(`${server.url}/callback`);
    await page.close();
  });

  it('connects the account, shows its key once, and from then on the server wants one', async () => {
    const page = await open('/auth/spotify');
    await picture(page, 'login-begin');
    await page.getByRole('button', { name: 'Connect with Spotify' }).click();
    await page.getByRole('heading', { name: 'Connected Sandbox Listener' }).waitFor();
    // No code is left in the address.
    expect(page.url()).toBe(`${server.url}/callback`);
    key = (await page.locator('code.key').textContent()) ?? '';
    await picture(page, 'login-done');
    expect(await askStatus()).toBe(401);
    expect(await askStatus({ authorization: `Bearer ${key}` })).toBe(200);
    await page.getByRole('link', { name: 'To the listening' }).click();
    await page.getByRole('link', { name: 'Connect a Spotify account' }).waitFor();
    await page.close();
  });

  it('lets the account log in again with its key, in another tab, and begins at the address that Spotify knows', async () => {
    const page = await browser.newPage();
    await page.goto(`${server.url.replace('127.0.0.1', 'localhost')}/auth/spotify`);
    await page.getByLabel('key').fill(key);
    await page.getByRole('button', { name: 'Enter' }).click();
    await page.getByRole('button', { name: 'Connect with Spotify' }).click();
    await page.waitForURL(`${server.url}/auth/spotify`);
    await page.getByLabel('key').fill(key);
    await page.getByRole('button', { name: 'Enter' }).click();
    await page.getByRole('button', { name: 'Connect with Spotify' }).click();
    await page.getByText('the key that it has already').waitFor();
    await page.close();
  });
});
