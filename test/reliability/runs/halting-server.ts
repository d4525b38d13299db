// A server's process as far as runs go, whose workers are halting-worker.ts. It lives until it is killed.
import { systemClock } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { silentLog } from '../../../src/log.ts';
import { createDispatcher } from '../../../src/pipeline/dispatcher.ts';
import { forkWorker } from '../../../src/pipeline/worker-handle.ts';
import { openRunStore } from '../../../src/store/open-stores.ts';

const config = readConfig(process.env);
const dispatcher = createDispatcher({
  config,
  runs: await openRunStore(config),
  clock: systemClock,
  log: silentLog,
  spawnWorker: (runId) => forkWorker(runId, { entry: new URL('./halting-worker.ts', import.meta.url) }),
  onChange: () => {},
});
await dispatcher.start();
setInterval(() => {}, 1_000);
