// What is served and what has landed, in the studio: looking, going back, withdrawing, restoring. Each test goes on where the one before left the server.
import type { Page, Route } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { browseAround, hasBrowserFor, serveAround } from '../around.ts';
import { importMore, importSmall, TRACKS } from './small-import.ts';

const SLOW_MS = 120_000;

describe.skipIf(!hasBrowserFor('the data in the studio'))('the data in the studio', () => {
  const server = serveAround({}, async (dataDir) => {
    await importSmall(dataDir);
    await importMore(dataDir);
  });
  const browser = browseAround();

  async function open(path = '#/data') {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const wrong: string[] = [];
    page.on('pageerror', (error) => wrong.push(error.message));
    page.on('console', (line) => line.type() === 'error' && wrong.push(line.text()));
    await page.goto(`${server.url}/studio/${path}`);
    await page.getByRole('heading', { name: /^(Batches|Runs)$/ }).waitFor();
    return { page, wrong };
  }

  const card = (page: Page, heading: RegExp | string) =>
    page.locator('.card').filter({ has: page.getByRole('heading', { name: heading }) });
  const snapshots = (page: Page) => card(page, 'Snapshots').locator('li');
  const batches = (page: Page) => page.locator('.batches > li');
  const runBadge = (page: Page, status: string) => page.locator(`h2 .badge.${status}`);

  it('shows kept snapshots, which is served, and what changed since the one before', async () => {
    const { page, wrong } = await open();
    expect(await snapshots(page).count()).toBe(2);
    expect(await snapshots(page).first().textContent()).toMatch(
      /^\d{8}-\d{9}-\w+ servedIMPORT, .* ago · [\d,]+ rows, [\d.]+ MB$/,
    );
    const shown = card(page, /^Snapshot \d/);
    await shown.getByText(`${2 * TRACKS} tracks`).waitFor();
    const row = shown.locator('tr', { hasText: 'gold.tracks' });
    await row.first().waitFor();
    expect(await row.first().locator('td').allTextContents()).toEqual([
      'gold.tracks',
      String(TRACKS),
      '0',
      expect.any(String),
    ]);
    // The served one is where it is.
    expect(await shown.getByRole('button').count()).toBe(0);
    expect(wrong).toEqual([]);
    await page.close();
  });

  it('names the checks that failed', async () => {
    const { page } = await open('#/runs');
    await page.route('**/graphql', async (route) => {
      if (!/^query Data/.test(route.request().postDataJSON().query)) return route.continue();
      const response = await route.fetch();
      const answer = await response.json();
      Object.assign(answer.data.snapshots.nodes[0].checks[0], {
        name: 'stale',
        relation: 'gold.tracks',
        passed: false,
        failures: 1_204,
      });
      await route.fulfill({ response, json: answer });
    });
    await page.getByRole('link', { name: 'Data' }).click();
    await card(page, /^Snapshot \d/)
      .getByText('stale: 1,204 rows of gold.tracks')
      .waitFor();
    expect(await snapshots(page).allTextContents()).toEqual([
      expect.stringMatching(/ · 1 check failed$/),
      expect.stringMatching(/ MB$/),
    ]);
    await page.close();
  });

  it('goes back to a snapshot once it is told so, and says before what the next publish brings back', async () => {
    const { page, wrong } = await open();
    const older = snapshots(page).nth(1).getByRole('link');
    const id = await older.textContent();
    await older.press('Enter');
    const shown = card(page, `Snapshot ${id}`);
    await shown.getByText(`${TRACKS} tracks`).waitFor();
    const rollBack = shown.getByRole('button', { name: 'Roll back to it' });
    await rollBack.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('brings back what it lacks').waitFor();
    expect(await dialog.locator('li').allTextContents()).toEqual([
      expect.stringMatching(/^more\.csv \(import-/),
    ]);
    // Escape answers no, and the focus is where it was.
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await rollBack.evaluate((button) => button === document.activeElement)).toBe(true);
    expect(await snapshots(page).first().locator('.badge.served').count()).toBe(1);
    await page.keyboard.press('Enter');
    await dialog.getByText('brings back what it lacks').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await snapshots(page).nth(1).locator('.badge.served').waitFor();
    expect(await snapshots(page).first().locator('.badge.served').count()).toBe(0);
    await page.getByRole('status').getByText(`Snapshot ${id} is served.`).waitFor();
    await batches(page).filter({ hasText: 'more.csv' }).getByText('not served').waitFor();
    expect(wrong).toEqual([]);
    await page.close();
  });

  it('withdraws a batch by keys alone, shows the run, and restores it', async () => {
    const { page, wrong } = await open();
    const more = batches(page).filter({ hasText: 'more.csv' });
    const withdraw = page.getByRole('button', { name: 'Withdraw' });
    expect(await withdraw.isDisabled()).toBe(true);
    await more.getByRole('checkbox').focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Withdraw 1' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Withdraw this batch?' });
    await dialog.getByText(/^more\.csv .*, 51 documents/).waitFor();
    await dialog.getByRole('button', { name: 'Withdraw' }).press('Enter');
    // After the rollback the served snapshot lacks it already.
    await runBadge(page, 'skipped').waitFor({ timeout: SLOW_MS });
    await page.locator('.events li', { hasText: 'withdrawn: 1 batch' }).first().waitFor();
    await more.locator('.badge', { hasText: /^withdrawn$/ }).waitFor();
    expect(await more.getByRole('checkbox').isChecked()).toBe(false);
    await page.getByLabel('which').selectOption('withdrawn');
    await expect.poll(() => batches(page).count()).toBe(1);
    await more.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Restore 1' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click();
    await runBadge(page, 'succeeded').waitFor({ timeout: SLOW_MS });
    await page.getByText('There is none of these').waitFor();
    await page.getByLabel('which').selectOption('served');
    await more.locator('.badge.served').waitFor();
    await expect.poll(() => snapshots(page).count()).toBe(3);
    expect(wrong).toEqual([]);
    await page.close();
  });

  it('says what would be lost where a build is stopped for it, and loses it once that is accepted', async () => {
    const { page, wrong } = await open();
    const more = batches(page).filter({ hasText: 'more.csv' });
    await more.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Withdraw 1' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
    await runBadge(page, 'failed').waitFor({ timeout: SLOW_MS });
    await more.getByText('withdrawn, still served').waitFor();
    await page.locator('td', { hasText: 'gold.album_artists' }).first().waitFor();
    await page.getByRole('button', { name: 'Accept the loss' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('however many rows go').waitFor();
    await dialog.getByRole('button', { name: 'Accept the loss' }).click();
    await runBadge(page, 'succeeded').waitFor({ timeout: SLOW_MS });
    await more.locator('.badge', { hasText: /^withdrawn$/ }).waitFor();
    const shownRun = page.locator('.card', { hasText: 'TRANSFORM' });
    await shownRun.getByRole('link', { name: 'what it published' }).click();
    await card(page, /^Snapshot \d/)
      .getByText(`${TRACKS} tracks`)
      .waitFor();
    // Whoever goes back to what was served before is told that it does not last.
    await snapshots(page).nth(1).getByRole('link').click();
    await card(page, /^Snapshot \d/)
      .getByText(`${2 * TRACKS} tracks`)
      .waitFor();
    await page.getByRole('button', { name: 'Roll back to it' }).click();
    await dialog.getByText('leaves out what it holds and has been withdrawn').waitFor();
    expect(await dialog.locator('li').allTextContents()).toEqual([
      expect.stringMatching(/^more\.csv \(import-/),
    ]);
    expect(wrong).toEqual([]);
    await page.close();
  });

  it('leaves a loss that something was published after as it is', async () => {
    const { page } = await open('#/runs');
    const failed = page.locator('li', { has: page.locator('.badge.failed') });
    await failed.getByRole('link').click();
    await page.getByText('Something has been published since.').waitFor();
    await page.getByRole('button', { name: 'Go on from the failure' }).waitFor();
    expect(await page.getByRole('button', { name: 'Accept the loss' }).count()).toBe(0);
    await page.close();
  });

  it('says why where a comparison fails within, and why nothing can be gone back to', async () => {
    const { page } = await open('#/runs');
    let answer: object = {
      data: { snapshot: null },
      errors: [{ message: 'The files are damaged.', path: ['snapshot', 'diff'] }],
    };
    await page.route('**/graphql', async (route) => {
      if (!/^query (Changes|NextPublish)/.test(route.request().postDataJSON().query)) return route.continue();
      await route.fulfill({ json: answer });
    });
    await page.getByRole('link', { name: 'Data' }).click();
    await snapshots(page).locator('a:not([aria-current])').first().click();
    const shown = card(page, /^Snapshot \d/);
    await shown.getByRole('alert').getByText('The files are damaged.').waitFor();
    const rollBack = shown.getByRole('button', { name: 'Roll back to it' });
    await rollBack.click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('alert').getByText('The files are damaged.').waitFor();
    expect(await dialog.getByRole('button', { name: 'Roll back' }).isDisabled()).toBe(true);
    await page.keyboard.press('Escape');
    // A sweep came in between.
    answer = { data: { snapshot: null } };
    await rollBack.click();
    await dialog.getByText('It is no longer kept').waitFor();
    await page.keyboard.press('Escape');
    await shown.getByLabel('since').selectOption({ index: 0 });
    await shown.getByText('The snapshot is no longer kept.').waitFor();
    await page.close();
  });

  it('keeps what it shows while the server does not answer, and says so beside it', async () => {
    const { page } = await open();
    await batches(page).first().waitFor();
    await snapshots(page).first().waitFor();
    const refuse = (/** Both lists are asked for again. */ route: Route) =>
      /^query (Data|Batches)/.test(route.request().postDataJSON().query)
        ? route.fulfill({ status: 503, json: { errors: [{ message: 'The server is stopping.' }] } })
        : route.continue();
    await page.route('**/graphql', refuse);
    await expect
      .poll(() => page.getByRole('alert').allTextContents(), { timeout: 30_000 })
      .toEqual(['The server is stopping.', 'The server is stopping.']);
    expect(await snapshots(page).count()).toBeGreaterThan(0);
    expect(await batches(page).count()).toBeGreaterThan(0);
    await page.unroute('**/graphql', refuse);
    await expect.poll(() => page.getByRole('alert').count(), { timeout: 30_000 }).toBe(0);
    await page.close();
  });

  it('says that a snapshot is not kept', async () => {
    const { page } = await open('#/data/20000101-000000000-000000');
    await page.getByText('The snapshot “20000101-000000000-000000” is not kept.').waitFor();
    await page.close();
  });

  it('leads from page to page of snapshots, and shows the one that was asked for whatever the page', async () => {
    const { page } = await open('#/runs');
    await page.route('**/graphql', async (route) => {
      const { query, variables } = route.request().postDataJSON();
      if (!/^query Data/.test(query)) return route.continue();
      // A page of one.
      const body = JSON.stringify({ query: query.replace('snapshots(', 'snapshots(first: 1, '), variables });
      await route.continue({ postData: body });
    });
    await page.getByRole('link', { name: 'Data' }).click();
    const served = await snapshots(page).getByRole('link').textContent();
    await card(page, 'Snapshots').getByRole('button', { name: 'Older' }).click();
    await snapshots(page)
      .getByRole('link')
      .filter({ hasNotText: served ?? '' })
      .waitFor();
    await card(page, `Snapshot ${served}`)
      .getByLabel('since')
      .getByText('the one before')
      .waitFor({ state: 'attached' });
    // Also where the page ends with it.
    await card(page, 'Snapshots').getByRole('button', { name: 'Newer' }).click();
    await snapshots(page)
      .filter({ hasText: served ?? '' })
      .waitFor();
    await card(page, `Snapshot ${served}`)
      .getByLabel('since')
      .getByText('the one before')
      .waitFor({ state: 'attached' });
    await card(page, 'Snapshots').getByRole('button', { name: 'Older' }).click();
    await snapshots(page)
      .getByRole('link')
      .filter({ hasNotText: served ?? '' })
      .waitFor();
    await snapshots(page).getByRole('link').click();
    const older = await snapshots(page).getByRole('link').textContent();
    await card(page, `Snapshot ${older}`).waitFor();
    await card(page, 'Snapshots').getByRole('button', { name: 'Newer' }).click();
    await snapshots(page)
      .filter({ hasText: served ?? '' })
      .waitFor();
    await card(page, `Snapshot ${older}`).waitFor();
    expect(await page.getByText('is not kept').count()).toBe(0);
    await page.close();
  });

  it('compares the oldest with none that is newer until one is picked', async () => {
    const { page } = await open();
    await snapshots(page).last().getByRole('link').click();
    const oldest = (await snapshots(page).last().getByRole('link').textContent()) ?? '';
    const shown = card(page, `Snapshot ${oldest}`);
    // What comes of a comparison: what changed, or that nothing did.
    const compared = shown.locator('table').or(shown.getByText('they hold the same rows'));
    await shown.getByText('choose one').waitFor({ state: 'attached' });
    expect(await compared.count()).toBe(0);
    await shown.getByLabel('since').selectOption({ index: 1 });
    await compared.waitFor();
    await page.close();
  });

  it('stays on a page of snapshots that cannot be had for a moment, and leaves one that is gone', async () => {
    const { page } = await open('#/runs');
    let refusal: object | null = { code: 'OVERLOADED' };
    let isSwept = false;
    await page.route('**/graphql', async (route) => {
      const { query, variables } = route.request().postDataJSON();
      if (!/^query Data/.test(query)) return route.continue();
      if (variables.after && refusal) {
        await route.fulfill({ json: { errors: [{ message: 'Not now.', extensions: refusal }] } });
        refusal = null;
        return;
      }
      const beyond = variables.after && isSwept ? { after: '20000101-000000000-000000' } : {};
      if (variables.after) isSwept = false;
      const body = JSON.stringify({
        query: query.replace('snapshots(', 'snapshots(first: 1, '),
        variables: { ...variables, ...beyond },
      });
      await route.continue({ postData: body });
    });
    await page.getByRole('link', { name: 'Data' }).click();
    const newest = (await snapshots(page).getByRole('link').textContent()) ?? '';
    const turn = (to: string) => card(page, 'Snapshots').getByRole('button', { name: to }).click();
    await turn('Older');
    await page.getByRole('alert').getByText('Not now.').waitFor();
    await snapshots(page).getByRole('link').filter({ hasNotText: newest }).waitFor({ timeout: 30_000 });
    await turn('Newer');
    await snapshots(page).filter({ hasText: newest }).waitFor();
    // All of that page have been swept meanwhile.
    isSwept = true;
    await page.evaluate(() => {
      const look = () => {
        if (document.body.textContent?.includes('None has been published')) document.title = 'none';
      };
      new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
    });
    await turn('Older');
    await expect.poll(() => isSwept).toBe(false);
    await expect
      .poll(() => card(page, 'Snapshots').getByRole('button', { name: 'Newer' }).isDisabled())
      .toBe(true);
    await snapshots(page).filter({ hasText: newest }).waitFor();
    expect(await page.title()).not.toBe('none');
    await page.close();
  });

  it('leads from page to page of batches, and keeps what was picked', async () => {
    const { page } = await open('#/runs');
    const cursors: unknown[] = [];
    await page.route('**/graphql', async (route) => {
      const { query, variables } = route.request().postDataJSON();
      if (!/^query Batches/.test(query)) return route.continue();
      const cursor = variables.after ?? null;
      // It is asked again from time to time.
      if (cursor !== cursors.at(-1)) cursors.push(cursor);
      // A page of one.
      const body = JSON.stringify({ query: query.replace('batches(', 'batches(first: 1, '), variables });
      await route.continue({ postData: body });
    });
    await page.getByRole('link', { name: 'Data' }).click();
    await batches(page).filter({ hasText: 'more.csv' }).getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Older' }).click();
    await batches(page).filter({ hasText: 'songs.csv' }).waitFor();
    expect(await page.getByRole('button', { name: 'Older' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Newer' }).click();
    expect(await batches(page).filter({ hasText: 'more.csv' }).getByRole('checkbox').isChecked()).toBe(true);
    expect(cursors).toEqual([null, expect.stringMatching(/^import-/), null]);
    await page.close();
  });
});
