import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { findReasons, type HealthParts } from '../../src/http/health-reasons.ts';
import { renderMetrics } from '../../src/http/metrics.ts';
import type { PipelineName, RunStatus, RunStore } from '../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../src/store/runs/sqlite.ts';
import type { Manifest } from '../../src/store/snapshots/manifest.ts';

/** Reads all that is said. */
const OPERATOR = { scope: 'operate' } as const;
const NOW = Date.UTC(2026, 10, 20, 12);
const CONFIG = {
  dataDir: '/srv/lake',
  isSandbox: false,
  maxDataAgeHours: 0,
  loginWarnDays: 21,
  minFreeMb: 512,
  leaseMs: 20_000,
  maxWorkers: 2,
};

function open(change: Partial<HealthParts> = {}) {
  const runs = openSqliteRuns(':memory:');
  onTestFinished(() => runs.close());
  const manifest = { id: 's1', publishedAt: new Date(NOW - 50 * 3_600_000).toISOString() } as Manifest;
  const parts: HealthParts = {
    config: CONFIG,
    runs,
    findSnapshot: () => manifest,
    listSnapshotWarnings: () => [],
    listLogins: async () => [],
    examineWebhooks: async () => [],
    measureFreeMb: async () => 2 ** 20,
    clock: { ...systemClock, now: () => NOW },
    ...change,
  };
  let created = NOW - 30_000;
  const end = async (
    pipeline: PipelineName,
    status: Extract<RunStatus, 'FAILED' | 'SUCCEEDED'> | 'CANCELLED',
  ) => {
    created += 1_000;
    const { run } = await runs.createRun({ pipeline, trigger: 'CLI', parameters: {}, createdAt: created }, [
      'crawl',
    ]);
    if (status === 'CANCELLED') return runs.requestCancel(run.id, { at: created });
    const claimed = await runs.claimRun(run.id, { id: 'w', now: created, leaseMs: 1_000 });
    const claim = { runId: run.id, fence: claimed?.fence ?? 0 };
    await runs.updateStep(claim, { name: 'crawl', status: 'RUNNING', startedAt: created });
    await runs.updateStep(claim, { name: 'crawl', status: 'SUCCEEDED', endedAt: created + 250, rowsOut: 5 });
    const error = { code: 'EXTRACT', message: 'no answer', isRetryable: true, step: 'crawl', hint: null };
    return runs.finishRun(claim, { status, at: created, error: status === 'FAILED' ? error : null });
  };
  const codes = async () => (await findReasons(parts, OPERATOR)).map(({ code }) => code);
  return { runs, parts, end, codes };
}

