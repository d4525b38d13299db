// The studio in a real browser, over the real server: what it shows, what it asks of whom, and that a click does what it says.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { browseAround, hasBrowserFor, serveAround } from '../around.ts';

describe.skipIf(!hasBrowserFor('the studio'))('the studio', () => {
  const server = serveAround();
  const browser = browseAround();

  /** Opens a page and keeps what went wrong on it. */
  async function open(path: string): Promise<{ page: Page; wrong: string[]; hosts: Set<string> }> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const wrong: string[] = [];
    const hosts = new Set<string>();
    page.on('pageerror', (error) => wrong.push(error.message));
    page.on('console', (line) => line.type() === 'error' && wrong.push(line.text()));
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    await page.goto(`${server.url}/studio/${path}`);
    return { page, wrong, hosts };
  }

  it('shows the catalogue at a glance and asks nobody but its own server', async () => {
    const { page, wrong, hosts } = await open('');
    const tracks = page.locator('.kpi', { hasText: 'tracks' }).first().locator('b');
    await tracks.waitFor();
    expect(Number((await tracks.textContent())?.replaceAll(',', ''))).toBeGreaterThan(30_000);
    await page.locator('canvas').nth(7).waitFor();
    expect(await page.locator('.badge.sandbox').textContent()).toBe('sandbox');
    expect([...hosts]).toEqual([new URL(server.url).host]);
    expect(wrong).toEqual([]);
    await page.close();
  });

  it('narrows every figure by a slicer', async () => {
    const { page, wrong } = await open('');
    const artists = page.locator('.kpi', { hasText: 'artists' }).locator('b');
    await artists.waitFor();
    await page.getByLabel('artist').fill('rush');
    await page.getByRole('button', { name: 'Rush', exact: true }).click();
    await page.waitForFunction(
      () =>
        (globalThis as unknown as { document: Doc }).document.querySelectorAll('.kpi b')[0]?.textContent ===
        '213',
    );
    expect(wrong).toEqual([]);
    await page.close();
  });

  it('finds a track, shows what is near it, and follows a neighbor', async () => {
    const { page, wrong } = await open('#/explore');
    await page.getByLabel('search').fill('rush');
    await page.locator('.card', { hasText: 'Found' }).locator('a[href^="#/explore/"]').first().click();
    const near = page
      .locator('h3', { hasText: 'Near it' })
      .locator('xpath=following-sibling::ul[1]')
      .locator('a');
    await near.first().waitFor();
    const name = await near.first().textContent();
    await near.first().click();
    await page
      .locator('h2', { hasText: name ?? '' })
      .first()
      .waitFor();
    expect(wrong).toEqual([]);
    await page.close();
  });

  it('starts a run, shows it go, and lists it', async () => {
    const { page, wrong } = await open('#/runs');
    await page.getByRole('button', { name: 'Run TRANSFORM' }).click();
    await page.locator('h2', { hasText: 'TRANSFORM' }).waitFor();
    await page.locator('h2 .badge.skipped').waitFor({ timeout: 60_000 });
    expect(await page.locator('.events li').count()).toBeGreaterThan(1);
    expect(wrong).toEqual([]);
    await page.close();
  });
});

/** What the page's own function uses of the browser. */
interface Doc {
  querySelectorAll(selector: string): ArrayLike<{ textContent: string | null }>;
}
