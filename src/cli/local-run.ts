// Runs a pipeline in this command, beside a server on the same data folder if there is one: for imports, whose files may lie anywhere on
// this machine.
import type { PipelineName } from '../store/runs/run-store.ts';
import type { CommandParts } from './command.ts';
import { describeStart, followRun } from './follow-run.ts';
import type { Operator } from './operator.ts';
import { openLocalOperator } from './operator-local.ts';

/**
 * Triggers, shows and waits. Ctrl-C cancels the run.
 *
 * @param onEnd is handed what the run had to say besides its steps
 * @returns the exit code
 */
export async function runHere(
  { config, terminal, log }: CommandParts,
  pipeline: PipelineName,
  parameters: Readonly<Record<string, unknown>>,
  onEnd: (report: string[]) => void,
): Promise<number> {
  const operator = await openLocalOperator({ config, log, executes: true });
  try {
    const { runId, wasStarted } = await operator.trigger(pipeline, parameters);
    terminal.line(await describeStart(operator, { runId, wasStarted }));
    return await followRun(runId, {
      operator,
      terminal,
      log,
      isJson: false,
      beforeEnd: async () => onEnd(await listReport(operator, runId)),
    });
  } finally {
    await operator.close();
  }
}

/** What a run had to say besides its steps. */
async function listReport(operator: Operator, runId: string): Promise<string[]> {
  const report: string[] = [];
  for (let after: string | null = null, isMore = true; isMore; ) {
    const page: Awaited<ReturnType<Operator['listEvents']>> = await operator.listEvents(runId, after);
    report.push(
      ...page.events.filter(({ type }) => !/^(step|run)\./.test(type)).map(({ message }) => message),
    );
    isMore = page.cursor !== after;
    after = page.cursor;
  }
  return report;
}
