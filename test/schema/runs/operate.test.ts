import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import type { Context } from '../../../src/schema/context.ts';
import { rollbackSnapshot, triggerPipeline } from '../../../src/schema/runs/operate.ts';
import { prepareDataDir } from '../../../src/store/data-dir.ts';
import { createAccount } from '../../../src/store/listening/accounts.ts';
import { PUBLISH_LEASE } from '../../../src/store/runs/publish-lease.ts';
import { namePublishHolder } from '../../../src/store/runs/publisher.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';

const ANNA = 'aaaaaaaaaaaa';
const MINUTE = 60_000;

/** A rollback that takes as long as the test wants, and says whether CURRENT was moved. */
function open(
  work: (parts: {
    clock: ReturnType<typeof createVirtualClock>;
    isFree: () => Promise<boolean>;
  }) => Promise<void>,
) {
  const runs = openSqliteRuns(':memory:', seededRandomness(1));
  onTestFinished(() => runs.close());
  const clock = createVirtualClock();
  const isFree = async () =>
    (await runs.acquireLease(PUBLISH_LEASE, 'another', clock.now(), MINUTE)) !== null;
  let isMoved = false;
  const context = {
    runs,
    clock,
    random: seededRandomness(2),
    snapshots: {
      rollback: async (id: string, beforeCommit: () => Promise<void>) => {
        await work({ clock, isFree });
        await beforeCommit();
        isMoved = true;
        return { id };
      },
    },
    refreshSnapshot: async () => {},
  } as unknown as Context;
  return {
    runs,
    clock,
    isFree,
    isMoved: () => isMoved,
    rollback: () => rollbackSnapshot(context, { snapshotId: 's1' }),
  };
}

describe('rollbackSnapshot', () => {
  it('keeps others from publishing for as long as it takes, and no longer', async () => {
    const { rollback, isFree, isMoved } = open(async (parts) => {
      await parts.clock.advance(10 * MINUTE);
      expect(await parts.isFree()).toBe(false);
    });
    expect(await rollback()).toMatchObject({ kind: 'RollbackSnapshotSuccess' });
    expect(isMoved()).toBe(true);
    expect(await isFree()).toBe(true);
  });

  it('names the run that publishes, not the newest one under way', async () => {
    const { rollback, runs, clock } = open(async () => {});
    const begin = async (pipeline: 'REFRESH' | 'HISTORY') => {
      const input = { pipeline, trigger: 'MUTATION', parameters: {}, createdAt: clock.now() } as const;
      const { run } = await runs.createRun(input, ['bronze']);
      const claimed = await runs.claimRun(run.id, { id: 'w', now: clock.now(), leaseMs: MINUTE });
      clock.step(1);
      return { runId: run.id, fence: claimed?.fence ?? 0 };
    };
    const publishing = await begin('REFRESH');
    await begin('HISTORY');
    await runs.acquireLease(PUBLISH_LEASE, namePublishHolder(publishing), clock.now(), MINUTE);
    expect(await rollback()).toMatchObject({
      kind: 'AlreadyRunningError',
      message: `What is published is held by run "${publishing.runId}" of REFRESH. Wait for it, or cancel it, then try again.`,
      run: { id: publishing.runId },
    });
    // What a run that has ended did not let go is over soon, and nothing to cancel.
    await runs.finishRun(publishing, { status: 'FAILED', at: clock.now() });
    await expect(rollback()).rejects.toMatchObject({ code: 'RUN_STATE', isRetryable: true });
  });

  it('says who it is where no run publishes, though one is under way', async () => {
    const { rollback, runs, clock } = open(async () => {});
    const input = { pipeline: 'CRAWL', trigger: 'MUTATION', parameters: {}, createdAt: clock.now() } as const;
    const { run } = await runs.createRun(input, ['crawl']);
    await runs.claimRun(run.id, { id: 'w', now: clock.now(), leaseMs: MINUTE });
    await runs.acquireLease(PUBLISH_LEASE, '"groovelake compact" (process 7)', clock.now(), MINUTE);
    await expect(rollback()).rejects.toMatchObject({
      code: 'RUN_STATE',
      message:
        'What is published is held by "groovelake compact" (process 7). Wait until that is done, then try again.',
    });
  });

  it('leaves CURRENT alone when another has begun to publish meanwhile', async () => {
    const { rollback, isMoved } = open(async ({ clock, isFree }) => {
      clock.step(2 * MINUTE);
      expect(await isFree()).toBe(true);
    });
    await expect(rollback()).rejects.toMatchObject({ code: 'RUN_STATE', isRetryable: true });
    expect(isMoved()).toBe(false);
  });
});

describe('triggerPipeline of HISTORY', () => {
  async function openFolder() {
    const dataDir = makeTempFolder();
    await prepareDataDir(dataDir);
    const runs = openSqliteRuns(':memory:', seededRandomness(1));
    onTestFinished(() => runs.close());
    const context = {
      ...{ runs, clock: createVirtualClock(), config: { dataDir }, wake: () => {} },
    } as unknown as Context;
    const trigger = (parameters: object) => triggerPipeline(context, { pipeline: 'HISTORY', parameters });
    const addAccount = (id: string) =>
      createAccount(dataDir, { id, spotifyAccountId: null, displayName: '', createdAt: 1 });
    const countRuns = async () => (await runs.listRuns({ first: 9, filter: {} })).runs.length;
    return { dataDir, trigger, addAccount, countRuns };
  }

  it('names an account that is not known, or exports that are not in the inbox, and makes no run that would fail of it', async () => {
    const { dataDir, trigger, addAccount, countRuns } = await openFolder();
    const refused = (field: string, message: string) => ({
      ...{ kind: 'InvalidInputError', field, message: expect.stringContaining(message) },
    });
    await addAccount(ANNA);
    expect(await trigger({ account: 'cccccccccccc' })).toMatchObject(
      refused('account', 'account is "cccccccccccc", which is not known here'),
    );
    expect(await trigger({ exports: ['mine.zip'] })).toMatchObject(
      refused('exports', '"mine.zip" is no file or folder of the inbox'),
    );
    expect(await trigger({ exports: 'mine.zip' })).toMatchObject(refused('exports', 'exports is "mine.zip"'));
    writeFileSync(join(dataDir, 'inbox', 'mine.zip'), 'zip');
    await addAccount('bbbbbbbbbbbb');
    expect(await trigger({ exports: ['mine.zip'] })).toMatchObject(
      refused('account', 'no account is named, and there are several'),
    );
    expect(await countRuns()).toBe(0);
    expect(await trigger({ exports: ['mine.zip'], account: ANNA })).toMatchObject({
      kind: 'TriggerRunSuccess',
    });
  });

  it('takes the invented listener and nobody at all, who need not be there', async () => {
    for (const parameters of [{ account: 'sandbox' }, {}])
      expect(await (await openFolder()).trigger(parameters)).toMatchObject({ kind: 'TriggerRunSuccess' });
  });
});

describe('triggerPipeline', () => {
  it.each([
    ['IMPORT', 'files', 'no.csv'],
    ['HISTORY', 'exports', 'no.zip'],
    ['HISTORY', 'exports', '/srv/anna.zip'],
  ] as const)('answers %s with %s at once where the inbox has no %s', async (pipeline, field, name) => {
    const config = readConfig({ GROOVELAKE_DATA_DIR: makeTempFolder() });
    const context = { config } as unknown as Context;
    expect(await triggerPipeline(context, { pipeline, parameters: { [field]: [name] } })).toMatchObject({
      kind: 'InvalidInputError',
      field,
      given: name,
    });
  });
});
