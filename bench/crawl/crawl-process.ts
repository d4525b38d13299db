// One crawl in a process of its own, landing in SQLite on disk: prints what it did and what it cost as a line of JSON.
import { join } from 'node:path';
import { systemClock, systemRandomness } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { crawlStep } from '../../src/pipeline/crawl/crawl.ts';
import { executeRun } from '../../src/pipeline/runs/execute-run.ts';
import { prepareDataDir } from '../../src/store/data-dir.ts';
import { openSqliteLanding } from '../../src/store/landing/sqlite.ts';
import { openSqliteRuns } from '../../src/store/runs/sqlite.ts';
import { createSnapshotStore } from '../../src/store/snapshots/local.ts';

const config = readConfig(process.env);
const { dataDir } = config;
await prepareDataDir(dataDir);
const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
const landing = openSqliteLanding(join(dataDir, 'landing.sqlite'));
const parameters = { top: Number(process.argv[2]) };
const begun = systemClock.now();
const { run } = await runs.createRun({ pipeline: 'CRAWL', trigger: 'CLI', parameters, createdAt: begun }, [
  'crawl',
]);
const claimed = await runs.claimRun(run.id, { id: 'bench', now: begun, leaseMs: 600_000 });
if (!claimed) throw new Error('the run cannot be claimed');
const parts = { clock: systemClock, random: systemRandomness };
const cpu = process.cpuUsage();
const from = systemClock.monotonic();
const ended = await executeRun(claimed, {
  ...parts,
  config,
  log: silentLog,
  runs,
  landing,
  snapshots: createSnapshotStore({ dataDir, ...parts }),
  steps: [crawlStep],
});
const seconds = (systemClock.monotonic() - from) / 1_000;
const { user, system } = process.cpuUsage(cpu);
let documents = 0;
for (const batch of await landing.listBatches({ sealed: true }))
  for (const count of batch.counts) documents += count.documents;
const [step] = await runs.listSteps([run.id]);
process.stdout.write(
  `${JSON.stringify({
    status: ended?.status,
    error: ended?.error?.message,
    documents,
    requests: step?.requests,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    peakMb: process.resourceUsage().maxRSS / 1_024,
  })}\n`,
);
await landing.close();
await runs.close();
