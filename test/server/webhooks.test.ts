import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { marksOf } from '../../src/server/notice.ts';
import { createWebhooks, sign } from '../../src/server/webhooks.ts';
import { openSqliteDeliveries } from '../../src/store/deliveries/sqlite.ts';
import type { Login } from '../../src/store/listening/logins.ts';
import type { PipelineName, RunStatus } from '../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../src/store/runs/sqlite.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';
import { createVirtualClock, settle } from '../fixtures/virtual-clock.ts';

const SECRET = 'a-secret-of-many-characters';
const URL_A = 'https://a.example/hook?token=hidden';

interface Received {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

function open(env: Record<string, string> = {}) {
  const clock = createVirtualClock();
  const runs = openSqliteRuns(':memory:', seededRandomness(1));
  const path = join(makeTempFolder(), 'deliveries.sqlite');
  const deliveries = openSqliteDeliveries(path);
  onTestFinished(async () => {
    await runs.close();
    await deliveries.close();
  });
  const config = readConfig({ GROOVELAKE_WEBHOOK_URLS: URL_A, GROOVELAKE_WEBHOOK_SECRET: SECRET, ...env });
  const received: Received[] = [];
  const logged: string[] = [];
  const answers: (number | Error | Response)[] = [];
  const usual = { status: 204 };
  const request = (async (url: string, init: { headers: Record<string, string>; body: string }) => {
    received.push({ url, headers: init.headers, body: init.body });
    const answer = answers.shift() ?? usual.status;
    if (answer instanceof Error) throw answer;
    if (answer instanceof Response) return answer;
    return new Response(null, { status: answer });
  }) as unknown as typeof fetch;
  const log = createLog({
    level: 'debug',
    format: 'json',
    write: (line) => void logged.push(line),
    now: clock.now,
  });
  const logins: Login[] = [];
  const parts = {
    config,
    runs,
    deliveries,
    listLogins: async () => logins,
    clock,
    random: { ...seededRandomness(1), next: () => 1 },
    log,
    fetch: request,
  };
  const start = () => {
    const webhooks = createWebhooks(parts);
    webhooks.start();
    return webhooks;
  };
  const end = async (pipeline: PipelineName, status: RunStatus, snapshotId: string | null = null) => {
    await clock.advance(10);
    const { run } = await runs.createRun(
      { pipeline, trigger: 'CLI', parameters: {}, createdAt: clock.now() },
      ['crawl'],
    );
    const claimed = await runs.claimRun(run.id, { id: 'w', now: clock.now(), leaseMs: 1_000 });
    const claim = { runId: run.id, fence: claimed?.fence ?? 0 };
    const error = {
      code: 'EXTRACT',
      message: 'no answer',
      isRetryable: true,
      step: 'crawl',
      hint: 'Retry the run.',
    };
    const isFailed = status === 'FAILED';
    await runs.finishRun(claim, {
      status: status as 'FAILED',
      at: clock.now(),
      snapshotId,
      error: isFailed ? error : null,
      resumesAt: clock.now() + 1e9,
    });
    return run.id;
  };
  const types = () => received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
  return {
    clock,
    runs,
    deliveries,
    path,
    parts,
    logins,
    received,
    logged,
    answers,
    usual,
    start,
    end,
    types,
  };
}

describe('createWebhooks: stop', () => {
  it('gives up what is not answered within two seconds, and sends it at the next start as though it had not been tried', async () => {
    const { clock, deliveries, parts, received, end } = open();
    const silent = ((_url: string, { signal }: { signal: AbortSignal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      })) as unknown as typeof fetch;
    const first = createWebhooks({ ...parts, fetch: silent });
    first.start();
    await settle();
    await end('REFRESH', 'FAILED');
    await clock.advance(5_000);
    let isStopped = false;
    const stopping = first.stop().then(() => {
      isStopped = true;
    });
    await clock.advance(1_900);
    expect(isStopped).toBe(false);
    await clock.advance(100);
    await stopping;
    expect(await deliveries.countByState()).toMatchObject({ PENDING: 1, GIVEN_UP: 0 });
    const second = createWebhooks(parts);
    second.start();
    await settle();
    expect(received).toHaveLength(1);
    await second.stop();
  });
});

describe('createWebhooks: what is told', () => {
  it('tells once that a login ends soon, and once that it has ended; a new login is told of anew', async () => {
    const DAY = 86_400_000;
    const { clock, logins, deliveries, received, start, types } = open();
    logins.push({ accountId: 'a12345678901', endsAt: clock.now() + 22 * DAY });
    start();
    const countTold = async (days: number) => {
      clock.step(days * DAY);
      await clock.advance(60_000);
      await deliveries.removeOld(clock.now());
      return types().length;
    };
    expect(await countTold(0.1)).toBe(0);
    expect(await countTold(2)).toBe(1);
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({
      id: 'login.ends-a12345678901-2026-12-12-soon',
      type: 'login.ends',
      data: {
        run: null,
        login: { accountId: 'a12345678901', endsAt: '2026-12-12T12:00:00.000Z' },
        message: expect.stringContaining('log in again by 2026-12-12'),
      },
    });
    expect(await countTold(10)).toBe(1);
    expect(await countTold(11)).toBe(2);
    logins[0] = { accountId: 'a12345678901', endsAt: clock.now() + 182 * DAY };
    expect(await countTold(1)).toBe(2);
    expect(types()).toEqual(['login.ends', 'login.ends']);
  });

  it('tells each address that processes with settings of their own tell, and by one process what another does not', async () => {
    const DAY = 86_400_000;
    const { clock, logins, parts, received, start, end } = open({ GROOVELAKE_WEBHOOK_EVENTS: 'run.failed' });
    const others = ['https://b.example/', URL_A].map((urls) =>
      createWebhooks({
        ...parts,
        config: readConfig({ GROOVELAKE_WEBHOOK_URLS: urls, GROOVELAKE_WEBHOOK_SECRET: SECRET }),
      }),
    );
    logins.push({ accountId: 'a12345678901', endsAt: clock.now() + DAY });
    start();
    await settle();
    for (const other of others) other.start();
    await settle();
    await end('REFRESH', 'FAILED');
    await clock.advance(5_000);
    await end('REFRESH', 'SUCCEEDED');
    await clock.advance(5_000);
    const told = (url: string) =>
      received
        .filter((each) => each.url === url)
        .map(({ body }) => (JSON.parse(body) as { type: string }).type);
    expect(told('https://b.example/')).toEqual(['login.ends', 'run.failed', 'run.recovered']);
    expect(told(URL_A)).toEqual(['login.ends', 'run.failed', 'run.recovered']);
  });

  it('tells an address of the ends that came while only those who tell another were at work', async () => {
    const { clock, parts, received, start, end } = open();
    const config = readConfig({
      GROOVELAKE_WEBHOOK_URLS: 'https://b.example/',
      GROOVELAKE_WEBHOOK_SECRET: SECRET,
    });
    const first = createWebhooks({ ...parts, config });
    first.start();
    start();
    await settle();
    await first.stop();
    await end('REFRESH', 'FAILED');
    await clock.advance(900_000);
    await end('CRAWL', 'SUCCEEDED');
    await clock.advance(5_000);
    createWebhooks({ ...parts, config }).start();
    await clock.advance(5_000);
    expect(received.map(({ url }) => url)).toEqual([URL_A, 'https://b.example/']);
  });

  it('tells an address of an event that only a process was to tell of which was not at work, while another told it of others', async () => {
    const { clock, parts, received, start, end } = open({ GROOVELAKE_WEBHOOK_EVENTS: 'run.failed' });
    const config = readConfig({
      GROOVELAKE_WEBHOOK_URLS: URL_A,
      GROOVELAKE_WEBHOOK_SECRET: SECRET,
      GROOVELAKE_WEBHOOK_EVENTS: 'snapshot.published,login.ends',
    });
    const other = createWebhooks({ ...parts, config });
    other.start();
    start();
    await settle();
    await other.stop();
    await end('REFRESH', 'SUCCEEDED', 's1');
    await clock.advance(900_000);
    await end('CRAWL', 'FAILED');
    await clock.advance(5_000);
    createWebhooks({ ...parts, config }).start();
    await clock.advance(5_000);
    expect(received.map(({ body }) => JSON.parse(body).type)).toEqual(['run.failed', 'snapshot.published']);
  });

  it('goes on from the marks of an earlier version, which were of all events together', async () => {
    const { clock, deliveries, start, end, types } = open();
    const marks = marksOf({ deliveries, url: URL_A, types: [] });
    await marks.setMark('runs told from', String(clock.now()));
    await marks.setMark('runs told up to', String(clock.now()));
    await end('REFRESH', 'SUCCEEDED', 's1');
    start();
    await clock.advance(5_000);
    expect(types()).toEqual(['snapshot.published']);
  });

  it('keeps those marks for the event that another process tells of and that starts later', async () => {
    const { clock, deliveries, parts, start, end, types } = open({ GROOVELAKE_WEBHOOK_EVENTS: 'run.failed' });
    const marks = marksOf({ deliveries, url: URL_A, types: [] });
    await marks.setMark('runs told from', String(clock.now()));
    await marks.setMark('runs told up to', String(clock.now()));
    start();
    await settle();
    await end('REFRESH', 'SUCCEEDED', 's1');
    await clock.advance(600_000);
    const config = readConfig({
      GROOVELAKE_WEBHOOK_URLS: URL_A,
      GROOVELAKE_WEBHOOK_SECRET: SECRET,
      GROOVELAKE_WEBHOOK_EVENTS: 'snapshot.published',
    });
    const other = createWebhooks({ ...parts, config });
    other.start();
    await clock.advance(5_000);
    expect(types()).toEqual(['snapshot.published']);
    // From then on they are its own, however long nothing ends.
    await clock.advance(5_000);
    clock.step(2 * 24 * 3_600_000);
    await end('REFRESH', 'SUCCEEDED', 's2');
    await clock.advance(5_000);
    expect(types()).toEqual(['snapshot.published', 'snapshot.published']);
  });

  it('takes those marks for what is wanted then, and not for an event that is wanted months later', async () => {
    const { clock, deliveries, parts, start, end, types } = open({
      GROOVELAKE_WEBHOOK_EVENTS: 'snapshot.published',
    });
    const marks = marksOf({ deliveries, url: URL_A, types: [] });
    await marks.setMark('runs told from', String(clock.now()));
    await marks.setMark('runs told up to', String(clock.now()));
    const first = start();
    await settle();
    await first.stop();
    await clock.advance(60 * 24 * 3_600_000);
    await end('CRAWL', 'FAILED');
    const config = readConfig({ GROOVELAKE_WEBHOOK_URLS: URL_A, GROOVELAKE_WEBHOOK_SECRET: SECRET });
    createWebhooks({ ...parts, config }).start();
    await clock.advance(5_000);
    expect(types()).toEqual([]);
    await end('REFRESH', 'FAILED');
    await clock.advance(5_000);
    expect(types()).toEqual(['run.failed']);
  });

  it('tells an address that is put back after months of the last week, and one with a new password of all', async () => {
    const { clock, parts, received, end } = open();
    const configOf = (url: string) =>
      readConfig({ GROOVELAKE_WEBHOOK_URLS: url, GROOVELAKE_WEBHOOK_SECRET: SECRET });
    const old = ['https://b.example/', 'https://u:old@c.example/'];
    const first = createWebhooks({ ...parts, config: configOf(old.join()) });
    first.start();
    await settle();
    await first.stop();
    await end('REFRESH', 'FAILED');
    await clock.advance(60 * 24 * 3_600_000);
    await end('CRAWL', 'FAILED');
    createWebhooks({ ...parts, config: configOf('https://b.example/,https://u:new@c.example/') }).start();
    await clock.advance(5_000);
    const told = received.map(
      ({ url, body }) => `${new URL(url).host} ${JSON.parse(body).data.run.pipeline}`,
    );
    expect(told.toSorted()).toEqual(['b.example CRAWL', 'c.example CRAWL']);
  });

  it('tells that a run about somebody’s listening failed, and not what it says', async () => {
    const { clock, start, end, received } = open();
    start();
    await settle();
    await end('HISTORY', 'FAILED');
    await clock.advance(5_000);
    expect(received[0]?.body).toMatch(/EXTRACT; \\"groovelake runs\\" says more/);
    expect(received[0]?.body).not.toMatch(/no answer|Retry the run/);
  });

  it('tells of a failure, of the recovery after it, and of each snapshot, once', async () => {
    const { clock, start, end, types, received } = open();
    start();
    await settle();
    const failed = await end('REFRESH', 'FAILED');
    await clock.advance(5_000);
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      id: `run.failed-${failed}-1`,
      type: 'run.failed',
      at: '2026-11-20T12:00:00.010Z',
      data: {
        run: {
          id: failed,
          pipeline: 'REFRESH',
          status: 'FAILED',
          attempt: 1,
          error: expect.objectContaining({ code: 'EXTRACT' }),
        },
        snapshotId: null,
        login: null,
        message: `REFRESH ${failed} is FAILED: no answer Retry the run.`,
      },
    });
    await end('CRAWL', 'SUCCEEDED');
    await end('REFRESH', 'SUCCEEDED', 's1');
    await end('REFRESH', 'SUCCEEDED', 's2');
    await clock.advance(60_000);
    expect(types().sort()).toEqual([
      'run.failed',
      'run.recovered',
      'snapshot.published',
      'snapshot.published',
    ]);
  });

