// A worker's process with one step whose behaviour is in the run's parameters: { does: 'work' | 'hang' | 'hang once' | 'block' }.

import { startWorkerProcess } from '../../../src/pipeline/runs/worker-process.ts';
import type { Step } from '../../../src/pipeline/step.ts';

const crawl: Step = {
  name: 'crawl',
  run: async ({ run, signal, event }) => {
    const { does } = run.parameters;
    event('INFO', 'log', `begins to ${does}`);
    if (does === 'block') for (;;);
    if (does === 'hang' || (does === 'hang once' && run.fence === 1)) {
      await new Promise((_, reject) => {
        const alive = setInterval(() => {}, 1_000);
        signal.addEventListener('abort', () => {
          clearInterval(alive);
          event('INFO', 'log', 'heard the signal');
          reject(signal.reason);
        });
      });
    }
    return { rowsOut: 1 };
  },
};

// A process that dies before it has claimed anything.
if (process.env.GROOVELAKE_TEST_EXIT) process.exit(Number(process.env.GROOVELAKE_TEST_EXIT));
await startWorkerProcess([crawl]);
