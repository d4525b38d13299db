// The child process in which one run executes: `node src/pipeline/worker.ts --run ID`. A native crash or an out-of-memory kill here
// costs the run, not the server.
import { STEPS } from './pipelines.ts';
import { startWorkerProcess } from './runs/worker-process.ts';

await startWorkerProcess(STEPS);
