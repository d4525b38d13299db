// A worker's process as its parent sees it.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a worker tells its parent. It carries no data: whoever hears it reads the store. */
export type WorkerMessage =
  | { readonly kind: 'claimed'; readonly runId: string; readonly fence: number }
  | { readonly kind: 'changed'; readonly runId: string };

export interface WorkerHandle {
  onMessage(listener: (message: WorkerMessage) => void): void;
  /** Called once, also for a process that could not be started. */
  onExit(listener: (code: number | null, signal: string | null) => void): void;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** How a worker is started, besides for which run. */
export interface WorkerStart {
  /** Whether the run ends with this process, as one of a command does; no unless stated. */
  readonly endsWithCommand?: boolean;
}

/** @param env the environment of the process; this process's unless stated */
export function forkWorker(
  runId: string,
  {
    entry = new URL('../worker.ts', import.meta.url),
    env,
    endsWithCommand = false,
  }: WorkerStart & { entry?: URL; env?: Readonly<Record<string, string | undefined>> } = {},
): WorkerHandle {
  const words = ['--run', runId, ...(endsWithCommand ? ['--ends-with-command'] : [])];
  const child = fork(fileURLToPath(entry), words, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // For release-heap.ts.
    execArgv: [...process.execArgv, '--expose-gc'],
    env: withManyHeaps(env ?? process.env),
  });
  return {
    onMessage: (listener) => void child.on('message', (message) => listener(message as WorkerMessage)),
    onExit: (listener) => {
      let isOver = false;
      const once = (code: number | null, signal: string | null) => {
        if (!isOver) listener(code, signal);
        isOver = true;
      };
      child.on('exit', once);
      child.on('error', () => {
        // A process that runs may report errors too, e.g. of its channel; only one that never began ends here.
        if (child.pid === undefined) once(null, null);
      });
    },
    kill: (signal) => void child.kill(signal),
  };
}

/** bin/groovelake.js has a server's DuckDB allocate from one heap; a build may have a thread for every processor, which would queue for it. */
function withManyHeaps<E extends Readonly<Record<string, string | undefined>>>(env: E): E {
  return env.DUCKDB_JE_MALLOC_CONF === 'narenas:1' ? { ...env, DUCKDB_JE_MALLOC_CONF: undefined } : env;
}
