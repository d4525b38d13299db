import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { batchesCommand } from '../../src/cli/batches.ts';
import type { Command } from '../../src/cli/command.ts';
import { snapshotsCommand } from '../../src/cli/snapshots.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { openSqliteLanding } from '../../src/store/landing/sqlite.ts';
import { openPublisher } from '../fixtures/published.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = makeTempFolder();
});

async function run(command: Command, ...words: string[]) {
  const lines: string[] = [];
  const errors: string[] = [];
  const terminal = {
    line: (text: string) => lines.push(text),
    error: (text: string) => errors.push(text),
    status: () => {},
  } as unknown as Terminal;
  const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir });
  const code = await command.run({ words, config, terminal, log: silentLog });
  return { code, lines, errors };
}

/** Seals batches of one track, a second apart; the last ones are withdrawn. */
async function land(ids: readonly string[], withdrawn: readonly string[] = []) {
  const landing = openSqliteLanding(join(dataDir, 'landing.sqlite'));
  for (const [at, id] of ids.entries()) {
    const source = 'spotify';
    await landing.openBatch({ id, source, runId: 'r', openedAt: at, note: { file: `${id}.csv` } });
    const track = { id: `3c${at}`.padEnd(22, 'x'), name: id };
    const body = JSON.stringify({ ...track, artists: [{ id: '1a0'.padEnd(22, 'x'), name: 'One' }] });
    await landing.land(id, [{ source, kind: 'track', id: track.id, fetchedAt: 1, body }]);
    await landing.sealBatch(id, at * 1_000);
  }
  for (const id of withdrawn) await landing.withdrawBatch(id, 60_000);
  await landing.close();
}

describe('groovelake batches', () => {
  it('lists sealed batches, newest first, with file and documents, and what is withdrawn', async () => {
    await land(['a', 'b'], ['b']);
    expect((await run(batchesCommand)).lines).toEqual([
      '  b  1970-01-01T00:00:01.000Z  1 documents, "b.csv", withdrawn 1970-01-01T00:01:00.000Z',
      '  a  1970-01-01T00:00:00.000Z  1 documents, "a.csv"',
    ]);
    const [asJson = ''] = (await run(batchesCommand, '--json')).lines;
    expect(JSON.parse(asJson)).toMatchObject([
      { id: 'b', file: 'b.csv', isServed: false, withdrawnAt: '1970-01-01T00:01:00.000Z' },
      {
        id: 'a',
        status: 'SEALED',
        openedAt: '1970-01-01T00:00:00.000Z',
        counts: [{ source: 'spotify', kind: 'track', documents: 1 }],
        withdrawnAt: null,
      },
    ]);
  });

  it.each([['withdraw'], ['remove', 'a']])('refuses "%s" with what is expected', async (...words) => {
    await expect(run(batchesCommand, ...words)).rejects.toThrow(`does not know "${words.join(' ')}"`);
  });

  it('refuses --accept-loss where nothing is built', async () => {
    await expect(run(batchesCommand, '--accept-loss')).rejects.toMatchObject({ field: 'accept-loss' });
  });

  it('withdraws and restores by a run that builds', { timeout: 60_000 }, async () => {
    // Of the worker, which is a process of its own.
    vi.stubEnv('GROOVELAKE_DATA_DIR', dataDir);
    onTestFinished(() => void vi.unstubAllEnvs());
    await land(['a', 'b']);
    const withdrawn = await run(batchesCommand, 'withdraw', 'b');
    expect([withdrawn.code, withdrawn.lines.join('\n')]).toEqual([
      0,
      expect.stringMatching(/TRANSFORM .* SUCCEEDED/),
    ]);
    const list = async () => JSON.parse((await run(batchesCommand, '--json')).lines.join(''));
    expect(await list()).toMatchObject([
      { id: 'b', isServed: false, withdrawnAt: expect.any(String) },
      { id: 'a', isServed: true, withdrawnAt: null },
    ]);
    const restored = await run(batchesCommand, 'restore', 'b', '--json');
    expect(JSON.parse(restored.lines.join(''))).toMatchObject({ parameters: { restore: ['b'] } });
    expect(await list()).toMatchObject([{ id: 'b', isServed: true, withdrawnAt: null }, { id: 'a' }]);

    // Whoever goes back to a snapshot that holds what has been withdrawn is told that it does not last.
    await land(['c'], ['b']);
    const [both] = JSON.parse((await run(snapshotsCommand, '--json')).lines.join(''));
    expect((await run(snapshotsCommand, '--rollback', both.id)).errors).toEqual([
      expect.stringContaining('brings back what this snapshot lacks: c ("c.csv").'),
      'groovelake: the next run that publishes leaves out what this snapshot holds and has been withdrawn: b ("b.csv"). What is to stay: groovelake batches restore b',
    ]);
  });
});

describe('groovelake snapshots --rollback', () => {
  it('says which batches the next publish brings back, those that are withdrawn aside', async () => {
    const publisher = await openPublisher(dataDir);
    const first = await publisher.publish({ 'gold.tracks': 'select 1 as n' });
    await publisher.publish({ 'gold.tracks': 'select 2 as n' });
    await publisher.close();
    expect(await run(snapshotsCommand, '--rollback', first.id)).toEqual({
      code: 0,
      lines: [`CURRENT names snapshot ${first.id}, published ${first.publishedAt}`],
      errors: [],
    });
    await land(['a', 'b', 'c', 'd', 'e', 'f', 'wrong'], ['wrong']);
    const { errors } = await run(snapshotsCommand, '--rollback', first.id);
    expect(errors).toEqual([
      'groovelake: the next run that publishes brings back what this snapshot lacks: f ("f.csv"), e ("e.csv"), d ("d.csv"), c ("c.csv"), b ("b.csv") and 1 more ("groovelake batches" lists them). What is to stay out: groovelake batches withdraw f',
    ]);
  });
});
