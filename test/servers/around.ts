// What suites of this folder stand on, up for the tests of one describe: a server with data, and a browser.
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { makeDataDir, type Program, removeDataDir, startServer } from '../end-to-end/process.ts';

const CHROMIUM = process.env.GROOVELAKE_TEST_CHROMIUM ?? '/usr/bin/chromium';

/** Whether there is a browser; says what is skipped where there is none. */
export function hasBrowserFor(what: string): boolean {
  const isThere = existsSync(CHROMIUM);
  if (!isThere)
    console.warn(`skipped: ${what}, in a browser that is not at ${CHROMIUM} (set GROOVELAKE_TEST_CHROMIUM)`);
  return isThere;
}

type Env = Readonly<Record<string, string>>;

/**
 * A server with a data folder of its own, on the built-in sandbox unless its environment says otherwise. Its address is known to tests and
 * later hooks.
 *
 * @param prepare what is done with the folder before the server is started
 */
export function serveAround(
  env: Env | (() => Promise<Env>) = {},
  prepare: (dataDir: string) => Promise<void> = async () => {},
): { readonly url: string } {
  let dataDir = '';
  let server: (Program & { url: string }) | undefined;
  beforeAll(async () => {
    dataDir = await makeDataDir();
    await prepare(dataDir);
    server = await startServer(dataDir, typeof env === 'function' ? await env() : env);
  });
  afterAll(async () => {
    server?.child.kill('SIGKILL');
    await server?.exited;
    await removeDataDir(dataDir);
  });
  return {
    get url() {
      if (!server) throw new Error('the server is not up yet');
      return server.url;
    },
  };
}

/** A browser that asks nobody for anything of its own. */
export function browseAround(): { readonly newPage: Browser['newPage'] } {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });
  afterAll(() => browser?.close());
  return {
    newPage: (options) => {
      if (!browser) throw new Error('the browser is not up yet');
      return browser.newPage(options);
    },
  };
}
