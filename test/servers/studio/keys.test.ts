// Where the server wants keys: one that cannot be a key is told so, and one that may too little is changed for another.
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../end-to-end/process.ts';
import { browseAround, hasBrowserFor, serveAround } from '../around.ts';
import { importSmall } from './small-import.ts';

const ADMIN = 'a key for the tests of the studio'.replaceAll(' ', '-');

describe.skipIf(!hasBrowserFor('keys in the studio'))('keys in the studio', () => {
  let reader = '';
  const server = serveAround({ GROOVELAKE_API_KEY: ADMIN }, async (dataDir) => {
    await importSmall(dataDir);
    const { output } = await runProgram(['keys', 'create', 'reader'], { GROOVELAKE_DATA_DIR: dataDir });
    reader = /gl_\S+/.exec(output)?.[0] ?? '';
  });
  const browser = browseAround();

  async function open(path: string) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(`${server.url}${path}`);
    const enter = async (key: string) => {
      await page.getByLabel('Key', { exact: true }).fill(key);
      await page.getByRole('button', { name: 'Enter' }).click();
    };
    return { page, enter };
  }

  it('says which character is in no key, and takes the right one after it', async () => {
    const { page, enter } = await open('/studio/');
    await enter('gl_größe');
    expect(await page.getByRole('alert').textContent()).toMatch(/^Character 6, “ö”, is in no key/);
    await page.reload();
    await enter(ADMIN);
    await page.locator('.kpi').first().waitFor();
    await page.close();
  });

  it('lets a key that may only read be changed', async () => {
    const { page, enter } = await open('/studio/#/runs');
    await enter(reader);
    await page.getByRole('button', { name: 'Run TRANSFORM' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByRole('button', { name: 'Change key' }).click();
    await enter(ADMIN);
    await page.getByRole('button', { name: 'Run TRANSFORM' }).click();
    await page.locator('h2', { hasText: 'TRANSFORM' }).waitFor();
    await page.close();
  });

  it('shows a key that may only read what is served and what has landed, and nothing to change it by', async () => {
    const { page, enter } = await open('/studio/#/data');
    await enter(reader);
    await page.getByText('This key may only read.').waitFor();
    await page.locator('.batches > li', { hasText: 'songs.csv' }).waitFor();
    for (const role of ['button', 'checkbox'] as const)
      expect(await page.locator('main').getByRole(role).count()).toBe(0);
    await page.getByRole('button', { name: 'Change key' }).click();
    await enter(ADMIN);
    await page.locator('.batches').getByRole('checkbox').waitFor();
    expect(await page.getByText('This key may only read.').count()).toBe(0);
    await page.close();
  });

  it('lets it be changed where an account is connected too', async () => {
    const { page, enter } = await open('/auth/spotify');
    await enter(reader);
    await page.getByText('this key may only read').waitFor();
    await page.getByRole('button', { name: 'Change key' }).click();
    await enter(ADMIN);
    // Said before anything is clicked.
    await page.getByText('GROOVELAKE_TOKEN_KEY').waitFor();
    expect(await page.locator('nav a').count()).toBeGreaterThan(4);
    await page.close();
  });
});
