// GraphiQL in a real browser: one page watches a run over server-sent events, while another triggers, cancels and retries it.
import { writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { type Sandbox, startSandbox } from '../../../src/sources/sandbox/server.ts';
import { sandboxEnv } from '../../fixtures/sandbox-env.ts';
import { browseAround, hasBrowserFor, serveAround } from '../around.ts';

/** Where a picture of the page and the streams as they came go; nowhere unless set. */
const PICTURES = process.env.GROOVELAKE_TEST_PICTURES;
const SLOW_MS = 120_000;

describe.skipIf(!hasBrowserFor('GraphiQL'))('GraphiQL', () => {
  let sandbox: Sandbox;
  const server = serveAround(async () => {
    sandbox = await startSandbox({ clock: systemClock, artists: 20 });
    return {
      GROOVELAKE_CRAWL_TOP: '2',
      GROOVELAKE_HTTP_TIMEOUT_MS: '600000',
      ...sandboxEnv(sandbox),
    };
  });
  afterAll(() => sandbox?.close());
  const browser = browseAround();

  async function open(): Promise<{ page: Page; streams: () => string[]; hosts: Set<string> }> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 640 } });
    const hosts = new Set<string>();
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (protocol.startsWith('http')) hosts.add(host);
    });
    const streams = await keepStreams(page);
    return { page, streams, hosts };
  }

  /** Opens a link to the operation, and executes it. */
  async function execute(page: Page, operation: string): Promise<void> {
    await page.goto(`${server.url}/graphql?query=${encodeURIComponent(operation)}`);
    const words = operation.slice(0, operation.indexOf('(')).trim().split(/\s+/).at(-1) ?? '';
    await page
      .locator('.graphiql-query-editor .view-lines', { hasText: words })
      .waitFor({ timeout: SLOW_MS });
    await page.locator('.graphiql-execute-button').click();
  }

  /** What the page shows as the answer, once it matches. */
  async function answer(page: Page, what: RegExp): Promise<string> {
    const lines = page.locator('.result-window .view-lines');
    const read = async () => ((await lines.textContent()) ?? '').replaceAll('\u00a0', ' ');
    await expect.poll(read, { timeout: SLOW_MS, interval: 50 }).toMatch(what);
    return read();
  }

  const untilComplete = (page: Page) =>
    page.locator('.graphiql-execute-button[aria-label^="Execute"]').waitFor({ timeout: SLOW_MS });

  it('opens the example that is clicked, and says where a key goes', async () => {
    const { page } = await open();
    await page.goto(`${server.url}/graphql`);
    const query = page.locator('.graphiql-query-editor .view-lines');
    await query.filter({ hasText: 'MostPopular' }).waitFor({ timeout: SLOW_MS });
    expect(await query.textContent()).toContain('Headers');
    // The tabs have come to rest then.
    await page.waitForTimeout(2_000);
    for (const name of ['Similar', 'Operations', 'SearchAll', 'EnergyByDecade']) {
      const box = await page.locator('.graphiql-tab-button', { hasText: name }).boundingBox();
      if (!box) throw new Error(`there is no tab ${name}`);
      await page.mouse.click(box.x + box.width / 3, box.y + box.height / 2, { delay: 100 });
      await page.locator('.graphiql-tab-active', { hasText: name }).waitFor({ timeout: 5_000 });
      await query.filter({ hasText: name }).waitFor({ timeout: 5_000 });
    }
    await page.close();
  });

  it('keeps a tab that is dragged under the pointer, and leaves it where it is dropped', async () => {
    const { page } = await open();
    await page.goto(`${server.url}/graphql`);
    const tabs = page.locator('.graphiql-tab');
    await tabs.filter({ hasText: 'Similar' }).waitFor({ timeout: SLOW_MS });
    // The tabs have come to rest then.
    await page.waitForTimeout(2_000);
    const leftOf = async (name: string) =>
      (await tabs.filter({ hasText: name }).boundingBox())?.x ?? Number.NaN;
    const from = await leftOf('Similar');
    const to = await leftOf('EnergyByDecade');
    const y = ((await tabs.first().boundingBox())?.y ?? 0) + 10;
    await page.mouse.move(from + 20, y);
    await page.mouse.down();
    for (let x = from; x > to; x -= 10) {
      await page.mouse.move(x + 20, y);
      await expect.poll(() => leftOf('Similar'), { timeout: 5_000 }).toBeCloseTo(x, 0);
    }
    if (PICTURES) await page.screenshot({ path: `${PICTURES}/graphiql-tabs.png` });
    await page.mouse.up();
    await expect.poll(() => leftOf('Similar'), { timeout: 5_000 }).toBeCloseTo(to, 0);
    expect((await tabs.allTextContents())[1]).toMatch(/^Similar/);
    await page.close();
  });

  it('shows events as they come, to the end of a run that is cancelled, and on when it is retried', async () => {
    // It stays where it is until it is cancelled.
    sandbox.requests.add({ family: 'albums', answer: { kind: 'hang' } });
    const operator = await open();
    const watcher = await open();
    const run = '... on TriggerRunSuccess { run { id status } }';
    await execute(
      operator.page,
      `mutation { triggerPipeline(input: { pipeline: CRAWL, parameters: { top: 12, force: true } }) { ${run} } }`,
    );
    const runId = /"id": "([^"]+)"/.exec(await answer(operator.page, /"id": "/))?.[1];
    const watch = (after = '') =>
      `subscription {\n  runEvents(runId: "${runId}"${after}) {\n    cursor\n    level\n    type\n    step\n    message\n  }\n}`;

    await execute(watcher.page, watch());
    await answer(watcher.page, /ranking of listeners/);
    if (PICTURES) await watcher.page.screenshot({ path: `${PICTURES}/graphiql.png` });
    await execute(
      operator.page,
      `mutation { cancelRun(input: { runId: "${runId}", reason: "the wrong list" }) { __typename } }`,
    );
    await answer(operator.page, /CancelRunSuccess/);
    const last = await answer(watcher.page, /CANCELLED: the wrong list/);
    await untilComplete(watcher.page);

    sandbox.requests.clear();
    await execute(operator.page, `mutation { retryRun(input: { runId: "${runId}" }) { ${run} } }`);
    await answer(operator.page, /QUEUED/);
    const cursor = /"cursor": "([^"]+)"/.exec(last)?.[1];
    await execute(watcher.page, watch(`, after: "${cursor}"`));
    await answer(watcher.page, /SUCCEEDED/);
    await untilComplete(watcher.page);

    const isComplete = (body: string) => body.includes('event: complete');
    await expect.poll(() => watcher.streams().map(isComplete), { timeout: 20_000 }).toEqual([true, true]);
    const bodies = watcher.streams();
    if (PICTURES) writeFileSync(`${PICTURES}/graphiql-events.txt`, bodies.join('\n---\n'));
    const [first = '', second = ''] = bodies;
    for (const message of ['CRAWL queued', 'attempt 1 began', 'crawl began', 'the wrong list'])
      expect(first).toContain(message);
    expect(first).not.toContain('attempt 2');
    for (const message of ['queued again as attempt 2', 'attempt 2 began', 'crawl SUCCEEDED'])
      expect(second).toContain(message);
    expect(second).not.toContain('attempt 1');
    for (const body of bodies) expect(body.trimEnd()).toMatch(/event: complete\ndata:\s*$/);
    expect([...operator.hosts, ...watcher.hosts]).toEqual(Array(2).fill(new URL(server.url).host));
  });
});

/** Keeps the bodies of server-sent events as they come to the page, which reads them as it would, also over several documents. */
async function keepStreams(page: Page): Promise<() => string[]> {
  const bodies = new Map<string, string>();
  await page.exposeFunction('keepText', (stream: string, text: string) => {
    bodies.set(stream, (bodies.get(stream) ?? '') + text);
  });
  await page.addInitScript(() => {
    const { keepText } = window as unknown as { keepText: (stream: string, text: string) => Promise<void> };
    const original = window.fetch;
    window.fetch = async (...request) => {
      const response = await original(...request);
      const { body, headers } = response;
      if (!body || !headers.get('content-type')?.startsWith('text/event-stream')) return response;
      const [ours, theirs] = body.tee();
      const stream = crypto.randomUUID();
      const keep = new WritableStream<string>({ write: (text) => keepText(stream, text) });
      const texts = ours.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>);
      texts.pipeTo(keep).catch(() => {});
      return new Response(theirs, response);
    };
  });
  return () => [...bodies.values()];
}
