// The Python examples against a real server, and the Streamlit app in a real browser.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../../end-to-end/process.ts';
import { findFreePort } from '../../fixtures/free-port.ts';
import { browseAround, hasBrowserFor, serveAround } from '../around.ts';

const VENV = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'groovelake-test', 'streamlit');
const PYTHON = join(VENV, 'bin', 'python');
const hasPython = existsSync(PYTHON);
const hasBrowser = hasBrowserFor('the Streamlit app');
if (!hasPython)
  console.warn('skipped: the Python examples, whose packages .ci/servers/streamlit.sh installs');

describe.skipIf(!hasPython)('the Python examples', () => {
  const server = serveAround();

  it('answer in JSON, as pandas and Polars frames, and as Parquet that has not changed', async () => {
    const env = { ...process.env, GROOVELAKE_SERVER_URL: server.url };
    const output = execFileSync(PYTHON, ['examples/python/questions.py'], { encoding: 'utf8', env });
    const { tracks, trackStats } = await ask<{
      tracks: { totalCount: number };
      trackStats: { nodes: { group: { label: string }; count: number }[] };
    }>(
      server.url,
      '{ tracks { totalCount } trackStats(groupBy: [RELEASE_DECADE]) { nodes { group { label } count } } }',
    );
    expect(output).toContain(`${tracks.totalCount} rows of `);
    expect(output).toContain('columns, then 304');
    for (const { group, count } of trackStats.nodes)
      if (group.label !== '(none)') expect(output).toMatch(new RegExp(`${group.label}\\s+${count}\\s`));
    expect(output).toContain('ALBUM');
  });

  describe.skipIf(!hasBrowser)('the Streamlit app', () => {
    let app: ChildProcess;
    const browser = browseAround();
    let page: Page;
    let url: string;
    const output: string[] = [];

    beforeAll(async () => {
      url = `http://127.0.0.1:${await findFreePort()}`;
      app = spawn(
        join(VENV, 'bin', 'streamlit'),
        ['run', 'app.py', '--server.address', '127.0.0.1', '--server.port', new URL(url).port],
        {
          cwd: 'examples/streamlit',
          env: { ...process.env, GROOVELAKE_SERVER_URL: server.url },
        },
      );
      for (const stream of [app.stdout, app.stderr])
        stream?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
      page = await browser.newPage({ viewport: { width: 1500, height: 1060 } });
      for (let tries = 0; tries < 600; tries++) {
        if (
          await fetch(`${url}/_stcore/health`).then(
            (answer) => answer.ok,
            () => false,
          )
        )
          break;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      await page.goto(url, { timeout: 120_000 });
    });
    afterAll(() => {
      app?.kill('SIGKILL');
    });

    const open = (name: string) => page.getByRole('tab', { name }).click();
    /** As many charts as the open tab has, drawn. */
    const charts = async (count: number) => {
      await expect
        .poll(
          () =>
            page
              .locator(
                '[data-testid="stVegaLiteChart"] canvas:visible, [data-testid="stVegaLiteChart"] svg.marks:visible',
              )
              .count(),
          { timeout: 120_000 },
        )
        .toBeGreaterThanOrEqual(count);
    };

    it('shows the key figures that the API gives, and its charts', async () => {
      const { trackStats } = await ask<{ trackStats: { nodes: [{ count: number; artistCount: number }] } }>(
        server.url,
        '{ trackStats { nodes { count artistCount } } }',
      );
      const [{ count, artistCount }] = trackStats.nodes;
      const metric = (label: string) =>
        page.locator('[data-testid="stMetric"]', { hasText: label }).first().innerText({ timeout: 120_000 });
      expect(await metric('in the selection')).toContain(count.toLocaleString('en'));
      expect(await metric('Artists')).toContain(artistCount.toLocaleString('en'));
      expect(await metric('Tracks in ')).toMatch(/[+-]\d+\.\d% on \d{4}/);
      await charts(5);
    });

    it('draws timelines, plots, correlations and the histogram', async () => {
      await open('Over time');
      await charts(4);
      await open('Sound');
      await charts(3);
      await page.getByText('without a detected tempo are left out').waitFor({ timeout: 120_000 });
    });

    it('finds a track, with details and what is near it', async () => {
      const { tracks } = await ask<{ tracks: { nodes: [{ name: string }] } }>(
        server.url,
        '{ tracks(first: 1) { nodes { name } } }',
      );
      await open('Search');
      await page.getByPlaceholder(/A name/).fill(tracks.nodes[0].name);
      await page.keyboard.press('Enter');
      await page
        .locator('[data-testid="stExpander"]', { hasText: tracks.nodes[0].name })
        .first()
        .waitFor({ timeout: 120_000 });
      await page.locator('[data-testid="stDataFrame"]').first().waitFor({ timeout: 120_000 });
      await page.getByText('Near it').first().waitFor();
    });

    it('ended without an error', async () => {
      expect(await page.locator('[data-testid="stException"], [data-testid="stAlert"]').count()).toBe(0);
      expect(output.join('')).not.toMatch(/Traceback/);
    });
  });
});
