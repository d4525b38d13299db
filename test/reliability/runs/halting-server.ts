// The server, whose workers are halting-worker.ts. It tells its parent its address, and lives until it is killed.
import { readConfig } from '../../../src/config.ts';
import { silentLog } from '../../../src/log.ts';
import { forkWorker } from '../../../src/pipeline/runs/worker-handle.ts';
import { startGroovelake } from '../../../src/server.ts';

const { url } = await startGroovelake(readConfig(process.env), {
  log: silentLog,
  spawnWorker: (runId) => forkWorker(runId, { entry: new URL('./halting-worker.ts', import.meta.url) }),
});
process.send?.({ url });
