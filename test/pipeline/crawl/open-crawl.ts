// A crawl of a sandbox as if it were the real hosts, in this process, step by step.
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { seededRandomness, systemClock } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { silentLog } from '../../../src/log.ts';
import { crawlStep } from '../../../src/pipeline/crawl/crawl.ts';
import { executeRun } from '../../../src/pipeline/runs/execute-run.ts';
import {
  type Catalogue,
  createCatalogue,
  type SandboxArtist,
} from '../../../src/sources/sandbox/catalogue.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../src/sources/sandbox/server.ts';
import type { DocumentKind, LandingStore } from '../../../src/store/landing/landing-store.ts';
import { openSqliteLanding } from '../../../src/store/landing/sqlite.ts';
import type { Run, RunStore } from '../../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import { sandboxEnv } from '../../fixtures/sandbox-env.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

/** Making one takes longer than most tests. */
const catalogues = new Map<number, Catalogue>();
function catalogueOf(artists: number): Catalogue {
  const found = catalogues.get(artists) ?? createCatalogue({ artists });
  catalogues.set(artists, found);
  return found;
}

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

export interface How {
  readonly now?: number;
  /** Settings that differ in this execution. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** The clock that durations are measured on, where it is not the machine's. */
  readonly monotonic?: () => number;
}

export interface Crawl {
  readonly sandbox: Sandbox;
  readonly runs: RunStore;
  readonly landing: LandingStore;
  /** Triggers a CRAWL and executes it. */
  run(parameters: Record<string, unknown>, how?: How): Promise<Run>;
  /** Executes a run that is QUEUED again, or whose time has come. */
  again(run: Run, how?: How): Promise<Run>;
  /** Queues an ended run once more and executes it. */
  retry(run: Run, keepFinishedSteps?: boolean, how?: How): Promise<Run>;
  messages(run: Run, type: string): Promise<string[]>;
  /** Ids that landed, of one kind, over all batches. */
  landed(kind: DocumentKind): Promise<string[]>;
}

/** A crawl of a sandbox as if it were the real hosts. */
export async function openCrawl(
  options: Partial<SandboxOptions> = {},
  env: Record<string, string> = {},
): Promise<Crawl> {
  const sandbox = await startSandbox({
    clock: systemClock,
    catalogue: catalogueOf(options.artists ?? 30),
    ...options,
  });
  const dataDir = makeTempFolder();
  const settings = {
    GROOVELAKE_DATA_DIR: dataDir,
    ...sandboxEnv(sandbox),
    GROOVELAKE_CRAWL_WINDOW_REQUESTS: '1000000',
    GROOVELAKE_HTTP_RETRIES: '0',
    GROOVELAKE_STEP_RETRIES: '0',
    ...env,
  };
  const runs = openSqliteRuns(':memory:');
  const landing = openSqliteLanding(join(dataDir, 'landing.sqlite'));
  ends.push(async () => {
    await landing.close();
    await runs.close();
    await sandbox.close();
  });
  const random = seededRandomness(3);
  const again: Crawl['again'] = async (run, how = {}) => {
    const { now = systemClock.now(), env: other = {}, signal, monotonic = systemClock.monotonic } = how;
    const claimed = await runs.claimRun(run.id, { id: 'w', now, leaseMs: 60_000 });
    if (!claimed) throw new Error(`run ${run.id} is ${run.status} and cannot be claimed`);
    const clock = { ...systemClock, monotonic, now: () => Math.max(now, systemClock.now()) };
    const ended = await executeRun(claimed, {
      config: readConfig({ ...settings, ...other }),
      clock,
      random,
      log: silentLog,
      runs,
      landing,
      snapshots: createSnapshotStore({ dataDir, clock, random }),
      steps: [crawlStep],
      ...(signal ? { signal } : {}),
    });
    if (!ended) throw new Error('overtaken');
    return ended;
  };
  return {
    sandbox,
    runs,
    landing,
    again,
    retry: async (run, keepFinishedSteps = true, how = {}) => {
      const queued = await runs.requeueRun(run.id, { at: systemClock.now(), keepFinishedSteps });
      if (!queued) throw new Error(`run ${run.id} is ${run.status} and cannot be retried`);
      return again(queued, how);
    },
    messages: async (run, type) =>
      (await runs.listEvents(run.id, { after: 0, first: 1_000 }))
        .filter((event) => event.type === type)
        .map(({ message }) => message),
    run: async (parameters, how = {}) => {
      const { run } = await runs.createRun(
        { pipeline: 'CRAWL', trigger: 'CLI', parameters, createdAt: how.now ?? systemClock.now() },
        ['crawl'],
      );
      return again(run, how);
    },
    landed: async (kind) => {
      const ids: string[] = [];
      for (const batch of await landing.listBatches()) {
        for await (const page of landing.readBatch(batch.id, kind)) ids.push(...page.map(({ id }) => id));
      }
      return ids.sort();
    },
  };
}

export const albumsOf = (artists: readonly SandboxArtist[]) => artists.flatMap((artist) => artist.albums);
export const tracksOf = (artists: readonly SandboxArtist[]) =>
  albumsOf(artists).flatMap((album) => album.tracks);
export const sortedIds = (items: readonly { id: string }[]) => [...new Set(items.map(({ id }) => id))].sort();

/** Pages of lists that were asked for twice and answered, apart from the one that found out the length of a page. */
export function listedTwice(sandbox: Sandbox): string[] {
  const paths = sandbox.requests.entries
    .filter(({ family, status }) => ['artist-albums', 'album-tracks'].includes(family) && status === 200)
    .map(({ path }) => path);
  return paths.filter((path, at) => paths.indexOf(path) !== at);
}

export const DAY_MS = 86_400_000;

/** Requests by family since the log had so many entries. */
export function countSince(sandbox: Sandbox, begin: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { family } of sandbox.requests.entries.slice(begin)) counts[family] = (counts[family] ?? 0) + 1;
  return counts;
}
