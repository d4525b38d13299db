// A disk that is really full: a small one in memory, where this user may mount one.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withPublishLease } from '../../../src/cli/publish-lease.ts';
import { systemClock } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { isDiskFull } from '../../../src/errors.ts';
import { prepareDataDir } from '../../../src/store/data-dir.ts';
import { releaseReserve, withReserve } from '../../../src/store/disk-space.ts';
import { type DuckDb, openDuckDb } from '../../../src/store/duckdb.ts';
import { openServerStores } from '../../../src/store/open-stores.ts';
import { openStore, publish, readNs } from './two-relations.ts';

const disk = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]).status === 0;
if (!isMounted) {
  rmSync(disk, { recursive: true });
  console.log('disk-full: skipped, this user may not mount a small disk');
}

const db = (tempDir: string): Promise<DuckDb> =>
  openDuckDb({
    path: ':memory:',
    memoryMb: 64,
    threads: 1,
    maxConnections: 1,
    tempDir,
    tempMaxMb: 1_024,
    clock: systemClock,
  });

/** Leaves so many bytes of the disk free; the returned function frees the rest again. */
function fill(leave: number): () => void {
  const { bavail, bsize } = statfsSync(disk);
  const path = join(disk, 'filler');
  writeFileSync(path, Buffer.alloc(Math.max(0, bavail * bsize - leave)));
  return () => rmSync(path);
}

describe.skipIf(!isMounted)('a full disk', () => {
  let builder: DuckDb;
  const dataDir = join(disk, 'data');

  beforeAll(async () => {
    mkdirSync(dataDir);
    builder = await db(tmpdir());
    await publish(builder, openStore(dataDir), 1);
  });
  afterAll(async () => {
    await builder.close();
    spawnSync('umount', [disk]);
    rmSync(disk, { recursive: true, force: true });
  });

  it.each([
    0, 4_096, 8_192, 16_384, 40_960,
  ])('with %i bytes left, a publish fails as DISK_FULL or goes through, and the old snapshot serves until space is back', async (leave) => {
    const before = await readNs(builder, openStore(dataDir));
    const free = fill(leave);
    const next = (before[0] ?? 0) + 1;
    const error = await publish(builder, openStore(dataDir), next).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (error) expect(isDiskFull(error), String(error)).toBe(true);
    // Where nothing fits, nothing goes through.
    if (leave === 0) expect(error).not.toBeNull();
    expect(await readNs(builder, openStore(dataDir))).toEqual(error ? before : [next]);
    free();
    await publish(builder, openStore(dataDir), next + 1);
    expect(await readNs(builder, openStore(dataDir))).toEqual([next + 1]);
    await openStore(dataDir).sweep({ keep: 1, graceMs: 0 });
  });

  it('ends a relation that does not fit as DISK_FULL, and takes its half file away', async () => {
    const candidate = await openStore(dataDir).beginCandidate();
    const writing = candidate.writeRelation(builder, {
      layer: 'gold',
      name: 'large',
      select: 'select md5(i::varchar) as x from range(1000000) t(i)',
    });
    await expect(writing).rejects.toMatchObject({ code: 'DISK_FULL', isRetryable: true });
    await candidate.discard();
    await publish(builder, openStore(dataDir), 500);
    expect(await readNs(builder, openStore(dataDir))).toEqual([500]);
  });

  it('lets a server open its stores, and a sweep take its lease, in what was kept aside', async () => {
    const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir, GROOVELAKE_ROLE: 'serve', PORT: '0' });
    await prepareDataDir(dataDir);
    await (await openServerStores(config)).close();
    const parts = { config, clock: systemClock };
    const free = fill(0);
    expect(await withPublishLease('sweep', parts, async () => 'swept')).toBe('swept');
    expect(existsSync(join(dataDir, 'reserve'))).toBe(false);
    free();
    await prepareDataDir(dataDir);
    const again = fill(0);
    try {
      const stores = await withReserve(dataDir, () => openServerStores(config));
      await stores.close();
    } finally {
      again();
    }
  });

  it('lets a sweep take its lease where too little room is left to keep any aside', async () => {
    const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir });
    await prepareDataDir(dataDir);
    await releaseReserve(dataDir);
    const free = fill(400_000);
    try {
      const parts = { config, clock: systemClock };
      expect(await withPublishLease('sweep', parts, async () => 'swept')).toBe('swept');
    } finally {
      free();
    }
  });

  it('ends a statement whose temporary files do not fit as DISK_FULL, and the engine goes on', async () => {
    const spilling = await db(join(disk, 'tmp'));
    try {
      const sort =
        'select count(*) from (select md5(i::varchar) as x, repeat(x, 4) as y from range(2000000) t(i) order by y limit 1900000)';
      await expect(spilling.all(sort)).rejects.toMatchObject({ code: 'DISK_FULL' });
      expect(await spilling.all('select 42 as n')).toEqual([{ n: 42 }]);
    } finally {
      await spilling.close();
    }
  });
});
