// What an operator does, against a real server: starts it, triggers, cancels, looks, stops it.
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, type Program, startProgram } from '../../test/end-to-end/process.ts';

export interface Server extends Program {
  readonly url: string;
  /** From the start of the process until /health/ready answers 200, in ms. */
  readonly bootMs: number;
}

export interface RunSeen {
  readonly id: string;
  readonly status: string;
  readonly steps: readonly { readonly name: string; readonly status: string }[];
}

const LOOK_MS = 20;

export async function startServer(dataDir: string, env: Readonly<Record<string, string>>): Promise<Server> {
  const began = performance.now();
  const program = startProgram(['start'], {
    GROOVELAKE_DATA_DIR: dataDir,
    PORT: '0',
    GROOVELAKE_LOG_LEVEL: 'info',
    ...env,
  });
  for (;;) {
    const url = /listening on (\S+)\/graphql/.exec(program.output())?.[1];
    const ready = url ? await fetch(`${url}/health/ready`).catch(() => null) : null;
    await ready?.arrayBuffer();
    if (url && ready?.ok) return { ...program, url, bootMs: performance.now() - began };
    if (program.child.exitCode !== null) throw new Error(program.output());
    await sleep(LOOK_MS);
  }
}

export async function stopServer(server: Server): Promise<{ code: number | null; ms: number }> {
  const began = performance.now();
  server.child.kill('SIGTERM');
  const code = await server.exited;
  return { code, ms: performance.now() - began };
}

export async function trigger(url: string, pipeline: string, parameters: object): Promise<string> {
  const { triggerPipeline } = await ask<{ triggerPipeline: { run?: { id: string }; message?: string } }>(
    url,
    `mutation Trigger($input: TriggerPipelineInput!) { triggerPipeline(input: $input) {
       ... on TriggerRunSuccess { run { id } } ... on Error { message } } }`,
    { input: { pipeline, parameters } },
  );
  if (!triggerPipeline.run) throw new Error(triggerPipeline.message);
  return triggerPipeline.run.id;
}

export async function cancel(url: string, runId: string): Promise<void> {
  await ask(url, `mutation { cancelRun(input: { runId: "${runId}" }) { __typename } }`);
}

export async function seeRun(url: string, id: string): Promise<RunSeen> {
  const { run } = await ask<{ run: RunSeen }>(
    url,
    `{ run(id: "${id}") { id status steps { name status } } }`,
  );
  return run;
}

/** Looks every 20 ms until it is so. @returns the run, and how long it took in ms */
export async function untilRun(
  url: string,
  id: string,
  isSo: (run: RunSeen) => boolean,
): Promise<{ run: RunSeen; ms: number }> {
  const began = performance.now();
  for (;;) {
    const run = await seeRun(url, id);
    if (isSo(run)) return { run, ms: performance.now() - began };
    await sleep(LOOK_MS);
  }
}

export const hasEnded = ({ status }: Pick<RunSeen, 'status'>): boolean =>
  !['QUEUED', 'RUNNING', 'CANCELLING', 'WAITING'].includes(status);