describe('findReasons(parts, OPERATOR)', () => {
  it('finds none where all is well', async () => {
    const { codes, end } = open();
    await end('REFRESH', 'SUCCEEDED');
    expect(await codes()).toEqual([]);
  });

  it('names the last run of each pipeline that failed, until one ends well; a cancelled one says nothing', async () => {
    const { codes, end, parts } = open();
    await end('REFRESH', 'FAILED');
    await end('IMPORT', 'FAILED');
    await end('CRAWL', 'SUCCEEDED');
    await end('REFRESH', 'CANCELLED');
    expect(await codes()).toEqual(['RUN_FAILED', 'RUN_FAILED']);
    expect((await findReasons(parts, OPERATOR))[0]?.message).toMatch(
      /The last run of REFRESH, .*FAILED: no answer\. Retry it/,
    );
    await end('REFRESH', 'SUCCEEDED');
    await end('IMPORT', 'SUCCEEDED');
    expect(await codes()).toEqual([]);
  });

  it('says what it cannot find out, and the rest all the same; what the store says is told to operators', async () => {
    const away = () => Promise.reject(new Error('no server of db1:27017 takes writes'));
    const { parts } = open({
      runs: new Proxy({} as RunStore, { get: () => away }),
      measureFreeMb: async () => 1,
    });
    expect(await findReasons(parts, OPERATOR)).toEqual([
      { code: 'DISK_FULL', message: expect.stringContaining('1 MB free') },
      {
        code: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(
          /^Nothing is known of the last runs, sources, runs and schedules \(no server of db1:27017 takes writes\)\. Look/,
        ),
      },
    ]);
    const [, reason] = await findReasons(parts, { scope: 'read' });
    expect(reason?.message).not.toContain('db1');
  });

  it('waits for nothing longer than health should take', async () => {
    const after = (_ms: number, run: () => void) => {
      run();
      return () => {};
    };
    const never = () => new Promise<never>(() => {});
    const { parts } = open({ clock: { now: () => NOW, after }, examineWebhooks: never });
    expect(await findReasons(parts, OPERATOR)).toContainEqual({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/webhooks.*\(Nothing was answered within 2000 ms\.\)/),
    });
  });

  it('goes by which run ended last, though it was created before another', async () => {
    const { runs, codes, end } = open();
    const failed = await end('REFRESH', 'FAILED');
    await end('REFRESH', 'SUCCEEDED');
    expect(await codes()).toEqual([]);
    const { id = '' } = failed ?? {};
    await runs.requeueRun(id, { at: NOW - 9_000, keepFinishedSteps: true });
    const claimed = await runs.claimRun(id, { id: 'w', now: NOW - 8_000, leaseMs: 1_000 });
    await runs.finishRun({ runId: id, fence: claimed?.fence ?? 0 }, { status: 'TIMED_OUT', at: NOW - 7_000 });
    expect(await codes()).toEqual(['RUN_FAILED']);
  });

  it('says that the data is older than the policy allows', async () => {
    expect(await open({ config: { ...CONFIG, maxDataAgeHours: 50 } }).codes()).toEqual([]);
    const { parts } = open({ config: { ...CONFIG, maxDataAgeHours: 49 } });
    expect(await findReasons(parts, OPERATOR)).toEqual([
      { code: 'DATA_TOO_OLD', message: expect.stringContaining('50 h old; 49 h are allowed') },
    ]);
  });

  it('says which source is blocked until when, of those that are used', async () => {
    const { runs, parts, codes } = open();
    await runs.setSourceState('spotify', 'family:album', { blockedUntil: NOW + 60_000, requests: 3 });
    await runs.setSourceState('spotify', 'family:track', { blockedUntil: NOW - 1, requests: 3 });
    await runs.setSourceState('sandbox', 'family:album', { blockedUntil: NOW + 60_000 });
    expect(await findReasons(parts, OPERATOR)).toEqual([
      {
        code: 'SOURCE_BLOCKED',
        message: 'Source "spotify" takes no "album" calls before 2026-11-20T12:01:00.000Z.',
      },
    ]);
    expect(await codes()).toHaveLength(1);
  });

  it('says that another snapshot than the current one is served', async () => {
    const { parts } = open({ listSnapshotWarnings: () => ['CURRENT cannot be used'] });
    expect(await findReasons(parts, OPERATOR)).toEqual([
      { code: 'SNAPSHOT_FELL_BACK', message: 'CURRENT cannot be used' },
    ]);
  });

  it('says what stands still because no worker is there', async () => {
    const { runs, codes } = open();
    const create = (pipeline: PipelineName) =>
      runs.createRun({ pipeline, trigger: 'CLI', parameters: {}, createdAt: NOW - 61_000 }, []);
    await create('CRAWL');
    expect(await codes()).toEqual(['NO_WORKER']);
    const { run } = await create('REFRESH');
    await runs.claimRun(run.id, { id: 'w', now: NOW - 400_000, leaseMs: 1_000 });
    expect(await codes()).toEqual(['NO_WORKER', 'RUN_ABANDONED']);
  });

  it('says that the disk has less room than the setting asks for', async () => {
    const { parts } = open({ measureFreeMb: async () => 100 });
    expect(await findReasons(parts, OPERATOR)).toEqual([
      { code: 'DISK_FULL', message: expect.stringMatching(/has 100 MB free; 512 are expected/) },
    ]);
    const config = { ...parts.config, minFreeMb: 0 };
    expect(await findReasons({ ...parts, config }, OPERATOR)).toEqual([]);
  });

  it('says that a webhook of the settings takes nothing', async () => {
    const lost = { nextAt: NOW, lastError: 'HTTP 401' };
    const address = {
      url: 'https://a.example/secret',
      waiting: null,
      lost,
      givenUp: 1,
      whyGivenUp: 'HTTP 401',
    };
    expect(await findReasons(open({ examineWebhooks: async () => [address] }).parts, OPERATOR)).toEqual([
      {
        code: 'WEBHOOK_FAILING',
        message: expect.stringMatching(/^The webhook at https:\/\/a\.example does not take .* 1 notice was/),
      },
    ]);
  });

  it('says by when an account must log in again, from three weeks before, and when it is too late', async () => {
    const DAY = 86_400_000;
    const logins = [
      { accountId: 'later1234567', endsAt: NOW + 22 * DAY },
      { accountId: 'sooner123456', endsAt: NOW + 20 * DAY },
      { accountId: 'over12345678', endsAt: NOW - DAY },
    ];
    expect(await findReasons(open({ listLogins: async () => logins }).parts, OPERATOR)).toEqual([
      {
        code: 'LOGIN_ENDS',
        message: expect.stringMatching(/^Account sooner123456: log in again by 2026-12-10 /),
      },
      { code: 'LOGIN_ENDS', message: expect.stringMatching(/^Account over12345678: the login has ended/) },
    ]);
  });

  it('tells whose login ends, and why an import of listening failed, to operators and the account alone', async () => {
    const logins = ['anna12345678', 'bert12345678'].map((accountId) => ({ accountId, endsAt: NOW - 1 }));
    const { parts, runs } = open({ listLogins: async () => logins });
    const about = { pipeline: 'HISTORY', parameters: { account: 'anna12345678' }, trigger: 'CLI' } as const;
    const { run } = await runs.createRun({ ...about, createdAt: NOW }, ['plays']);
    const claimed = await runs.claimRun(run.id, { id: 'w', now: NOW, leaseMs: 1_000 });
    const message = '"/srv/lake/inbox/Anna Schmidt.zip" is damaged';
    const error = { code: 'INVALID_INPUT', message, isRetryable: false };
    await runs.finishRun(
      { runId: run.id, fence: claimed?.fence ?? 0 },
      { status: 'FAILED', at: NOW, error: { ...error, step: 'plays', hint: null } },
    );
    const ask = async (reader: Parameters<typeof findReasons>[1]) => {
      const reasons = await findReasons(parts, reader);
      expect([...new Set(reasons.map(({ code }) => code))]).toEqual(['RUN_FAILED', 'LOGIN_ENDS']);
      const text = JSON.stringify(reasons);
      expect(text.includes('/srv/')).toBe(reader === OPERATOR);
      return ['Anna Schmidt', 'anna12345678', 'bert12345678'].filter((word) => text.includes(word));
    };
    expect(await ask({ scope: 'read' })).toEqual([]);
    expect(await ask({ scope: 'read', accountId: 'bert12345678' })).toEqual(['bert12345678']);
    expect(await ask({ scope: 'read', accountId: 'anna12345678' })).toEqual(['Anna Schmidt', 'anna12345678']);
    expect(await ask(OPERATOR)).toHaveLength(3);
  });
});