  it('asks when logins end once a minute, and not at all where nobody is told', async () => {
    const asked = async (events: string) => {
      const { clock, parts } = open({ GROOVELAKE_WEBHOOK_EVENTS: events });
      let times = 0;
      const listLogins = async () => {
        times += 1;
        return [];
      };
      createWebhooks({ ...parts, listLogins }).start();
      await clock.advance(119_000);
      return times;
    };
    expect([await asked('run.failed,login.ends'), await asked('run.failed')]).toEqual([2, 0]);
  });

  it('tells of runs though nobody can tell when logins end, and says so', async () => {
    const { clock, parts, end, types, logged } = open();
    const listLogins = () => Promise.reject(new Error('a file is damaged'));
    createWebhooks({ ...parts, listLogins }).start();
    await settle();
    await end('REFRESH', 'FAILED');
    await clock.advance(5_000);
    expect(types()).toEqual(['run.failed']);
    expect(logged.join()).toMatch(/Webhooks could not be told of logins.*a file is damaged/);
  });

  it('tells of the end of a run that many younger ones came after', async () => {
    const { clock, runs, start, end, types } = open({ GROOVELAKE_WEBHOOK_EVENTS: 'run.failed' });
    start();
    await settle();
    const { run } = await runs.createRun(
      { pipeline: 'CRAWL', trigger: 'CLI', parameters: {}, createdAt: clock.now() },
      ['crawl'],
    );
    const claimed = await runs.claimRun(run.id, { id: 'w', now: clock.now(), leaseMs: 1_000 });
    for (let at = 0; at < 210; at++) await end('HISTORY', 'SKIPPED');
    await runs.finishRun(
      { runId: run.id, fence: claimed?.fence ?? 0 },
      { status: 'FAILED', at: clock.now() },
    );
    await clock.advance(5_000);
    expect(types()).toEqual(['run.failed']);
  });

