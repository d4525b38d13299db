// A process that crawls until it is done or killed: the run's second process goes on where the first one died.
// Arguments: data folder, id of the run. Prints "ready" when it begins, and the run's status when it has ended.
import { join } from 'node:path';
import { systemClock, systemRandomness } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { silentLog } from '../../../src/log.ts';
import { crawlStep } from '../../../src/pipeline/crawl/crawl.ts';
import { executeRun } from '../../../src/pipeline/runs/execute-run.ts';
import { openSqliteLanding } from '../../../src/store/landing/sqlite.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';

const [dataDir = '', runId = ''] = process.argv.slice(2);
const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
const landing = openSqliteLanding(join(dataDir, 'landing.sqlite'));
const found = await runs.findRun(runId);
if (found?.status === 'RUNNING') {
  await runs.crashRun({ runId, fence: found.fence }, { at: systemClock.now(), message: 'killed' });
  await runs.requeueRun(runId, { at: systemClock.now(), keepFinishedSteps: true });
}
const run = await runs.claimRun(runId, {
  id: `process ${process.pid}`,
  now: systemClock.now(),
  leaseMs: 60_000,
});
if (!run) throw new Error(`run ${runId} is ${found?.status} and cannot be claimed`);
process.stdout.write('ready\n');
const parts = { clock: systemClock, random: systemRandomness };
const ended = await executeRun(run, {
  ...parts,
  config: readConfig(process.env),
  log: silentLog,
  runs,
  landing,
  snapshots: createSnapshotStore({ dataDir, ...parts }),
  steps: [crawlStep],
});
process.stdout.write(`${ended?.status} ${ended?.error?.message ?? ''}\n`);
