import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandomness, systemClock } from '../../../src/clock.ts';
import { createCheckpoints } from '../../../src/store/snapshots/delta-checkpoint.ts';
import { readDeltaState } from '../../../src/store/snapshots/delta-state.ts';
import { localFiles } from '../../../src/store/snapshots/files.ts';
import { openBuilder, openStore, publish } from './two-relations.ts';

const ROUNDS = Number(process.env.GROOVELAKE_TEST_ROUNDS ?? 1);
const FLIPS = 40 * ROUNDS;
/** Each costs a publish. */
const LOG_FLIPS = 20 * ROUNDS;
const SEED = 20_261_126;

describe('one flipped bit', () => {
  it('in a Parquet file, the index, the manifest or CURRENT is noticed, and a whole snapshot served instead', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
    const db = await openBuilder(dataDir);
    try {
      const older = await publish(db, openStore(dataDir), 1);
      const newer = await publish(db, openStore(dataDir), 2);
      const [artists, tracks] = newer.relations.map((relation) => relation.files[0]?.path ?? '');
      const index = newer.artifacts[0]?.files[0]?.path ?? '';
      const kinds = [artists ?? '', tracks ?? '', index, `snapshots/${newer.id}.json`, 'CURRENT'];
      const random = seededRandomness(SEED);
      let noticed = 0;
      for (const kind of kinds) {
        const path = join(dataDir, kind);
        const whole = readFileSync(path);
        for (let flip = 0; flip < FLIPS; flip++) {
          const damaged = Buffer.from(whole);
          const at = Math.floor(random.next() * whole.length);
          damaged[at] = (damaged[at] ?? 0) ^ (1 << Math.floor(random.next() * 8));
          writeFileSync(path, damaged);
          const current = await openStore(dataDir).readCurrent();
          // Without a pointer to trust, the newest whole snapshot is the one it pointed to.
          const expected = kind === 'CURRENT' ? newer.id : older.id;
          if (current?.manifest.id === expected && current.warnings.length > 0) noticed += 1;
          else console.log(`seed ${SEED}: not noticed in ${kind} at ${at}`);
        }
        writeFileSync(path, whole);
      }
      console.log(`seed ${SEED}: ${noticed} of ${FLIPS * kinds.length} flipped bits noticed`);
      expect(noticed).toBe(FLIPS * kinds.length);
      expect((await openStore(dataDir).readCurrent())?.warnings).toEqual([]);
    } finally {
      await db.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  it('in an entry or the checkpoint of a Delta log is put right by the next publish, or named by its error, and changes nothing that is served', async () => {
    const base = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
    const dataDir = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
    const db = await openBuilder(base);
    try {
      for (let n = 0; n <= 12; n++) await publish(db, openStore(base), n);
      const served = await openStore(base).readCurrent();
      const random = seededRandomness(SEED);
      const seen = { righted: 0, named: 0 };
      for (const name of ['00000000000000000012.json', '00000000000000000010.checkpoint.parquet']) {
        const whole = readFileSync(join(base, 'gold/tracks/_delta_log', name));
        for (let flip = 0; flip < LOG_FLIPS; flip++) {
          rmSync(dataDir, { recursive: true });
          cpSync(base, dataDir, { recursive: true });
          const damaged = Buffer.from(whole);
          const at = Math.floor(random.next() * whole.length);
          damaged[at] = (damaged[at] ?? 0) ^ (1 << Math.floor(random.next() * 8));
          writeFileSync(join(dataDir, 'gold/tracks/_delta_log', name), damaged);
          const store = openStore(dataDir);
          expect(await store.readCurrent(), `${name} at ${at}`).toEqual(served);
          const outcome = await publish(db, store, 99).catch((error: unknown) => error);
          if (outcome instanceof Error) {
            expect(outcome, `${name} at ${at}`).toMatchObject({
              code: 'SNAPSHOT',
              message: expect.stringMatching(/Delta log of "gold\/tracks" is damaged/),
            });
            seen.named += 1;
          } else {
            const { relations } = outcome as Awaited<ReturnType<typeof publish>>;
            const tracks = relations.find((relation) => relation.name === 'tracks');
            const paths = tracks?.files.map(({ path }) => path);
            expect(await readActive(dataDir), `${name} at ${at}`).toEqual(paths);
            seen.righted += 1;
          }
        }
      }
      console.log(
        `seed ${SEED}: of ${LOG_FLIPS * 2} flipped bits ${seen.righted} put right, ${seen.named} named`,
      );
      expect(seen.righted).toBeGreaterThan(LOG_FLIPS);
    } finally {
      await db.close();
      for (const folder of [base, dataDir]) rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** The files of the newest version of gold.tracks, as its log has them. */
async function readActive(dataDir: string): Promise<string[]> {
  const checkpoints = createCheckpoints(localFiles, dataDir, systemClock);
  try {
    const state = await readDeltaState(localFiles, checkpoints, join(dataDir, 'gold/tracks/_delta_log'), -1);
    return [...state.active.keys()].map((path) => `gold/tracks/${path}`);
  } finally {
    await checkpoints.close();
  }
}
