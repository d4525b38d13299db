// RELIABILITY c 1: SIGKILL a crawl anywhere, again and again; in the end the landed set is the source's set, and nothing sealed was ever half.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { seededRandomness, systemClock } from '../../../src/clock.ts';
import { createCatalogue } from '../../../src/sources/sandbox/catalogue.ts';
import { type Sandbox, startSandbox } from '../../../src/sources/sandbox/server.ts';
import type { Profile } from '../../../src/sources/sandbox/settings.ts';
import type { DocumentKind, LandingStore } from '../../../src/store/landing/landing-store.ts';
import { openSqliteLanding } from '../../../src/store/landing/sqlite.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { sandboxEnv } from '../../fixtures/sandbox-env.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

const SEED = 20261126;
const KILLS = 40 * Number(process.env.GROOVELAKE_TEST_ROUNDS ?? 1);
/** Fewer kills show nothing. */
const FEWEST_KILLS = 5;
/** On a busy machine no more kills than those after so long: the crawl under way is then let through to its end. */
const LONGEST_MS = 40_000 * Number(process.env.GROOVELAKE_TEST_ROUNDS ?? 1);
const ARTISTS = 10;
const CHILD = join(import.meta.dirname, 'crawl-child.ts');
const catalogue = createCatalogue({ artists: ARTISTS });

let child: ChildProcess | null = null;
afterAll(() => void child?.kill('SIGKILL'));

function envOf(sandbox: Sandbox, dataDir: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    GROOVELAKE_DATA_DIR: dataDir,
    ...sandboxEnv(sandbox),
    GROOVELAKE_CRAWL_WINDOW_REQUESTS: '1000000',
    GROOVELAKE_CRAWL_CONCURRENCY: '4',
  };
}

interface End {
  readonly said: string;
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Runs the crawl in a process until it ends, or is killed so long after it began. */
function crawlOnce(
  env: NodeJS.ProcessEnv,
  words: readonly string[],
  killAfterMs: number | null,
): Promise<End> {
  return new Promise((resolve, reject) => {
    const started = spawn(process.execPath, [CHILD, ...words], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    child = started;
    let said = '';
    started.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (killAfterMs !== null && said === 'ready\n') setTimeout(() => started.kill('SIGKILL'), killAfterMs);
    });
    started.on('error', reject);
    started.on('close', (code, signal) => resolve({ said, code, signal }));
  });
}

async function readStatus(dataDir: string, runId: string): Promise<string | undefined> {
  const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
  const found = await runs.findRun(runId);
  await runs.close();
  return found?.status;
}

/** What the source has: hash by kind and id. */
async function listSource(sandbox: Sandbox): Promise<Map<string, string>> {
  const token = await fetch(`${sandbox.accountsUrl}/api/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: sandbox.clientId,
      client_secret: sandbox.clientSecret,
    }),
  });
  const { access_token } = (await token.json()) as { access_token: string };
  const all = new Map<string, string>();
  const add = async (kind: DocumentKind, path: string, id: string) => {
    const answer = await fetch(`${sandbox.apiUrl}/${path}/${id}`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    if (answer.status === 200) all.set(`${kind} ${id}`, sha256(await answer.text()));
  };
  for (const id of catalogue.artistById.keys()) await add('artist', 'artists', id);
  for (const id of catalogue.albumById.keys()) await add('album', 'albums', id);
  for (const id of catalogue.trackById.keys()) await add('track', 'tracks', id);
  return all;
}

async function listLanded(landing: LandingStore): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  for (const batch of await landing.listBatches({ sealed: true })) {
    for (const { kind } of batch.counts) {
      if (!['artist', 'album', 'track'].includes(kind)) continue;
      for await (const page of landing.readBatch(batch.id, kind)) {
        for (const { id, body } of page) {
          expect(all.has(`${kind} ${id}`), `${kind} ${id} landed twice`).toBe(false);
          all.set(`${kind} ${id}`, sha256(body));
        }
      }
    }
  }
  return all;
}

/** Every sealed batch holds what its completion record says. */
async function checkSealed(landing: LandingStore): Promise<void> {
  for (const batch of await landing.listBatches({ sealed: true })) {
    for (const { kind, documents } of batch.counts) {
      let found = 0;
      for await (const page of landing.readBatch(batch.id, kind)) found += page.length;
      expect(found).toBe(documents);
    }
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('a crawl that is killed anywhere', () => {
  it.each([
    'dev2026',
    'extended',
  ] as const)(`lands exactly the source's set in the end (profile %s)`, async (profile: Profile) => {
    const random = seededRandomness(SEED);
    const rounds = profile === 'dev2026' ? KILLS * 0.75 : KILLS * 0.25;
    let kills = 0;
    let crawls = 0;
    const end = systemClock.monotonic() + LONGEST_MS;
    const fewest = Math.min(FEWEST_KILLS, rounds);
    const isOn = () => kills < fewest || (kills < rounds && systemClock.monotonic() < end);
    while (isOn()) {
      crawls += 1;
      const dataDir = makeTempFolder();
      mkdirSync(dataDir, { recursive: true });
      const sandbox = await startSandbox({ clock: systemClock, catalogue, profile });
      const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
      const parameters = { top: ARTISTS, batchSize: 3 };
      const { run } = await runs.createRun(
        { pipeline: 'CRAWL', trigger: 'CLI', parameters, createdAt: systemClock.now() },
        ['crawl'],
      );
      await runs.close();
      const env = envOf(sandbox, dataDir);
      for (let isOver = false; !isOver; ) {
        const isLeft = isOn();
        const killAfter = isLeft ? Math.round((profile === 'dev2026' ? 900 : 250) * random.next()) : null;
        const ended = await crawlOnce(env, [dataDir, run.id], killAfter);
        const landing = openSqliteLanding(join(dataDir, 'landing.sqlite'));
        await checkSealed(landing);
        await landing.close();
        // One that is killed just before its end may have no time to say that it has succeeded.
        isOver = (await readStatus(dataDir, run.id)) === 'SUCCEEDED';
        if (ended.signal === 'SIGKILL') kills += 1;
        // Whatever else ends it is a fault of ours.
        else
          expect(ended).toEqual({ said: expect.stringMatching(/^ready\nSUCCEEDED/), code: 0, signal: null });
      }
      const landing = openSqliteLanding(join(dataDir, 'landing.sqlite'));
      expect(await listLanded(landing)).toEqual(await listSource(sandbox));
      await landing.close();
      await sandbox.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
    expect(kills).toBeGreaterThanOrEqual(fewest);
    console.log(
      `crawl killed: profile ${profile}, seed ${SEED}, ${kills} kills over ${crawls} crawls, 0 lost, 0 doubled`,
    );
  });
});
