// Runs a pipeline from the command line: in a worker of its own, beside a server on the same data folder if there is one.
import { systemClock } from '../clock.ts';
import { GroovelakeError } from '../errors.ts';
import { createDispatcher } from '../pipeline/dispatcher.ts';
import { prepareDataDir } from '../store/data-dir.ts';
import { openRunStore } from '../store/open-stores.ts';
import type { PipelineName, Run } from '../store/runs/run-store.ts';
import { triggerRun } from '../store/runs/trigger.ts';
import type { CommandParts } from './command.ts';
import { describeEnd, exitCodeOf, watchRun } from './run-view.ts';

const STOP_MS = 8_000;

/** Triggers, shows and waits. Ctrl-C cancels the run. @returns the exit code */
export async function runHere(
  { config, terminal, log }: CommandParts,
  pipeline: PipelineName,
  parameters: Readonly<Record<string, unknown>>,
  onEnd: (run: Run, report: string[]) => void = () => {},
): Promise<number> {
  await prepareDataDir(config.dataDir);
  const runs = await openRunStore(config);
  const dispatcher = createDispatcher({ config, runs, clock: systemClock, log, onChange: () => {} });
  try {
    await dispatcher.start();
    const outcome = await triggerRun(runs, systemClock, { pipeline, trigger: 'CLI', parameters });
    if (outcome.kind === 'busy') {
      throw new GroovelakeError(
        'RUN_STATE',
        `${pipeline} is busy with other work: run "${outcome.run.id}" is ${outcome.run.status}. Wait for it, or cancel it.`,
      );
    }
    const { run } = outcome;
    terminal.line(`${pipeline} ${run.id}${outcome.wasStarted ? '' : ' (under way already)'}`);
    const cancel = () =>
      void runs
        .requestCancel(run.id, { at: systemClock.now(), reason: 'Ctrl-C' })
        .then(dispatcher.wake, (error: unknown) => log.error('The cancel could not be recorded', { error }));
    process.on('SIGINT', cancel);
    process.on('SIGTERM', cancel);
    dispatcher.wake();
    const ended = await watchRun(runs, run.id, { terminal, clock: systemClock });
    const events = await runs.listEvents(run.id, { after: 0, first: 10_000 });
    onEnd(
      ended,
      events
        .filter(({ type }) => !type.startsWith('step.') && !type.startsWith('run.'))
        .map(({ message }) => message),
    );
    terminal.line(describeEnd(ended));
    return exitCodeOf(ended);
  } finally {
    await dispatcher.drain(STOP_MS);
    await runs.close();
  }
}
