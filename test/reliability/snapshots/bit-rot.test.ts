import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { openBuilder, openStore, publish } from './two-relations.ts';

const ROUNDS = Number(process.env.GROOVELAKE_TEST_ROUNDS ?? 1);
const FLIPS = 40 * ROUNDS;
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
});
