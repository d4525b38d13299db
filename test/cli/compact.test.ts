import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { compactCommand } from '../../src/cli/compact.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { openRunStore } from '../../src/store/open-stores.ts';
import { takePublishLease } from '../../src/store/runs/publish-lease.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';
import { openPublisher } from '../pipeline/build/publish-harness.ts';
import { makeFirstBatch, seeded } from '../pipeline/build/random-landing.ts';

async function run(dataDir: string, ...words: string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const out = {
    write: (part: string) => {
      text += part;
    },
  };
  const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir });
  const code = await compactCommand.run({
    words,
    config,
    terminal: createTerminal(out, out),
    log: silentLog,
  });
  return { code, text };
}

it('compact lets no body go without a life for them, from the configuration or the line', async () => {
  const dataDir = makeTempFolder();
  const bronze = '0 bronze files have become 0; 0 that others hold were removed, 0 wait for their time\n';
  expect(await run(dataDir)).toEqual({
    code: 0,
    text: `landed bodies stay: no life is set for them (GROOVELAKE_KEEP_LANDED_DAYS, --days)\n${bronze}`,
  });
  await expect(run(dataDir, '--days', '0')).rejects.toThrow(/--days is "0"; 1 and more is expected/);
  await expect(run(dataDir, '--days', 'many')).rejects.toThrow(/--days is "many"/);
  expect(await run(dataDir, '--days', '1')).toEqual({
    code: 0,
    text: `0 bodies of 0 batches have left the landing store; bronze holds them\n${bronze}`,
  });
});

it('compact makes few bronze files of many, says first which, and is refused while a run publishes', async () => {
  const publisher = await openPublisher();
  onTestFinished(() => publisher.close());
  const { dataDir } = publisher;
  const artist = (id: string) =>
    ({ source: 'spotify', kind: 'artist', id, fetchedAt: 1, body: '{}' }) as const;
  await publisher.addBatch('first', makeFirstBatch(seeded(2)));
  for (let at = 0; at < 31; at++) await publisher.addBatch(`a${at}`, [artist(`x${at}`)]);
  await publisher.publish();
  await publisher.addBatch('last', [artist('y')]);
  await publisher.publish();
  const bronze = join(dataDir, 'bronze/kind=artist/source=spotify');
  // A publish merges what the one before it had: a file is lost here, so that there is something left to do.
  const merged = readdirSync(bronze).filter((name) => name.startsWith('merged-'));
  expect(merged).toHaveLength(1);
  rmSync(join(bronze, merged[0] ?? ''));
  expect((await run(dataDir, '--dry-run')).text).toContain(
    '32 bronze files would become 1; 0 that others hold would be',
  );
  expect(readdirSync(bronze)).toHaveLength(33);
  const runs = await openRunStore(readConfig({ GROOVELAKE_DATA_DIR: dataDir }));
  const lease = await takePublishLease(runs, 'another', systemClock);
  await expect(run(dataDir)).rejects.toThrow(/What is published is held by another\. Wait/);
  await lease?.release();
  await runs.close();
  expect((await run(dataDir)).text).toContain(
    '32 bronze files have become 1; 0 that others hold were removed, 0 wait',
  );
  expect((await run(dataDir, '--dry-run')).text).toContain(
    '0 bronze files would become 0; 0 that others hold would be removed, 32 wait',
  );
  expect(readdirSync(bronze)).toEqual(expect.arrayContaining(merged));
}, 240_000);

it('compact says first what would go, then lets it go, and has nothing more to do', async () => {
  const publisher = await openPublisher();
  onTestFinished(() => publisher.close());
  await publisher.addBatch('batch-0', makeFirstBatch(seeded(1)));
  await publisher.publish();
  expect((await run(publisher.dataDir, '--days', '1')).text).toContain('0 bodies of 0 batches');
  await publisher.publish({ force: true });
  const asked = await run(publisher.dataDir, '--days', '1', '--dry-run');
  expect(asked.text).toMatch(/^[1-9]\d* bodies of 1 batches would leave the landing store/);
  expect(await publisher.landing.findBatch('batch-0')).toMatchObject({ isReleased: false });
  const done = JSON.parse((await run(publisher.dataDir, '--days', '1', '--json')).text);
  expect(done).toMatchObject({ dryRun: false, days: 1, moved: [{ batchId: 'batch-0' }], kept: [] });
  expect(await publisher.landing.findBatch('batch-0')).toMatchObject({ isReleased: true });
  expect((await run(publisher.dataDir, '--days', '1')).text).toContain('0 bodies of 0 batches');
}, 240_000);
