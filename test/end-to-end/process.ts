// Runs the program as a user does: a process of its own, a data folder of its own, real HTTP.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a start, a crawl or an import may take on a busy machine, in ms; a quiet one needs a tenth. */
export const SLOW_MS = 600_000;

export interface Program {
  readonly child: ChildProcess;
  /** Everything written so far, both streams. */
  output(): string;
  /** Exit code, once it has ended. */
  readonly exited: Promise<number | null>;
}

export function makeDataDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'groovelake-test-'));
}

export const removeDataDir = (path: string) =>
  rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });

/** @param user whom it runs as, if not as whoever runs the tests */
export function startProgram(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  user: { uid?: number; gid?: number } = {},
): Program {
  const child = spawn(process.execPath, ['bin/groovelake.js', ...words], {
    env: { ...process.env, NODE_ENV: 'test', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  return { child, output: () => text, exited: new Promise((resolve) => child.on('exit', resolve)) };
}

/** Runs a command to its end. */
export async function runProgram(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  user: { uid?: number; gid?: number } = {},
): Promise<{ code: number | null; output: string }> {
  const program = startProgram(words, env, user);
  const code = await program.exited;
  return { code, output: program.output() };
}

/** Starts a server on a free port and waits until it serves data. */
export async function startServer(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Program & { url: string }> {
  const program = startProgram(['start'], { GROOVELAKE_DATA_DIR: dataDir, PORT: '0', ...env });
  try {
    const url = await waitFor(
      program,
      () => /listening on (\S+)\/graphql/.exec(program.output())?.[1] ?? null,
    );
    await waitFor(program, async () => ((await fetch(`${url}/health/ready`)).ok ? true : null));
    return { ...program, url };
  } catch (error) {
    program.child.kill('SIGKILL');
    throw error;
  }
}

export async function waitFor<T>(program: Program, look: () => Promise<T | null> | T | null): Promise<T> {
  for (let tries = 0; tries < SLOW_MS / 100; tries++) {
    const found = await look();
    if (found !== null) return found;
    if (program.child.exitCode !== null)
      throw new Error(`The program ended with ${program.child.exitCode}:\n${program.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Waited too long:\n${program.output()}`);
}

export async function ask<T>(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<T> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as { data: T; errors?: unknown };
  if (answer.errors) throw new Error(JSON.stringify(answer.errors, null, 2));
  return answer.data;
}
