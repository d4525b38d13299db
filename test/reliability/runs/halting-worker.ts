// A worker with the real steps, of which one halts: GROOVELAKE_TEST_HALT=gold:after halts the first try of a run when gold has done its
// work, before anybody knows. It says so in an event, and waits to be killed or told to stop.
import { STEPS } from '../../../src/pipeline/pipelines.ts';
import type { Step, StepContext } from '../../../src/pipeline/step.ts';
import { startWorkerProcess } from '../../../src/pipeline/worker-process.ts';

const [halting, when] = (process.env.GROOVELAKE_TEST_HALT ?? '').split(':');

async function halt({ run, event, signal }: StepContext): Promise<void> {
  if (run.fence !== 1) return;
  event('INFO', 'halted', `${halting} ${when}`);
  const alive = setInterval(() => {}, 1_000);
  await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))).finally(
    () => clearInterval(alive),
  );
}

const toHalting = (step: Step): Step => ({
  name: step.name,
  run: async (context) => {
    if (when === 'before') await halt(context);
    const result = await step.run(context);
    if (when === 'after') await halt(context);
    return result;
  },
});

await startWorkerProcess(STEPS.map((step) => (step.name === halting ? toHalting(step) : step)));
