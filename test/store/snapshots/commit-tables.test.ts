import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { commitTables } from '../../../src/store/snapshots/commit-tables.ts';
import type { WrittenRelation } from '../../../src/store/snapshots/snapshot-store.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { createVirtualClock, type VirtualClock } from '../../fixtures/virtual-clock.ts';
import { interceptFiles } from './fault-files.ts';

const names = Array.from({ length: 12 }, (_, at) => `r${String(at).padStart(2, '0')}`);

const relations: WrittenRelation[] = names.map((name) => ({
  layer: 'gold',
  name,
  rows: 1,
  columns: [{ name: 'n', type: 'INTEGER' }],
  contentHash: '1-1',
  files: [{ path: `gold/${name}/a.parquet`, bytes: 7, sha256: 'aa', rows: 1 }],
}));

const hasLog = (dataDir: string, name: string) =>
  readdirSync(join(dataDir, 'gold', name, '_delta_log')).some((entry) => entry.endsWith('.json'));

describe('commits to many tables', () => {
  const change = { relations, snapshotId: 's1', operation: 'WRITE', current: null } as const;

  it('reach each, and answer by name', async () => {
    const dataDir = makeTempFolder();
    const committed = await commitTables(
      { files: interceptFiles(() => {}), dataDir, clock: systemClock, dictionary: new Map() },
      change,
    );
    expect(committed.map(({ name, deltaVersion, bytes }) => [name, deltaVersion, bytes])).toEqual(
      names.map((name) => [name, 0, 7]),
    );
    expect(names.filter((name) => hasLog(dataDir, name))).toEqual(names);
  });

  it('are over when the failure of one is told, and none was begun after it', async () => {
    const dataDir = makeTempFolder();
    const files = interceptFiles((_, name) => {
      if (name === 'link' && files.calls.at(-1)?.startsWith('link _delta_log/'))
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    });
    await expect(
      commitTables({ files, dataDir, clock: systemClock, dictionary: new Map() }, change),
    ).rejects.toMatchObject({
      code: 'ENOSPC',
    });
    const calls = files.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(files.calls.length).toBe(calls);
    expect(readdirSync(join(dataDir, 'gold')).length).toBeLessThan(names.length / 2);
  });

  it.each([
    ['time has passed', (clock: VirtualClock) => clock.advance(1_000), true],
    ['the wall clock has stepped, as after a sleep', async (clock: VirtualClock) => clock.step(1_000), true],
    ['neither', async () => {}, false],
  ])('ask whether they may beforehand, and again where %s', async (_, pass, isAskedAgain) => {
    const clock = createVirtualClock();
    let commits = 0;
    const files = interceptFiles(async (_n, name) => {
      if (name === 'link' && ++commits === 6) await pass(clock);
    });
    const askedAfter: number[] = [];
    const beforeCommit = async () => void askedAfter.push(commits);
    await commitTables(
      { files, dataDir: makeTempFolder(), clock, dictionary: new Map() },
      { ...change, beforeCommit },
    );
    expect(askedAfter[0]).toBe(0);
    expect(askedAfter.some((n) => n >= 6)).toBe(isAskedAgain);
  });
});
