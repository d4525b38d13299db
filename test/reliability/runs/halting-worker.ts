// A worker with the real steps, of which one gives its killer time: GROOVELAKE_TEST_HALT=gold:after halts the first attempt of a run
// when gold has done its work, before anybody knows; gold:before does so before it begins. gold:within only says that gold begins.
import { STEPS } from '../../../src/pipeline/pipelines.ts';
import { startWorkerProcess } from '../../../src/pipeline/runs/worker-process.ts';
import type { Step, StepContext } from '../../../src/pipeline/step.ts';

const [halting, when] = (process.env.GROOVELAKE_TEST_HALT ?? '').split(':');

/** Says where it is in an event, and waits to be killed or told to stop. */
async function halt({ event, signal }: StepContext): Promise<void> {
  event('INFO', 'halted', `${halting} ${when}`);
  if (when === 'within') return;
  const alive = setInterval(() => {}, 1_000);
  await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))).finally(
    () => clearInterval(alive),
  );
}

const toHalting = (step: Step): Step => ({
  name: step.name,
  run: async (context) => {
    const isFirst = context.run.fence === 1;
    if (isFirst && when !== 'after') await halt(context);
    const result = await step.run(context);
    if (isFirst && when === 'after') await halt(context);
    return result;
  },
});

await startWorkerProcess(STEPS.map((step) => (step.name === halting ? toHalting(step) : step)));
