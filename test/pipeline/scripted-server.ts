// A server's process as far as runs go: a dispatcher whose workers are scripted-worker.ts. It lives until it is killed.
import { join } from 'node:path';
import { systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { createDispatcher } from '../../src/pipeline/dispatcher.ts';
import { forkWorker } from '../../src/pipeline/worker-handle.ts';
import { openSqliteRuns } from '../../src/store/runs/sqlite.ts';

const config = readConfig(process.env);
const dispatcher = createDispatcher({
  config,
  runs: openSqliteRuns(join(config.dataDir, 'runs.sqlite')),
  clock: systemClock,
  log: silentLog,
  spawnWorker: (runId) => forkWorker(runId, { entry: new URL('./scripted-worker.ts', import.meta.url) }),
  onChange: () => {},
});
await dispatcher.start();
setInterval(() => {}, 1_000);
