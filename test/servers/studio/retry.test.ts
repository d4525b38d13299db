// A run that is cancelled and retried in the studio: the card goes on with the attempt that follows.
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { type Sandbox, startSandbox } from '../../../src/sources/sandbox/server.ts';
import { sandboxEnv } from '../../fixtures/sandbox-env.ts';
import { browseAround, hasBrowserFor, serveAround } from '../around.ts';

const SLOW_MS = 120_000;

describe.skipIf(!hasBrowserFor('a retry in the studio'))('a retry in the studio', () => {
  let sandbox: Sandbox;
  const server = serveAround(async () => {
    sandbox = await startSandbox({ clock: systemClock, artists: 20 });
    return { GROOVELAKE_CRAWL_TOP: '2', GROOVELAKE_HTTP_TIMEOUT_MS: '600000', ...sandboxEnv(sandbox) };
  });
  afterAll(() => sandbox?.close());
  const browser = browseAround();

  it('shows the second attempt to its end, behind the events of the first', async () => {
    // It stays where it is until it is cancelled.
    sandbox.requests.add({ family: 'albums', answer: { kind: 'hang' } });
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query:
          'mutation { triggerPipeline(input: { pipeline: CRAWL, parameters: { top: 12, force: true } }) { ... on TriggerRunSuccess { run { id } } } }',
      }),
    });
    const { data } = (await answer.json()) as { data: { triggerPipeline: { run: { id: string } } } };
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(`${server.url}/studio/#/runs/${data.triggerPipeline.run.id}`);
    await page.locator('.events li', { hasText: 'ranking of listeners' }).waitFor({ timeout: SLOW_MS });
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('h2 .badge.cancelled').waitFor({ timeout: SLOW_MS });
    // The stream of the first attempt has ended by then, and nothing is under way any more.
    await page.locator('.events li', { hasText: 'CANCELLED' }).first().waitFor();
    sandbox.requests.clear();
    await page.getByRole('button', { name: 'Go on from the failure' }).click();
    await page.locator('p', { hasText: 'attempt 2' }).waitFor();
    await page.locator('h2 .badge.succeeded').waitFor({ timeout: SLOW_MS });
    await page.locator('.events li', { hasText: 'crawl SUCCEEDED' }).waitFor();
    const lines = await page.locator('.events li').allTextContents();
    expect(lines.filter((line) => line.includes('CRAWL queued'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('attempt 2 began'))).toHaveLength(1);
    await page.close();
  });
});