it('renderMetrics tells of runs, steps and sources under bounded labels', async () => {
  const { runs, parts, end } = open();
  await end('CRAWL', 'SUCCEEDED');
  await runs.setSourceState('spotify', 'family:album', { requests: 3 });
  const totalRunsByDay = () => Promise.reject(new Error('every run is read for that'));
  const text = await renderMetrics({
    ...parts,
    now: parts.clock.now,
    runs: { ...runs, totalRunsByDay },
    findSnapshot: () => null,
    counters: { answers: new Map(), refused: new Map(), inFlight: 0, streams: 2 },
    statements: () => ({ started: 0, active: 0 }),
    reasons: async () => [],
    deliveries: async () => ({}),
  });
  for (const line of [
    'groovelake_subscriptions 2',
    'groovelake_runs{pipeline="CRAWL",status="SUCCEEDED"} 1',
    'groovelake_step_duration_seconds{pipeline="CRAWL",step="crawl"} 0.25',
    'groovelake_step_rows_out{pipeline="CRAWL",step="crawl"} 5',
    'groovelake_source_requests_total{source="spotify",family="album"} 3',
    'groovelake_source_state{source="spotify",family="album",state="AVAILABLE"} 1',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  expect(text).toMatch(/groovelake_run_last_success_timestamp_seconds\{pipeline="CRAWL"\} 17\d+/);
});
