import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DuckDb } from '../../../src/store/duckdb.ts';
import { intercept } from './points.ts';
import { openBuilder, openStore, publish, readNs } from './two-relations.ts';

const CHILD = fileURLToPath(new URL('publish-child.ts', import.meta.url));
/** Every tenth commit writes a checkpoint: the publish that is killed or fails is one of these. */
const PUBLISHED_BEFORE = 10;
const NEXT = PUBLISHED_BEFORE + 1;
/** Every call in long mode, every fifth else: which one it begins with does not matter, as the named points cover each kind. */
const STRIDE = Number(process.env.GROOVELAKE_TEST_ROUNDS ?? 1) > 1 ? 1 : 5;

let db: DuckDb;
/** A data folder with ten snapshots; every case begins with a copy of it. */
let base: string;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
  db = await openBuilder(base);
  for (let n = 1; n <= PUBLISHED_BEFORE; n++) await publish(db, openStore(base), n);
});
afterAll(async () => {
  await db.close();
  rmSync(base, { recursive: true, force: true });
});

/** Calls back with a fresh copy of the base, and removes it. */
async function withCopy<T>(work: (dataDir: string) => Promise<T>): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
  try {
    cpSync(base, dataDir, { recursive: true });
    return await work(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** The names of all points that one publish passes, and how many calls it makes. */
function listPoints(): Promise<string[]> {
  return withCopy(async (dataDir) => {
    const names = new Set<string>();
    const { files } = intercept(({ name }) => names.add(name));
    await publish(db, openStore(dataDir, files), NEXT);
    return [...names];
  });
}

/** What must hold after a publish was cut off: the old snapshot or the new one is served, whole, and the next publish goes through. */
async function expectOneOf(dataDir: string): Promise<'old' | 'new'> {
  const ns = await readNs(db, openStore(dataDir));
  expect(ns).toHaveLength(1);
  expect([PUBLISHED_BEFORE, NEXT]).toContain(ns[0]);
  await publish(db, openStore(dataDir), NEXT + 1);
  expect(await readNs(db, openStore(dataDir))).toEqual([NEXT + 1]);
  return ns[0] === NEXT ? 'new' : 'old';
}

describe('a publish that is killed', () => {
  it('by SIGKILL before and after each named point leaves the old snapshot or the whole new one', async () => {
    const points = await listPoints();
    const outcomes: string[] = [];
    for (const point of points) {
      for (const when of ['before', 'after']) {
        await withCopy(async (dataDir) => {
          const child = spawnSync(process.execPath, [CHILD, dataDir, String(NEXT), point, when], {
            encoding: 'utf8',
          });
          const isHit = child.signal === 'SIGKILL';
          outcomes.push(
            `${when} ${point}: ${isHit ? await expectOneOf(dataDir) : `NOT HIT ${child.stderr}`}`,
          );
        });
      }
    }
    console.log(`${outcomes.length} kills\n  ${outcomes.join('\n  ')}`);
    expect(outcomes.filter((outcome) => outcome.includes('NOT HIT'))).toEqual([]);
    expect(outcomes).toContain('before rename CURRENT: old');
    expect(outcomes).toContain('after rename CURRENT: new');
    expect(points.length).toBeGreaterThan(20);
    // A process for each kill: half a minute where nothing else runs, many where much does.
  }, 1_200_000);

  it('at any single call, and does nothing more, leaves the old snapshot or the whole new one', async () => {
    let deaths = 0;
    for (let n = 1, isDead = true; isDead; n += STRIDE) {
      isDead = false;
      const { files } = intercept((call) => {
        if (call.n >= n && call.when === 'before') isDead = true;
        if (isDead) throw new Error('the process is dead');
      });
      await withCopy(async (dataDir) => {
        await publish(db, openStore(dataDir, files), NEXT).catch(() => null);
        if (isDead) await expectOneOf(dataDir);
      });
      deaths += 1;
    }
    console.log(`${deaths} deaths`);
    expect(deaths).toBeGreaterThan(40 / STRIDE);
  });
});

describe('a publish whose file system fails', () => {
  const CODES = STRIDE === 1 ? ['EIO', 'ENOSPC', 'EMFILE'] : ['EIO', 'ENOSPC'];
  it.each(
    CODES.flatMap((code) => [
      [code, 'once'],
      [code, 'for good'],
    ]),
  )('with %s %s at the n-th call leaves the old snapshot or the whole new one, and no litter', async (code, how) => {
    let failures = 0;
    for (let n = 1, hasFired = true; hasFired; n += STRIDE) {
      hasFired = false;
      const { files } = intercept(
        (call) => {
          const isDue = how === 'once' ? call.n === n : call.n >= n;
          if (call.when === 'after' || !isDue) return;
          hasFired = true;
          throw Object.assign(new Error(`scripted ${code}`), { code });
        },
        { looksToo: true },
      );
      await withCopy(async (dataDir) => {
        await publish(db, openStore(dataDir, files), NEXT).catch(() => null);
        if (!hasFired) return;
        await expectOneOf(dataDir);
        await openStore(dataDir).sweep({ keep: 1, graceMs: 0 });
        expect((await openStore(dataDir).sweep({ keep: 1, graceMs: 0, dryRun: true })).removed).toEqual([]);
        expect(listLitter(dataDir)).toEqual([]);
        expect(await readNs(db, openStore(dataDir))).toEqual([NEXT + 1]);
      });
      failures += 1;
    }
    console.log(`${failures} failures of ${code} ${how}`);
    expect(failures).toBeGreaterThan(60 / STRIDE);
  });
});

/** Files that nothing names: what is under another name until it is whole. */
function listLitter(dataDir: string): string[] {
  return readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.part'));
}
