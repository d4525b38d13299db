// A run that is parked, where no server goes on with it: what the commands about runs do and say.
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { retryCommand } from '../../src/cli/control-run.ts';
import { followRun } from '../../src/cli/follow-run.ts';
import type { Operator } from '../../src/cli/operator.ts';
import { openLocalOperator } from '../../src/cli/operator-local.ts';
import { runCommand, runsCommand } from '../../src/cli/runs.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { systemClock, toIso } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { openSqliteAccess } from '../../src/store/access/sqlite.ts';
import type { RunStore } from '../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../src/store/runs/sqlite.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

const HOUR = 3_600_000;

/** A folder with a CRAWL that is parked until `resumesIn` milliseconds from now, and what a command writes. */
async function open(resumesIn: number) {
  const dataDir = makeTempFolder();
  const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir });
  const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
  onTestFinished(() => runs.close());
  const now = systemClock.now();
  const input = { pipeline: 'CRAWL', trigger: 'CLI', parameters: { top: 2 }, createdAt: now } as const;
  const { run } = await runs.createRun(input, ['crawl']);
  const resumesAt = now + resumesIn;
  await finish(runs, run.id, resumesAt);
  const lines: string[] = [];
  const write = (text: string) => void lines.push(text.trimEnd());
  const parts = { config, terminal: createTerminal({ write }, { write }), log: silentLog };
  /** An operator whose worker claims the run, and ends it, when whoever follows has looked twice. */
  const openExecuting = async () => {
    const started: string[] = [];
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const spawnWorker = (runId: string) => {
      started.push(runId);
      return {
        onMessage: () => {},
        onExit: (listener: (code: number | null, signal: string | null) => void) =>
          void released.then(() => finish(runs, runId, null)).then(() => listener(0, null)),
        kill: release,
      };
    };
    const operator = await openLocalOperator({ config, log: silentLog, executes: true, spawnWorker });
    let looks = 0;
    const findRun: Operator['findRun'] = (id) => {
      if (++looks === 2) release();
      return operator.findRun(id);
    };
    return { operator: { ...operator, findRun }, started };
  };
  return { runs, runId: run.id, until: toIso(resumesAt), parts, lines, openExecuting };
}

/** Claims a run and ends it, or parks it until an instant. */
async function finish(runs: RunStore, runId: string, resumesAt: number | null): Promise<void> {
  const now = systemClock.now();
  const claimed = await runs.claimRun(runId, { id: 'w', now, leaseMs: 60_000 });
  const claim = { runId, fence: claimed?.fence ?? 0 };
  const status = resumesAt === null ? 'SUCCEEDED' : 'WAITING';
  await runs.finishRun(claim, { status, at: now, error: null, resumesAt });
}

describe('a parked run whose time has come, without a server', () => {
  it('goes on when the same run is asked for, and is followed to its end', async () => {
    const { runId, parts, lines, openExecuting } = await open(-HOUR);
    const { operator, started } = await openExecuting();
    expect(await operator.trigger('CRAWL', { top: 2 })).toEqual({ runId, wasStarted: false });
    expect(await followRun(runId, { ...parts, operator, isJson: false })).toBe(0);
    await operator.close();
    expect(started).toEqual([runId]);
    expect(lines.at(-1)).toMatch(`CRAWL ${runId}: SUCCEEDED`);
  });

  it('goes on when it is resumed, which is in the audit log', async () => {
    const { runId, parts, lines, openExecuting } = await open(-HOUR);
    const { operator } = await openExecuting();
    expect(await operator.resume(runId)).toBe(true);
    expect(await followRun(runId, { ...parts, operator, isJson: false })).toBe(0);
    expect(await operator.resume(runId)).toBe(false);
    await operator.close();
    expect(lines.at(-1)).toMatch(`CRAWL ${runId}: SUCCEEDED`);
    const access = openSqliteAccess(join(parts.config.dataDir, 'access.sqlite'));
    onTestFinished(() => access.close());
    expect(await access.listAudit({ first: 9 })).toMatchObject([
      { action: 'retryRun', runId, outcome: 'done' },
    ]);
  });

  it('is listed with the command that goes on with it', async () => {
    const { runId, until, parts, lines } = await open(-HOUR);
    expect(await runsCommand.run({ ...parts, words: [] })).toBe(0);
    expect(lines).toEqual([
      expect.stringContaining(`could go on since ${until}: start a server, or "groovelake retry ${runId}"`),
    ]);
  });

  it('is left alone by a retry that is not to wait for it, since nobody would go on', async () => {
    const { runs, runId, parts } = await open(-HOUR);
    await expect(retryCommand.run({ ...parts, words: [runId, '--no-wait'] })).rejects.toThrow(
      '--no-wait needs a server that goes on with the run; none runs here.',
    );
    expect(await runs.findRun(runId)).toMatchObject({ status: 'WAITING', fence: 1 });
  });

  it('is not begun anew by a retry from its start, which says what to do', async () => {
    const { runId, parts } = await open(-HOUR);
    await expect(retryCommand.run({ ...parts, words: [runId, '--from', 'start'] })).rejects.toThrow(
      `"groovelake retry ${runId}" goes on with it now; to begin anew, cancel it first.`,
    );
  });
});

describe('a parked run whose time is still to come, without a server', () => {
  it('is left alone when it is asked for, with when it goes on and what is needed for that', async () => {
    const { runs, runId, until, parts, lines } = await open(HOUR);
    expect(await runCommand.run({ ...parts, words: ['CRAWL', '--top', '2'] })).toBe(0);
    expect(lines).toEqual([
      `CRAWL ${runId} (parked already)`,
      `CRAWL ${runId}: WAITING\n  goes on at ${until}, if a server runs then; without one: "groovelake retry ${runId}" after that time`,
    ]);
    expect(await runs.findRun(runId)).toMatchObject({ status: 'WAITING', fence: 1 });
  });

  it('refuses a retry with the same', async () => {
    const { runId, until, parts } = await open(HOUR);
    await expect(retryCommand.run({ ...parts, words: [runId] })).rejects.toThrow(
      `The run "${runId}" is WAITING until ${until}. It goes on then if a server runs; without one, give this command again after that time. Or cancel it.`,
    );
  });

  it('is listed with when it goes on', async () => {
    const { until, parts, lines } = await open(HOUR);
    await runsCommand.run({ ...parts, words: [] });
    expect(lines).toEqual([expect.stringMatching(`goes on at ${until}$`)]);
  });
});