  it('tells of an end that a clock behind ours dated before the last one told', async () => {
    const { clock, runs, start, end, types } = open();
    start();
    await settle();
    const { run } = await runs.createRun(
      { pipeline: 'CRAWL', trigger: 'CLI', parameters: {}, createdAt: clock.now() },
      ['crawl'],
    );
    const claimed = await runs.claimRun(run.id, { id: 'w', now: clock.now(), leaseMs: 1_000 });
    const behind = clock.now() + 5;
    await end('REFRESH', 'FAILED');
    await clock.advance(5_000);
    await runs.finishRun({ runId: run.id, fence: claimed?.fence ?? 0 }, { status: 'FAILED', at: behind });
    await clock.advance(60_000);
    expect(types()).toEqual(['run.failed', 'run.failed']);
  });

  it('tells in time what ends, and tries again, after the clock ran ahead and was set right', async () => {
    const { clock, start, end, types, answers, received } = open();
    const MONTH = 30 * 86_400_000;
    clock.step(MONTH);
    start();
    await settle();
    await end('REFRESH', 'FAILED');
    answers.push(500);
    await clock.advance(5_000);
    expect(types()).toEqual(['run.failed']);
    clock.step(-MONTH);
    await clock.advance(5_000);
    clock.step(6 * 3_600_000);
    await clock.advance(5_000);
    expect(types()).toEqual(['run.failed', 'run.failed']);
    const told = received.length;
    await end('IMPORT', 'FAILED');
    await clock.advance(5_000);
    await end('REFRESH', 'SUCCEEDED');
    await clock.advance(5_000);
    clock.step(3_600_000);
    await end('REFRESH', 'SUCCEEDED');
    await clock.advance(5_000);
    expect(types().slice(told)).toEqual(['run.failed', 'run.recovered']);
  });

