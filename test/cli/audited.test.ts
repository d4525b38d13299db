import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../../src/cli/command.ts';
import { keysCommand } from '../../src/cli/keys.ts';
import { openLocalOperator } from '../../src/cli/operator-local.ts';
import { snapshotsCommand } from '../../src/cli/snapshots.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { openSqliteAccess } from '../../src/store/access/sqlite.ts';
import { openPublisher } from '../fixtures/published.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

const terminal = { line: () => {}, error: () => {} } as unknown as Terminal;

let dataDir: string;
beforeEach(() => {
  dataDir = makeTempFolder();
});

const config = () => readConfig({ GROOVELAKE_DATA_DIR: dataDir });

const run = (command: Command, ...words: string[]) =>
  command.run({ words, config: config(), terminal, log: silentLog });

/** The audit log, oldest first. */
async function listAudit() {
  const access = openSqliteAccess(join(dataDir, 'access.sqlite'));
  const entries = await access.listAudit({ first: 100 });
  await access.close();
  return entries.reverse().map(({ actor, scope, action, input, outcome, runId }) => ({
    actor,
    scope,
    action,
    input,
    outcome,
    runId,
  }));
}

const BY = { actor: 'command line', scope: 'admin', runId: null };

describe('a change by the command line in the audit log', () => {
  it('has the code of the error where it failed', async () => {
    await expect(run(keysCommand, 'create', '')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(run(keysCommand, 'revoke', 'nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await listAudit()).toMatchObject([
      { ...BY, action: 'createApiKey', input: { name: '' }, outcome: 'INVALID_INPUT' },
      { ...BY, action: 'revokeApiKey', input: { id: 'nobody' }, outcome: 'NotFoundError' },
    ]);
  });

  it('is there for a rollback', async () => {
    const publisher = await openPublisher(dataDir);
    const first = await publisher.publish({ 'gold.tracks': 'select 1 as n' });
    await publisher.publish({ 'gold.tracks': 'select 2 as n' });
    await publisher.close();
    expect(await run(snapshotsCommand, '--rollback', first.id)).toBe(0);
    const unknown = '20200101-000000000-abcdef';
    await expect(run(snapshotsCommand, '--rollback', unknown)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await listAudit()).toEqual([
      { ...BY, action: 'rollbackSnapshot', input: { snapshotId: first.id }, outcome: 'done' },
      { ...BY, action: 'rollbackSnapshot', input: { snapshotId: unknown }, outcome: 'NOT_FOUND' },
    ]);
  });

  it('names the run, and says when there was nothing to change', async () => {
    const operator = await openLocalOperator({ config: config(), log: silentLog, executes: false });
    const { runId } = await operator.trigger('TRANSFORM', {});
    await expect(operator.trigger('TRANSFORM', { force: true })).rejects.toMatchObject({ code: 'RUN_STATE' });
    await operator.cancel(runId, 'mistake');
    await expect(operator.cancel(runId, 'again')).rejects.toMatchObject({ code: 'RUN_STATE' });
    await operator.close();
    expect((await listAudit()).map(({ action, outcome, runId: id }) => [action, outcome, id])).toEqual([
      ['triggerPipeline', 'done', runId],
      ['triggerPipeline', 'RUN_STATE', null],
      ['cancelRun', 'done', runId],
      ['cancelRun', 'RUN_STATE', runId],
    ]);
  });
});
