// Runs that nobody works on, where no server runs: what the commands about them do and say.
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Command } from '../../src/cli/command.ts';
import { cancelCommand, logsCommand } from '../../src/cli/control-run.ts';
import { doctorCommand } from '../../src/cli/doctor.ts';
import { openLocalOperator } from '../../src/cli/operator-local.ts';
import { runCommand, runsCommand } from '../../src/cli/runs.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { PUBLISH_LEASE } from '../../src/store/runs/publish-lease.ts';
import { openSqliteRuns } from '../../src/store/runs/sqlite.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

const HOUR = 3_600_000;

function open() {
  const dataDir = makeTempFolder();
  const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir, PORT: '0' });
  const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
  onTestFinished(() => runs.close());
  const run = async (command: Command, ...words: string[]) => {
    let text = '';
    const write = (part: string) => {
      text += part;
    };
    const out = { write };
    const code = await command.run({ words, config, terminal: createTerminal(out, out), log: silentLog });
    return { code, text };
  };
  const queue = async (trigger: 'CLI' | 'MUTATION' = 'MUTATION') => {
    const createdAt = systemClock.now() - HOUR;
    const input = { pipeline: 'CRAWL', trigger, parameters: { top: 2 }, createdAt } as const;
    return (await runs.createRun(input, ['crawl'])).run.id;
  };
  /** A run whose worker, of another machine, has not renewed its lease for an hour. */
  const abandon = async () => {
    const id = await queue();
    await runs.claimRun(id, { id: 'elsewhere:1:2:abc', now: systemClock.now() - HOUR, leaseMs: 20_000 });
    return id;
  };
  return { config, runs, run, queue, abandon };
}

describe('a run whose worker is gone, without a server', () => {
  it('is ended by cancel at once, and lets go of the right to publish', async () => {
    const { runs, run, abandon } = open();
    const id = await abandon();
    await runs.acquireLease(PUBLISH_LEASE, `${id}:1`, systemClock.now(), HOUR);
    const began = systemClock.monotonic();
    const { code, text } = await run(cancelCommand, id, '--reason', 'mistake');
    expect([code, text]).toEqual([0, expect.stringMatching(/ CANCELLED /)]);
    expect(systemClock.monotonic() - began).toBeLessThan(10_000);
    expect(await runs.findRun(id)).toMatchObject({ status: 'CANCELLED', cancelReason: 'mistake' });
    expect(await runs.acquireLease(PUBLISH_LEASE, 'another', systemClock.now(), HOUR)).not.toBeNull();
  });

  it('is listed as such, with what to do, and doctor names it', async () => {
    const { run, abandon } = open();
    const id = await abandon();
    expect((await run(runsCommand)).text).toContain(
      `nobody works on it any more: "groovelake retry ${id}" goes on with it, "groovelake cancel ${id}" ends it`,
    );
    const { code, text } = await run(doctorCommand);
    expect(code).toBe(0);
    expect(text).toMatch(
      new RegExp(`^note runs .*No server goes on with ${id} \\(RUNNING\\): start one`, 'm'),
    );
  });

  it('is left to a server by commands that execute other runs', async () => {
    const { config, runs, abandon } = open();
    const id = await abandon();
    await runs.crashExpired(systemClock.now() - HOUR / 6);
    const operator = await openLocalOperator({ config, log: silentLog, executes: true });
    await operator.close();
    expect(await runs.findRun(id)).toMatchObject({ status: 'CRASHED', attempt: 1 });
  });
});

describe('groovelake cancel', () => {
  it('has failed where the run had published before it heard of it', async () => {
    const { runs, run, queue } = open();
    const id = await queue();
    const claimed = await runs.claimRun(id, { id: 'w', now: systemClock.now(), leaseMs: 60_000 });
    const cancelling = run(cancelCommand, id);
    await vi.waitFor(
      async () => expect(await runs.findRun(id)).toMatchObject({ status: 'CANCELLING' }),
      5_000,
    );
    const claim = { runId: id, fence: claimed?.fence ?? 0 };
    await runs.finishRun(claim, { status: 'SUCCEEDED', at: systemClock.now(), snapshotId: 's1' });
    expect(await cancelling).toEqual({ code: 1, text: expect.stringContaining(' SUCCEEDED ') });
  });
});

describe('a queued run, without a server', () => {
  it('is named to whoever asks for other work of its pipeline, with what to do', async () => {
    const { run, queue } = open();
    const id = await queue();
    await expect(run(runCommand, 'CRAWL', '--top', '3')).rejects.toThrow(
      `run "${id}" is QUEUED. No server runs that would start it: "groovelake retry ${id}" starts it here`,
    );
    expect((await run(doctorCommand)).text).toContain(`No server goes on with ${id} (QUEUED)`);
  });
});

describe('logs', () => {
  it('says of an empty store how the first run is made', async () => {
    const { run } = open();
    await expect(run(logsCommand)).rejects.toThrow('There is no run yet. "groovelake run REFRESH"');
  });
});
