import { expect, it, onTestFinished } from 'vitest';
import { compactCommand } from '../../src/cli/compact.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';
import { openPublisher } from '../pipeline/publish-harness.ts';
import { makeFirstBatch, seeded } from '../pipeline/random-landing.ts';

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

it('compact wants a life, from the configuration or the line', async () => {
  const dataDir = makeTempFolder();
  await expect(run(dataDir)).rejects.toThrow(
    /GROOVELAKE_KEEP_LANDED_DAYS or --days of 1 and more is expected/,
  );
  await expect(run(dataDir, '--days', 'many')).rejects.toThrow(/--days is "many"/);
  expect(await run(dataDir, '--days', '1')).toEqual({
    code: 0,
    text: '0 bodies of 0 batches have left the landing store; bronze holds them\n',
  });
});

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