  it('tells of a snapshot that a parked run published', async () => {
    const { clock, start, end, types } = open();
    start();
    await settle();
    await end('REFRESH', 'WAITING', 's1');
    await clock.advance(5_000);
    expect(types()).toEqual(['snapshot.published']);
  });

  it('tells at the next start of ends that nobody saw, and of none from before the first start', async () => {
    const { clock, start, end, types } = open();
    await end('IMPORT', 'FAILED');
    const first = start();
    await settle();
    await first.stop();
    await end('REFRESH', 'FAILED');
    start();
    await clock.advance(5_000);
    expect(types()).toEqual(['run.failed']);
  });

  it('tells only what was asked for, and nothing without an address', async () => {
    const some = open({ GROOVELAKE_WEBHOOK_EVENTS: 'snapshot.published' });
    some.start();
    await settle();
    await some.end('REFRESH', 'FAILED', 's1');
    await some.clock.advance(5_000);
    expect(some.types()).toEqual(['snapshot.published']);
    const none = open({ GROOVELAKE_WEBHOOK_URLS: '' });
    none.start();
    await none.end('REFRESH', 'FAILED');
    await none.clock.advance(5_000);
    expect(none.received).toEqual([]);
  });
});

describe('createWebhooks: how it is told', () => {
  it('signs as Standard Webhooks has it', async () => {
    const { clock, start, end, received } = open();
    start();
    await settle();
    await end('REFRESH', 'FAILED');
    await clock.advance(5_000);
    const [{ headers, body } = { headers: {} as Record<string, string>, body: '' }] = received;
    const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const expected = createHmac('sha256', SECRET).update(text).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
    expect(Number(headers['webhook-timestamp'])).toBe(Math.floor(Date.UTC(2026, 10, 20, 12) / 1_000) + 5);
  });

  it('tries again with growing pauses, the same message under the same id, and gives up in the end', async () => {
    const { clock, start, end, received, answers, deliveries, logged } = open({
      GROOVELAKE_WEBHOOK_TRIES: '4',
    });
    answers.push(500, new Error('reset'), 302, 500);
    start();
    await settle();
    await end('REFRESH', 'FAILED');
    const tries = async (ms: number) => {
      await clock.advance(ms);
      return received.length;
    };
    expect([await tries(5_000), await tries(4_000), await tries(2_000)]).toEqual([1, 1, 2]);
    expect([await tries(18_000), await tries(3_000), await tries(76_000), await tries(6_000)]).toEqual([
      2, 3, 3, 4,
    ]);
    await clock.advance(200_000);
    expect(received).toHaveLength(4);
    expect(new Set(received.map(({ headers, body }) => headers['webhook-id'] + body)).size).toBe(1);
    expect(await deliveries.countByState()).toEqual({ PENDING: 0, DELIVERED: 0, GIVEN_UP: 1 });
    expect(logged.join('\n')).toContain('A webhook was given up');
    expect(logged.join('\n')).not.toMatch(/hidden|a-secret/);
  });

  it('tries what has waited for hours at once when its address takes another', async () => {
    const { clock, start, end, answers, deliveries, types } = open({ GROOVELAKE_WEBHOOK_TRIES: '20' });
    answers.push(...Array.from({ length: 8 }, () => 500));
    start();
    await settle();
    await end('REFRESH', 'FAILED');
    for (let n = 0; n < 8; n++) {
      await clock.advance(5_000);
      clock.step(6 * 3_600_000);
    }
    expect(types()).toHaveLength(8);
    clock.step(-6 * 3_600_000);
    await end('CRAWL', 'FAILED');
    await clock.advance(5_000);
    expect(types()).toHaveLength(10);
    expect(await deliveries.countByState()).toEqual({ PENDING: 0, DELIVERED: 2, GIVEN_UP: 0 });
  });

  it('costs no try to offer before its time what a receiver still refuses that takes few at a time', async () => {
    const { clock, deliveries, start, received, answers, usual } = open({ GROOVELAKE_WEBHOOK_TRIES: '8' });
    const waiting = (n: number) => ({
      ...{ id: `d${n}`, messageId: `m${n}`, url: URL_A, type: 'run.failed', body: '{}' },
      ...{ state: 'PENDING' as const, tries: 7, createdAt: clock.now(), lastError: 'HTTP 503' },
      nextAt: clock.now() + (n === 0 ? 0 : 3 * 3_600_000 + n),
    });
    await deliveries.enqueue(Array.from({ length: 31 }, (_, n) => waiting(n)));
    answers.push(200);
    usual.status = 429;
    start();
    await settle();
    await clock.advance(60_000);
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual(['m0', 'm1']);
    // Another success offers the next one, and the first again only after its own time.
    await deliveries.enqueue([{ ...waiting(40), tries: 0, nextAt: clock.now() }]);
    answers.push(200, 200);
    await clock.advance(5_000);
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual(['m0', 'm1', 'm40', 'm2', 'm3']);
    expect(await deliveries.countByState()).toEqual({ PENDING: 29, DELIVERED: 3, GIVEN_UP: 0 });
    usual.status = 200;
    clock.step(3 * 3_600_000);
    await clock.advance(5_000);
    expect(await deliveries.countByState()).toEqual({ PENDING: 0, DELIVERED: 32, GIVEN_UP: 0 });
  });

  it('tells what ends while an address takes one after the other of what has waited before the rest of that', async () => {
    const { clock, deliveries, parts, received, end } = open();
    const waiting = (n: number) => ({
      ...{ id: `d${n}`, messageId: `m${n}`, url: URL_A, type: 'run.failed', body: '{}' },
      ...{ state: 'PENDING' as const, tries: 7, createdAt: clock.now(), lastError: 'HTTP 503' },
      nextAt: clock.now() + (n === 0 ? 0 : 3 * 3_600_000 + n),
    });
    let sent = 0;
    const request = (async (...given: Parameters<typeof fetch>) => {
      sent++;
      if (sent === 3) {
        await end('REFRESH', 'FAILED');
        webhooks.wake();
      }
      return parts.fetch(...given);
    }) as typeof fetch;
    const webhooks = createWebhooks({ ...parts, fetch: request });
    webhooks.start();
    await settle();
    await deliveries.enqueue(Array.from({ length: 12 }, (_, n) => waiting(n)));
    webhooks.wake();
    await clock.advance(0);
    for (let round = 0; round < 30; round++) await settle();
    const ids = received.map(({ headers }) => headers['webhook-id'] ?? '');
    expect(ids.slice(0, 3)).toEqual(['m0', 'm1', 'm2']);
    expect(ids[3]).toMatch(/^run\.failed-/);
    expect(ids).toHaveLength(13);
  });

  it('offers early what was refused early once another process has tried it in its time', async () => {
    const { clock, deliveries, start, received, answers } = open();
    const waiting = (n: number, nextAt: number) => ({
      ...{ id: `d${n}`, messageId: `m${n}`, url: URL_A, type: 'run.failed', body: '{}' },
      ...{ state: 'PENDING' as const, tries: 5, createdAt: clock.now(), lastError: 'HTTP 503', nextAt },
    });
    const HOUR = 3_600_000;
    await deliveries.enqueue([waiting(0, clock.now()), waiting(1, clock.now() + HOUR)]);
    answers.push(200, 500);
    start();
    await clock.advance(10_000);
    const ids = () => received.map(({ headers }) => headers['webhook-id']);
    await deliveries.enqueue([waiting(2, clock.now())]);
    await clock.advance(5_000);
    expect(ids()).toEqual(['m0', 'm1', 'm2']);
    const tried = { state: 'PENDING', tries: 6, lastError: 'HTTP 500' } as const;
    await deliveries.settle('d1', { ...tried, nextAt: clock.now() + 5 * HOUR });
    clock.step(2 * HOUR);
    await deliveries.enqueue([waiting(3, clock.now())]);
    await clock.advance(5_000);
    expect(ids()).toEqual(['m0', 'm1', 'm2', 'm3', 'm1']);
  });

  it('tells nothing to an address before the time that its Retry-After names, in seconds or as a date', async () => {
    const { clock, start, end, received, answers } = open();
    const busy = (after: string) => new Response(null, { status: 429, headers: { 'retry-after': after } });
    answers.push(busy('600'));
    start();
    await settle();
    await end('REFRESH', 'FAILED');
    await clock.advance(5_000);
    await end('CRAWL', 'FAILED');
    await clock.advance(590_000);
    expect(received).toHaveLength(1);
    answers.push(busy(new Date(clock.now() + 300_000).toUTCString()), 204);
    await clock.advance(15_000);
    const soon = received.length;
    await clock.advance(600_000);
    expect([soon, received.length]).toEqual([3, 4]);
  });

  it('gives up at once where the receiver is gone for good, and tells each address by itself', async () => {
    const { clock, start, end, received, answers, deliveries } = open({
      GROOVELAKE_WEBHOOK_URLS: `${URL_A}, https://b.example/hook`,
    });
    answers.push(410);
    start();
    await settle();
    await end('REFRESH', 'FAILED');
    await clock.advance(200_000);
    expect(received.map(({ url }) => new URL(url).host).sort()).toEqual(['a.example', 'b.example']);
    expect(await deliveries.countByState()).toEqual({ PENDING: 0, DELIVERED: 1, GIVEN_UP: 1 });
  });

  it.each([
    ['another', 'https://b.example/hook'],
    ['none', ''],
  ])('tells nothing to an address that the settings have no more, and %s in its place; who has it tells it', async (_title, url) => {
    const { clock, start, end, received, answers, parts, deliveries } = open();
    answers.push(500);
    const before = start();
    await settle();
    await end('REFRESH', 'FAILED');
    await clock.advance(5_000);
    await before.stop();
    const config = readConfig({ GROOVELAKE_WEBHOOK_URLS: url, GROOVELAKE_WEBHOOK_SECRET: SECRET });
    const other = createWebhooks({ ...parts, config });
    other.start();
    await clock.advance(5_000);
    clock.step(86_400_000);
    await clock.advance(5_000);
    const isForA = (each: { url: string }) => each.url === URL_A;
    expect(received.filter(isForA)).toHaveLength(1);
    expect(await deliveries.countByState()).toMatchObject({ PENDING: 1, GIVEN_UP: 0 });
    start();
    await clock.advance(5_000);
    await other.stop();
    expect(received.filter(isForA)).toHaveLength(2);
  });

  it('sends user and password of an address as Basic credentials, and asks for the address without them', async () => {
    const { clock, start, end, received } = open({
      GROOVELAKE_WEBHOOK_URLS: 'https://user:p%40ss@a.example/hook?token=hidden',
    });
    start();
    await settle();
    await end('REFRESH', 'FAILED');
    await clock.advance(5_000);
    expect(received).toMatchObject([
      {
        url: URL_A,
        headers: { authorization: `Basic ${Buffer.from('user:p@ss').toString('base64')}` },
      },
    ]);
  });

  it('shows no more of an address than its origin, neither in the log nor as the last error', async () => {
    const { clock, start, end, logged, answers, path } = open({ GROOVELAKE_WEBHOOK_TRIES: '2' });
    answers.push(
      new TypeError(`Failed to parse URL from ${URL_A}`),
      new TypeError('fetch failed', { cause: new Error(`connect to "${URL_A}" refused`) }),
    );
    start();
    await settle();
    await end('REFRESH', 'FAILED');
    await clock.advance(20_000);
    const file = new DatabaseSync(path);
    onTestFinished(() => file.close());
    expect({ ...file.prepare('select state, last_error from deliveries').get() }).toEqual({
      state: 'GIVEN_UP',
      last_error: 'connect to "https://a.example" refused',
    });
    expect(logged.join('\n')).toContain('Failed to parse URL from https://a.example');
    expect(logged.join('\n')).not.toMatch(/hidden|\/hook/);
  });

  it('loses nothing when the process dies between two tries, or in the middle of one', async () => {
    const { clock, path, start, end, received, answers, parts } = open();
    answers.push(500);
    const first = start();
    await settle();
    await end('REFRESH', 'FAILED');
    await clock.advance(5_000);
    await first.stop();
    // Another process takes the delivery and dies with it.
    const dying = openSqliteDeliveries(path);
    await clock.advance(10_000);
    const wanted = { urls: [URL_A], leaseMs: 2 * parts.config.webhookTimeoutMs, first: 9 };
    expect(await dying.take(clock.now(), wanted)).toHaveLength(1);
    await dying.close();
    start();
    await clock.advance(5_000);
    expect(received).toHaveLength(1);
    await clock.advance(20_000);
    expect(received).toHaveLength(2);
  });
});

