import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DuckDb } from '../../../src/store/duckdb.ts';
import { createLossyDisk, type Weakness } from './lossy-disk.ts';
import { openBuilder, openStore, publish, readNs } from './two-relations.ts';

const OLD = 10;
const NEW = 11;
let db: DuckDb;
/** Ten snapshots: the next publish writes checkpoints too. */
let base: string;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
  db = await openBuilder(base);
  for (let n = 1; n <= OLD; n++) await publish(db, openStore(base), n);
});
afterAll(async () => {
  await db.close();
  rmSync(base, { recursive: true, force: true });
});

/** Publishes over a lossy disk, cuts the power, and says what a reader finds then: its numbers, and whether the publish had said it is done. */
async function publishAndCut(from: string | null, weakness: Weakness) {
  const dataDir = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
  const after = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
  try {
    if (from) cpSync(from, dataDir, { recursive: true });
    const disk = createLossyDisk(dataDir, weakness);
    const isDone = await publish(db, openStore(dataDir, disk.files), NEW).then(
      () => true,
      () => false,
    );
    disk.cutPower(after);
    const ns = await readNs(db, openStore(after));
    const next = await publish(db, openStore(after), NEW + 1).then(
      () => readNs(db, openStore(after)),
      (error: Error) => error.message,
    );
    return { isDone, ns, next, calls: disk.count() };
  } finally {
    for (const folder of [dataDir, after]) rmSync(folder, { recursive: true, force: true });
  }
}

describe('a power cut on a disk that forgets what was not synced', () => {
  it('at any call of a publish leaves the old snapshot or the new one whole, and once it is published the new one', async () => {
    const seen = { old: 0, new: 0 };
    for (let n = 0; ; n++) {
      const { isDone, ns, next } = await publishAndCut(base, { dieAfter: n });
      expect(ns, `after ${n} calls`).toHaveLength(1);
      expect([OLD, NEW]).toContain(ns[0]);
      expect(next, `after ${n} calls`).toEqual([NEW + 1]);
      if (isDone) expect(ns).toEqual([NEW]);
      seen[ns[0] === OLD ? 'old' : 'new'] += 1;
      if (isDone) break;
    }
    console.log(`power cuts: ${seen.old} left the old snapshot, ${seen.new} the new one`);
    expect(seen.old).toBeGreaterThan(30);
    expect(seen.new).toBeGreaterThan(0);
  });

  it('after the very first publish finds it, folders and all', async () => {
    expect(await publishAndCut(null, {})).toMatchObject({ isDone: true, ns: [NEW], next: [NEW + 1] });
  });

  it.each([
    'syncFile',
    'syncFolder',
  ] as const)('is noticed by this test where %s does nothing', async (without) => {
    for (const from of [base, null]) {
      const { isDone, ns } = await publishAndCut(from, { without });
      expect(isDone).toBe(true);
      expect(ns).not.toEqual([NEW]);
    }
  });
});
