import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGoldFixture, type GoldFixture, openFixtureColumns } from '../../fixtures/gold.ts';
import { createKeptLog } from '../../fixtures/quiet-log.ts';

let fixture: GoldFixture;
beforeAll(async () => {
  fixture = await createGoldFixture({
    tracks: Array.from({ length: 20_000 }, (_, at) => ({
      track_id: `t${at}`,
      tempo: at / 7,
      genres: ['pop'],
    })),
  });
});
afterAll(() => fixture.remove());

const spillsOf = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);

describe('close of openColumns', () => {
  it('ends a reading that is under way and leaves the process and no file', async () => {
    // At several moments of the engine's: it took the process along wherever a statement was under way.
    for (const ms of [0, 40, 80, 120, 160, 240]) {
      const { log, lines } = createKeptLog();
      const columns = openFixtureColumns(fixture.manifest, fixture.dataDir, { log });
      const loaded = columns.load();
      await new Promise((resolve) => setTimeout(resolve, ms));
      await columns.close();
      await loaded;
      expect(columns.current()).toBeNull();
      expect(lines).toEqual([]);
      expect(spillsOf(join(fixture.dataDir, 'tmp'))).toEqual([]);
    }
  });

  it('may come twice, and before anything was asked', async () => {
    const columns = openFixtureColumns(fixture.manifest, fixture.dataDir);
    await columns.close();
    await columns.load();
    expect(columns.current()).toBeNull();
    await columns.close();
  });
});
