import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { silentLog } from '../../../src/log.ts';
import { type OpenCatalog, openCatalog } from '../../../src/store/catalog/open.ts';
import { createServed } from '../../../src/store/snapshots/served.ts';
import { openBuilder, openStore, publish } from './two-relations.ts';

const READERS = 8;
const PUBLISHES = 200 * Number(process.env.GROOVELAKE_TEST_ROUNDS ?? 1);

describe('readers while snapshots are published and swept', () => {
  it('see one snapshot in every answer, and never a missing file', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
    const db = await openBuilder(dataDir);
    const store = openStore(dataDir);
    const config = readConfig({ GROOVELAKE_SERVE_MEMORY_MB: '64', GROOVELAKE_SERVE_THREADS: '1' });
    const served = createServed<OpenCatalog>({
      snapshots: store,
      clock: systemClock,
      log: silentLog,
      open: (manifest) =>
        openCatalog({
          manifest,
          dataDir,
          config,
          clock: systemClock,
          tempDir: join(dataDir, 'tmp', 'serve'),
        }),
    });
    let isOver = false;
    const seen = new Set<string>();
    const errors: string[] = [];
    let answers = 0;
    const expected = new Map<string, number>();
    const read = async () => {
      while (!isOver) {
        const { manifest, resource, release } = served.acquire();
        try {
          const catalog = resource.forRequest(new AbortController().signal);
          // Two statements of one request: a publish may come between them.
          const [tracks] = await catalog.all<{ n: number }>(
            'select min(n) as n from gold.tracks having min(n) = max(n)',
          );
          const [artists] = await catalog.all<{ n: number }>(
            'select min(n) as n from gold.artists having min(n) = max(n)',
          );
          answers += 1;
          seen.add(manifest.id);
          const n = expected.get(manifest.id);
          if (tracks?.n !== n || artists?.n !== n)
            errors.push(`${manifest.id}: ${tracks?.n}, ${artists?.n} instead of ${n}`);
        } catch (error) {
          errors.push(`${manifest.id}: ${error}`);
        } finally {
          release();
        }
        await systemClock.sleep(10);
      }
    };
    try {
      const announce = async (n: number) => {
        const { id } = await publish(db, store, n);
        expected.set(id, n);
        await served.refresh();
      };
      await announce(0);
      const readers = Array.from({ length: READERS }, read);
      for (let n = 1; n <= PUBLISHES; n++) {
        await announce(n);
        if (n % 10 === 0) await store.sweep({ keep: 3, graceMs: 30_000 });
      }
      isOver = true;
      await Promise.all(readers);
      console.log(
        `${PUBLISHES} publishes, ${answers} answers from ${seen.size} snapshots, ${errors.length} wrong`,
      );
      expect(errors.slice(0, 5)).toEqual([]);
      expect(seen.size).toBeGreaterThan(PUBLISHES / 4);
    } finally {
      isOver = true;
      await served.close();
      await db.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  }, 1_200_000);
});
