import type { ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { answerReady } from '../../src/http/health.ts';
import type { Reader } from '../../src/store/access/may-read-run.ts';
import type { Claim, RunStore } from '../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../src/store/runs/sqlite.ts';
import { manifest, start } from './plain-server.ts';

describe('health', () => {
  it('is live from the first second, ready once there is data', async () => {
    const starting = await start({}, false);
    expect((await fetch(`${starting.url}/health/live`)).status).toBe(200);
    const response = await fetch(`${starting.url}/health/ready`);
    expect([response.status, await response.json()]).toEqual([503, { status: 'starting', reasons: [] }]);
    const ready = await start();
    expect(await (await fetch(`${ready.url}/health/ready`)).json()).toMatchObject({
      status: 'ready',
      snapshot: { id: manifest.id },
    });
  });

  it('tells a stranger how it stands, by codes, and nothing that names runs or people', async () => {
    const key = 'a-key-of-sixteen-or-more';
    const { url } = await start({ GROOVELAKE_API_KEY: key });
    const ask = async (headers: Record<string, string>) =>
      (await fetch(`${url}/health/ready`, { headers })).json();
    expect(await ask({})).toEqual({
      status: 'ready',
      reasons: [],
      snapshot: { ageSeconds: expect.any(Number) },
    });
    expect(await ask({ authorization: `Bearer ${key}` })).toMatchObject({ snapshot: { id: manifest.id } });
  });

  it('tells what a run of listening says to operators and the account alone, also while it goes', async () => {
    const { ask, claim, runs } = await withRun({ account: 'anna12345678' });
    await runs.updateStep(claim, { name: 'plays', status: 'RUNNING', startedAt: 1 });
    await runs.setProgress(claim, { done: 1, total: 2, message: 'Anna Schmidt.zip: 7 rows' });
    expect(await ask({ scope: 'read' })).toMatchObject({ pipeline: 'HISTORY', status: 'RUNNING' });
    expect((await ask({ scope: 'read' })).message).not.toContain('Anna');
    expect((await ask({ scope: 'read', accountId: 'bert12345678' })).message).not.toContain('Anna');
    for (const reader of [{ scope: 'operate' }, { scope: 'read', accountId: 'anna12345678' }] as const)
      expect((await ask(reader)).message).toBe('In step plays, 1 of 2: Anna Schmidt.zip: 7 rows');
  });

  it('says how the last run goes and how it went', async () => {
    const { ask, claim, runs } = await withRun({ account: 'sandbox' });
    const say = async () => (await ask({ scope: 'read' })).message;
    expect(await say()).toBe('Begins.');
    await runs.updateStep(claim, { name: 'plays', status: 'RUNNING', startedAt: 1 });
    // As a step begins.
    await runs.setProgress(claim, { done: 0, total: null, message: 'plays' });
    expect(await say()).toBe('In step plays');
    await runs.finishRun(claim, { status: 'SUCCEEDED', at: 2, error: null, snapshotId: 's2' });
    expect(await say()).toBe('Published snapshot s2.');
    await runs.createRun({ pipeline: 'CRAWL', trigger: 'CLI', parameters: {}, createdAt: 3 }, ['crawl']);
    expect(await say()).toBe('Waits for a worker.');
  });

  it('is 200 and degraded while the store of runs does not answer: the snapshot does', async () => {
    const { parts } = await withRun({});
    const away = () => Promise.reject(new Error('No MongoDB server that takes writes was found'));
    const runs = new Proxy({} as RunStore, { get: () => away });
    expect(await askReady({ ...parts, runs }, null)).toEqual({
      status: 200,
      body: {
        status: 'degraded',
        reasons: [{ code: 'STORE_UNAVAILABLE' }],
        snapshot: { ageSeconds: expect.any(Number) },
      },
    });
  });

  it('comes as Prometheus metrics too', async () => {
    const { url } = await start();
    await fetch(`${url}/nothing`);
    const text = await (await fetch(`${url}/metrics`)).text();
    for (const line of text.trim().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) groovelake_\w+ .+|groovelake_\w+(\{[^}]*\})? -?[\d.e+-]+)$/);
    }
    expect(text).toContain('groovelake_statements_total 3\n');
    expect(text).toContain('groovelake_statements_in_flight 1\n');
    expect(text).toContain('groovelake_http_responses_total{status="4xx"} 1\n');
    const age = Number(/^groovelake_snapshot_age_seconds (.*)$/m.exec(text)?.[1]);
    expect(Math.abs(age - (Date.now() - Date.parse(manifest.publishedAt)) / 1_000)).toBeLessThan(60);
    expect(text).toContain('groovelake_relation_rows{layer="gold",relation="tracks"} 7\n');
    expect(text).toContain('groovelake_degraded{reason="RUN_FAILED"} 2');
    expect(text).toContain('groovelake_webhook_deliveries{state="DELIVERED"} 2');
    expect(text).toContain('groovelake_runs{pipeline="CRAWL",status="TIMED_OUT"} 0');
  });
});

/** A run of HISTORY that a worker has taken. @returns how to ask about it as somebody who may read the API */
async function withRun(parameters: Record<string, unknown>) {
  const runs = openSqliteRuns(':memory:');
  onTestFinished(() => runs.close());
  const { run } = await runs.createRun({ pipeline: 'HISTORY', trigger: 'CLI', parameters, createdAt: 1 }, [
    'plays',
  ]);
  const claimed = await runs.claimRun(run.id, { id: 'w', now: 1, leaseMs: 1_000 });
  const claim: Claim = { runId: run.id, fence: claimed?.fence ?? 0 };
  const parts = {
    config: {
      dataDir: 'data',
      isSandbox: true,
      maxDataAgeHours: 0,
      loginWarnDays: 21,
      minFreeMb: 512,
      leaseMs: 20_000,
      maxWorkers: 2,
    },
    runs,
    findSnapshot: () => manifest,
    listSnapshotWarnings: () => [],
    listLogins: async () => [],
    examineWebhooks: async () => [],
    measureFreeMb: async () => 2 ** 20,
    clock: { ...systemClock, now: () => 1 },
    isDraining: () => false,
  };
  const ask = async (reader: Parameters<typeof answerReady>[2]) =>
    ((await askReady(parts, reader)).body as { lastRun: { message: string } }).lastRun;
  return { runs, claim, ask, parts };
}

async function askReady(...[parts, reader]: [Parameters<typeof answerReady>[1], Reader | null]) {
  let status = 0;
  let body = '';
  const response = {
    writeHead: (code: number) => {
      status = code;
      return response;
    },
    setHeader: () => response,
    end: (text: string) => {
      body = text;
    },
  };
  await answerReady(response as unknown as ServerResponse, parts, reader);
  return { status, body: JSON.parse(body) as object };
}
