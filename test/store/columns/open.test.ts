import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ColumnAnswer, ColumnQuery } from '../../../src/store/columns/column-query.ts';
import { createGoldFixture, type GoldFixture, openFixtureColumns } from '../../fixtures/gold.ts';
import { createKeptLog } from '../../fixtures/quiet-log.ts';

const ROWS = 8_000;
let fixture: GoldFixture;
beforeAll(async () => {
  fixture = await createGoldFixture({
    tracks: Array.from({ length: ROWS }, (_, at) => ({
      track_id: `t${at}`,
      tempo: at / 7,
      popularity: ROWS - 1 - at,
      genres: ['pop'],
    })),
  });
});
afterAll(() => fixture.remove());

const spillsOf = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);

const byGenre = (least: number): ColumnQuery => ({
  test: { column: 't.tempo', is: '>=', value: least },
  groupBy: ['dg.genre'],
  figures: [{ figure: 'ROWS' }, { figure: 'AVG', column: 't.popularity' }],
});

describe('ask', () => {
  it('answers from prepared sums, without the thread, what was asked twice but for the bounds', async () => {
    const columns = openFixtureColumns(fixture.manifest, fixture.dataDir);
    await columns.load();
    const engine = columns.current();
    if (!engine) throw new Error('there are no columns');
    const groupsOf = ({ groups }: ColumnAnswer) =>
      [...groups].map((group) => engine.keysOf(['dg.genre'], group));
    const rows = async (least: number) => {
      const answer = await engine.ask(byGenre(least));
      return answer && [answer.passed, groupsOf(answer), answer.figures.map(([value]) => value)];
    };
    const expected = (passed: number) => [passed, [['pop']], [passed, (passed - 1) / 2]];
    expect(await rows(0)).toEqual(expected(ROWS));
    expect(await rows(1)).toEqual(expected(ROWS - 7));
    expect(engine.walks).toBe(2);
    // It answers in turn: the sums are prepared before this is.
    await engine.ask({ test: { all: [] }, groupBy: [], figures: [] });
    for (const least of [0, 5, 600, 1_142, 9_999]) {
      const passed = Math.max(0, ROWS - least * 7);
      expect(await rows(least)).toEqual(passed === 0 ? [0, [], [undefined, undefined]] : expected(passed));
    }
    expect(engine.walks).toBe(3);
    await columns.close();
  });
});

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
