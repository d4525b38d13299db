// What was published is asked about at once: by a script, by CI. A running server looks for a new snapshot about once a second, and
// opens it first; a command that publishes is over when the server answers from it.
import { systemClock, systemRandomness } from '../clock.ts';
import type { Config } from '../config.ts';
import { findServer } from '../store/server-lock.ts';
import type { Manifest } from '../store/snapshots/manifest.ts';
import type { CommandParts } from './command.ts';

const LONGEST_WAIT_MS = 30_000;
const POLL_MS = 100;
const ANSWER_MS = 5_000;
/** Without a key a server tells the age of its snapshot in whole seconds, and not which it is. */
const ROUNDING_MS = 1_500;

/** Of a server's health; without a key there is no id and no instant. */
interface Served {
  readonly id?: string;
  readonly ageSeconds: number;
}

/**
 * Does what may publish, then waits as waitServed does; not where it failed, or where the run goes on without this command.
 *
 * @param work calls what it is handed once the run is over
 */
export async function untilServed(
  parts: Pick<CommandParts, 'config' | 'terminal'>,
  work: (noteEnd: () => Promise<void>) => Promise<number>,
): Promise<number> {
  let isOver = false;
  const code = await work(async () => {
    isOver = true;
  });
  if (code === 0 && isOver) await waitServed(parts);
  return code;
}

/**
 * Waits until the server that runs on the data folder serves what is published there, and says so where it does not within half a minute.
 * Nothing is waited for where no server runs.
 *
 * @returns the address of the server that serves it; null: there is none; undefined: it does not yet
 */
export async function waitServed(
  { config, terminal }: Pick<CommandParts, 'config' | 'terminal'>,
  longestMs = LONGEST_WAIT_MS,
): Promise<string | null | undefined> {
  const { dataDir } = config;
  if (!(await findServer(dataDir))) return null;
  // It brings the engine with it, and most who may have to wait need none.
  const { createSnapshotStore } = await import('../store/snapshots/local.ts');
  const snapshots = createSnapshotStore({ dataDir, clock: systemClock, random: systemRandomness });
  const deadline = systemClock.monotonic() + longestMs;
  for (;;) {
    const url = (await findServer(dataDir))?.url;
    const published = (await snapshots.readCurrent({ verify: 'LENGTHS' }))?.manifest;
    if (!url || !published) return null;
    const served = await findServed(url, config);
    if (served === 'NO_SERVER') return null;
    if (served && isSame(served, published)) return url;
    if (systemClock.monotonic() >= deadline) {
      terminal.error(
        `The server at ${url} does not serve snapshot ${published.id} yet, ${longestMs / 1000} s after it was published, and answers from ` +
          `${served ? 'the one before' : 'none'}. /health/ready and its log say why.`,
      );
      return undefined;
    }
    terminal.status('  waiting for the server to serve it');
    await systemClock.sleep(POLL_MS);
  }
}

/** Null while it serves none. */
async function findServed(
  url: string,
  { apiKey }: Pick<Config, 'apiKey'>,
): Promise<Served | null | 'NO_SERVER'> {
  try {
    const response = await fetch(`${url}/health/ready`, {
      headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const { status, snapshot } = (await response.json()) as { status?: string; snapshot?: Served };
    return status === undefined || status === 'draining' ? 'NO_SERVER' : (snapshot ?? null);
  } catch {
    return 'NO_SERVER';
  }
}

function isSame({ id, ageSeconds }: Served, published: Manifest): boolean {
  if (id !== undefined) return id === published.id;
  const publishedAt = systemClock.now() - ageSeconds * 1000;
  // After a rollback the one before is the younger.
  return Math.abs(publishedAt - Date.parse(published.publishedAt)) <= ROUNDING_MS;
}
