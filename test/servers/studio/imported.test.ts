// The studio over a small imported data set: addresses, what is kept when a snapshot is published, what is said where little is known.
import type { Page, Route } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { browseAround, hasBrowserFor, serveAround } from '../around.ts';
import { importSmall } from './small-import.ts';

describe.skipIf(!hasBrowserFor('the studio over an import'))('the studio over an import', () => {
  const server = serveAround({}, importSmall);
  const browser = browseAround();

  async function open(path: string, prepare: (page: Page) => Promise<unknown> = async () => {}) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const wrong: string[] = [];
    page.on('pageerror', (error) => wrong.push(error.message));
    await prepare(page);
    await page.goto(`${server.url}/studio/${path}`);
    return { page, wrong };
  }

  const isHead = (route: Route) => /^\{ snapshot/.test(route.request().postDataJSON().query);

  it('takes an address that is no escaped text as it stands, and says of an unknown one that there is none', async () => {
    const { page, wrong } = await open('#/explore/100%');
    await page.getByText('There is no track “100%”.').waitFor();
    await page.goto(`${server.url}/studio/#/nope`);
    await page.getByText('There is no page “nope”').waitFor();
    expect(await page.locator('nav a[aria-current]').count()).toBe(0);
    expect(wrong).toEqual([]);
    await page.close();
  });

  it('keeps what was entered when another snapshot is published, and asks anew', async () => {
    let served = '';
    let asked = 0;
    const { page } = await open('', (opened) =>
      opened.route('**/graphql', async (route) => {
        if (/^query Figures/.test(route.request().postDataJSON().query)) asked += 1;
        if (!isHead(route) || !served) return route.continue();
        const response = await route.fetch();
        const answer = await response.json();
        answer.data.snapshot.id = served;
        await route.fulfill({ response, json: answer });
      }),
    );
    await page.locator('.kpi').first().waitFor();
    await page.getByLabel('from').fill('2019');
    await page.getByLabel('from').blur();
    await page.locator('.kpi b').first().filter({ hasText: '13' }).waitFor();
    const before = asked;
    served = 'another';
    await expect.poll(() => asked, { timeout: 30_000 }).toBe(before + 1);
    expect(await page.getByLabel('from').inputValue()).toBe('2019');
    expect(await page.locator('.kpi b').first().textContent()).toBe('13');
    await page.close();
  });

  it('says of a server without a snapshot that the first one is on its way', async () => {
    const error = {
      message: 'No snapshot has been published yet.',
      path: ['snapshot'],
      extensions: { code: 'STARTING' },
    };
    const { page } = await open('', (opened) =>
      opened.route('**/graphql', (route) =>
        isHead(route)
          ? route.fulfill({ json: { data: { snapshot: null }, errors: [error] } })
          : route.continue(),
      ),
    );
    await page.getByText('The first snapshot is on its way').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.close();
  });

  it('gives every page a title of its own', async () => {
    const { page } = await open('');
    await expect.poll(() => page.title()).toBe('Overview · Groovelake');
    await page.getByRole('link', { name: 'Map', exact: true }).click();
    await expect.poll(() => page.title()).toBe('Map · Groovelake');
    await page.close();
  });

  it.each([
    '',
    '#/explore',
    '#/map',
    '#/listening',
    '#/data',
    '#/runs',
  ])('fits 390 pixels at "%s"', async (path) => {
    const { page } = await open(path);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.locator('main :is(.card, .slicers, figure, p)').first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.close();
  });

  it('has room for seven digits where a figure is shown large', async () => {
    const { page } = await open('', (opened) =>
      opened.route('**/graphql', async (route) => {
        if (!/^query Figures/.test(route.request().postDataJSON().query)) return route.continue();
        const response = await route.fetch();
        const answer = await response.json();
        Object.assign(answer.data.all.nodes[0], { count: 1_204_025, albumCount: 999_999 });
        await route.fulfill({ response, json: answer });
      }),
    );
    const figures = page.locator('.kpi b');
    await figures.first().waitFor();
    expect((await figures.allTextContents()).slice(0, 2)).toEqual(['1.2M', '999,999']);
    for (const each of await figures.all())
      expect(await each.evaluate((b) => b.scrollWidth - b.clientWidth)).toBeLessThanOrEqual(0);
    await page.close();
  });

  it('unfolds the figures of every chart as a table, and the tracks of the map, by keys alone', async () => {
    const { page } = await open('');
    await page.locator('canvas').nth(5).waitFor();
    await page.waitForLoadState('networkidle');
    expect(await page.locator('figure summary').count()).toBe(await page.locator('canvas').count());
    await page.locator('figure summary').first().focus();
    await page.keyboard.press('Enter');
    const years = page.locator('figure').first().locator('tbody tr');
    await years.first().waitFor();
    expect((await years.allTextContents())[0]).toMatch(/^201588/);
    await page.goto(`${server.url}/studio/#/map`);
    await page.locator('figure summary').focus();
    await page.keyboard.press('Enter');
    await page.locator('figure td', { hasText: 'Zero' }).first().waitFor();
    const link = page.locator('figure tbody a').first();
    const name = await link.textContent();
    await link.focus();
    await page.keyboard.press('Enter');
    await page.locator('h2', { hasText: name ?? '' }).waitFor();
    await expect.poll(() => page.title()).toBe(`${name} · Groovelake`);
    await page.close();
  });

  it('says nothing of the sandbox, which is enabled, where no track is of it', async () => {
    const { page } = await open('');
    await page.locator('.kpi').first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(await page.locator('.badge.sandbox').count()).toBe(0);
    await page.close();
  });

  it('shows what is known where no source gives genres, followers or types', async () => {
    const { page } = await open('');
    const card = page.locator('.card', { hasText: 'Artists with most tracks' });
    expect(await card.locator('li').first().textContent()).toMatch(
      /^Artist \w+\s*average popularity \d+\s*6$/,
    );
    const genres = page.locator('figure', { hasText: 'Tracks by genre of the playlists they are on' });
    await genres.locator('summary').click();
    expect(await genres.locator('tbody tr').allTextContents()).toEqual(['latin17', 'pop17', 'rock17']);
    await page.waitForLoadState('networkidle');
    const text = (await page.locator('main').textContent()) ?? '';
    for (const absent of ['(none)', 'Most followed', 'Albums by type']) expect(text).not.toContain(absent);
    await page.getByLabel('genre of playlists').selectOption('rock');
    await page.locator('.kpi b').first().filter({ hasText: '17' }).waitFor();
    await page.close();
  });

  it('leaves a last year that is not whole out of what is compared by year', async () => {
    const { page } = await open('');
    const tracks = page.locator('.kpi').first();
    expect(await tracks.textContent()).toMatch(/51.*12 in 2019 \(\+9\.1 %\)/);
    const chart = page.locator('figure').first();
    expect(await chart.locator('figcaption').textContent()).toMatch(/without 2020, not whole yet$/);
    await chart.locator('summary').click();
    const rows = await chart.locator('tbody tr').allTextContents();
    expect(rows.map((row) => row.slice(0, 4))).toEqual([
      '2015',
      '2016',
      '2017',
      '2018',
      '2019',
      '2020',
      '2021',
    ]);
    expect(rows[5]).toBe('2020––13');
    await page.close();
  });

  it('begins Explore with what is popular', async () => {
    const { page } = await open('#/explore');
    await page.locator('.card', { hasText: 'Most popular' }).locator('a').first().click();
    await page.locator('h2', { hasText: 'Track 50' }).waitFor();
    await page.close();
  });

  it('runs HISTORY too, and names a step once in its events', async () => {
    const { page } = await open('#/runs');
    await page.locator('.events li', { hasText: 'gold began' }).waitFor();
    expect(await page.locator('.events').textContent()).not.toMatch(/\b(\w+) \1 began/);
    await page.getByRole('button', { name: 'Run HISTORY' }).click();
    await page.locator('h2', { hasText: 'HISTORY' }).waitFor();
    await page.close();
  });

  it('leads from an artist to the overview of it', async () => {
    const { page } = await open('');
    await page.getByRole('link', { name: 'Artist Zero', exact: true }).first().click();
    await page.locator('.kpi b').first().filter({ hasText: '6' }).waitFor();
    await expect.poll(() => page.title()).toBe('Artist Zero · Groovelake');
    await page.getByRole('button', { name: 'All' }).click();
    await page.locator('.kpi b').first().filter({ hasText: '51' }).waitFor();
    await page.getByRole('link', { name: 'Artist 1', exact: true }).first().click();
    await expect.poll(() => page.title()).toBe('Artist 1 · Groovelake');
    await page.close();
  });
});
