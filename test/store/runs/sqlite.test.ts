import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import type { RunStore } from '../../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { describeRunStore } from './run-store-contract.ts';

function open(path = join(makeTempFolder(), 'runs.sqlite'), seed = 1): RunStore {
  const runs = openSqliteRuns(path, seededRandomness(seed));
  onTestFinished(() => runs.close());
  return runs;
}

describeRunStore('openSqliteRuns', async () => open());

const REFRESH = { pipeline: 'REFRESH', trigger: 'CLI', parameters: {}, createdAt: 5 } as const;

describe('openSqliteRuns(path)', () => {
  it('keeps runs over a restart, and lets several openers work on one file', async () => {
    const path = join(makeTempFolder(), 'runs.sqlite');
    const [one, two] = [open(path, 1), open(path, 2)];
    const { run } = await one.createRun(REFRESH, ['crawl']);
    expect(await two.findRun(run.id)).toEqual(run);
    const claims = await Promise.all(
      [one, two].map((runs) => runs.claimRun(run.id, { id: 'w', now: 10, leaseMs: 1_000 })),
    );
    expect(claims.filter(Boolean)).toHaveLength(1);
    await one.close();
    await two.close();
    expect(await open(path).findRun(run.id)).toMatchObject({ status: 'RUNNING' });
  });

  it('refuses a file of a newer format, and a file that is no database', () => {
    const folder = makeTempFolder();
    const newer = join(folder, 'newer.sqlite');
    const db = new DatabaseSync(newer);
    db.exec('pragma user_version = 99');
    db.close();
    expect(() => openSqliteRuns(newer)).toThrow(/holds runs in format 99; this version reads up to 2/);
    const text = join(folder, 'text.sqlite');
    writeFileSync(
      text,
      'this is no database, but it is long enough to be taken for one by its size'.repeat(20),
    );
    expect(() => openSqliteRuns(text)).toThrow(expect.objectContaining({ code: 'FORMAT' }));
  });

  it('shows a damaged record by its columns, and lets it be ended like any other', async () => {
    const path = join(makeTempFolder(), 'runs.sqlite');
    const runs = open(path);
    const { run } = await runs.createRun(REFRESH, ['crawl']);
    await runs.claimRun(run.id, { id: 'w', now: 10, leaseMs: 1_000 });
    const db = new DatabaseSync(path);
    db.exec(`update runs set run = '{"id": tru'`);
    db.close();
    expect((await runs.listRuns({ first: 5 })).runs).toMatchObject([
      { id: run.id, status: 'RUNNING', fence: 1, error: { code: 'FORMAT' } },
    ]);
    expect(await runs.crashExpired(5_000)).toMatchObject([{ id: run.id, status: 'CRASHED', fence: 2 }]);
  });

  it('brings a file of format 1 up, and finds what ended in it', async () => {
    const path = join(makeTempFolder(), 'runs.sqlite');
    const old = open(path);
    const { run } = await old.createRun(REFRESH, ['crawl']);
    await old.requestCancel(run.id, { at: 9 });
    await old.close();
    const db = new DatabaseSync(path);
    db.exec('drop index runs_by_end; drop index runs_by_pipeline_end; alter table runs drop column ended_at');
    db.exec('pragma user_version = 1');
    db.close();
    const runs = open(path);
    expect((await runs.listRuns({ filter: { endedSince: 9 }, first: 5 })).runs).toMatchObject([
      { id: run.id },
    ]);
    expect(await runs.countRuns({ endedSince: 10 })).toBe(0);
    await runs.requeueRun(run.id, { at: 11, keepFinishedSteps: true });
    expect(await runs.countRuns({ endedSince: 0 })).toBe(0);
  });

  it('looks at no run that ended before for those that ended since', async () => {
    const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare');
    onTestFinished(() => prepare.mockRestore());
    const path = join(makeTempFolder(), 'runs.sqlite');
    const runs = open(path);
    await runs.listRuns({ filter: { endedSince: 9 }, first: 5 });
    await runs.listRuns({ filter: { endedSince: 9 }, first: 5, after: 'unknown' });
    const asked = prepare.mock.calls.map(([sql]) => sql).filter((sql) => sql.includes('ended_at >='));
    const db = new DatabaseSync(path);
    onTestFinished(() => db.close());
    for (const sql of asked) {
      const plan = db.prepare(`explain query plan ${sql}`).all();
      expect(plan[0]).toMatchObject({ detail: expect.stringMatching(/^SEARCH .* \(ended_at>\?\)$/) });
    }
    expect(asked.length).toBeGreaterThan(0);
  });

  it('ends a run under way that never had a lease', async () => {
    const path = join(makeTempFolder(), 'runs.sqlite');
    const runs = open(path);
    const { run } = await runs.createRun(REFRESH, ['crawl']);
    await runs.claimRun(run.id, { id: 'w', now: 10, leaseMs: 1_000 });
    const db = new DatabaseSync(path);
    db.exec(`update runs set lease_until = null, run = json_set(run, '$.leaseUntil', null)`);
    db.close();
    expect(await runs.crashExpired(11)).toMatchObject([{ id: run.id, status: 'CRASHED' }]);
  });

  it('closes twice without complaint', async () => {
    const runs = open();
    await runs.close();
    await expect(runs.close()).resolves.toBeUndefined();
  });
});