describe('the settings of webhooks', () => {
  it('want a secret with an address, and known events', () => {
    const configure = (env: Record<string, string>) => () => readConfig(env);
    expect(configure({ GROOVELAKE_WEBHOOK_URLS: URL_A })).toThrow(/GROOVELAKE_WEBHOOK_SECRET is not/);
    expect(configure({ GROOVELAKE_WEBHOOK_URLS: 'ftp://x' })).toThrow(
      /GROOVELAKE_WEBHOOK_URLS is not acceptable/,
    );
    const unreadable = 'https://user:%zz@a.example/hook';
    expect(configure({ GROOVELAKE_WEBHOOK_URLS: unreadable, GROOVELAKE_WEBHOOK_SECRET: SECRET })).toThrow(
      /GROOVELAKE_WEBHOOK_URLS is not acceptable/,
    );
    expect(configure({ GROOVELAKE_WEBHOOK_EVENTS: 'run.fail' })).toThrow(/"run.fail"; some of run.failed/);
  });
});

describe('the signature', () => {
  it('is that of the test vector of Standard Webhooks for a secret as that standard writes them', () => {
    // libraries/javascript and others of github.com/standard-webhooks/standard-webhooks, read 2026-11-27.
    const message = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: '1614265330',
      body: '{"test": 2432232314}',
    };
    expect(sign({ ...message, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' })).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it.each([
    'a-secret-of-many-characters',
    'whsec_not-base64-at-all',
  ])('takes "%s" byte for byte', (secret) => {
    const expected = createHmac('sha256', secret).update('i.1.{}').digest('base64');
    expect(sign({ id: 'i', timestamp: '1', body: '{}', secret })).toBe(`v1,${expected}`);
  });
});
