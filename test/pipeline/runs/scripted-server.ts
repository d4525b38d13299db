// A server's process as far as runs go: a dispatcher whose workers are scripted-worker.ts. It lives until it is killed. With
// GROOVELAKE_TEST_COMMAND it is a command's, with which runs end.
import { join } from 'node:path';
import { systemClock } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { silentLog } from '../../../src/log.ts';
import { createDispatcher } from '../../../src/pipeline/runs/dispatcher.ts';
import { forkWorker } from '../../../src/pipeline/runs/worker-handle.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';

const config = readConfig(process.env);
const dispatcher = createDispatcher({
  config,
  runs: openSqliteRuns(join(config.dataDir, 'runs.sqlite')),
  clock: systemClock,
  log: silentLog,
  spawnWorker: (runId, how) =>
    forkWorker(runId, { ...how, entry: new URL('./scripted-worker.ts', import.meta.url) }),
  endsWithCommand: () => process.env.GROOVELAKE_TEST_COMMAND !== undefined,
  onChange: () => {},
});
await dispatcher.start();
setInterval(() => {}, 1_000);
