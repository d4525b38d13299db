// groovelake snapshots --sweep: what it names, what it removes, and that it changes what is published alone.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { snapshotsCommand } from '../../src/cli/snapshots.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { openRunStore } from '../../src/store/open-stores.ts';
import { takePublishLease } from '../../src/store/runs/publish-lease.ts';
import { sweepOptions } from '../../src/store/snapshots/sweep.ts';
import { openPublisher } from '../fixtures/published.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

let dataDir: string;
const configOf = (env: Record<string, string> = {}) => readConfig({ GROOVELAKE_DATA_DIR: dataDir, ...env });

async function run(...words: string[]) {
  const out: string[] = [];
  const errors: string[] = [];
  const terminal = createTerminal(
    { write: (text: string) => out.push(text) },
    { write: (text: string) => errors.push(text) },
  );
  const config = configOf({ GROOVELAKE_KEEP_SNAPSHOTS: '1', GROOVELAKE_SWEEP_GRACE_MINUTES: '0' });
  const code = await snapshotsCommand.run({ words, config, terminal, log: silentLog });
  return { code, out: out.join(''), errors: errors.join('') };
}

const listTracks = () =>
  readdirSync(join(dataDir, 'gold', 'tracks')).filter((name) => name.endsWith('.parquet'));

beforeEach(async () => {
  dataDir = makeTempFolder();
  const publisher = await openPublisher(dataDir);
  for (const n of [1, 2]) await publisher.publish({ 'gold.tracks': `select ${n} as n` });
  await publisher.close();
});

describe('groovelake snapshots --sweep', () => {
  it('names with --dry-run what it would remove, removes nothing, and needs no lease', async () => {
    const before = listTracks();
    expect(before).toHaveLength(2);
    const { code, out } = await run('--sweep', '--dry-run');
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}gold\/tracks\/.*\.parquet$/m);
    expect(out).toMatch(/files and folders \(.* MB\) would be removed/);
    expect(listTracks()).toEqual(before);
    expect(existsSync(join(dataDir, 'runs.sqlite'))).toBe(false);
  });

  it('removes what no kept snapshot needs', async () => {
    const { code, out } = await run('--sweep');
    expect([code, out]).toEqual([0, expect.stringMatching(/files and folders \(.* MB\) removed/)]);
    expect(listTracks()).toHaveLength(1);
    expect((await run()).out).toMatch(/^\* /);
  });

  it('is refused while somebody else changes what is published, and says who', async () => {
    const runs = await openRunStore(configOf());
    onTestFinished(() => runs.close());
    const lease = await takePublishLease(runs, '"groovelake compact" (process 1)', systemClock);
    await expect(run('--sweep')).rejects.toMatchObject({
      code: 'RUN_STATE',
      message: expect.stringContaining('groovelake compact'),
    });
    expect(listTracks()).toHaveLength(2);
    await lease?.release();
    await run('--sweep');
    expect(listTracks()).toHaveLength(1);
  });

  it('removes nothing where a manifest cannot be read, and names it', async () => {
    for (const name of readdirSync(join(dataDir, 'snapshots')))
      writeFileSync(join(dataDir, 'snapshots', name), '{');
    const { errors } = await run('--sweep');
    expect(errors).toMatch(/nothing is swept, as the manifest of ".*" cannot be read/);
    expect(listTracks()).toHaveLength(2);
  });
});

describe('sweepOptions(config)', () => {
  it('has what the settings say, in milliseconds', () => {
    const config = readConfig({
      GROOVELAKE_KEEP_SNAPSHOTS: '3',
      GROOVELAKE_SWEEP_GRACE_MINUTES: '2',
      GROOVELAKE_KEEP_QUARANTINE_DAYS: '4',
    });
    expect(sweepOptions(config)).toMatchObject({ keep: 3, graceMs: 120_000, quarantineMs: 345_600_000 });
  });
});
