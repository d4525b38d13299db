import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { GroovelakeError } from '../../../src/errors.ts';
import { silentLog } from '../../../src/log.ts';
import { FILE_ROWS, listBronzeFiles } from '../../../src/pipeline/bronze/bronze-files.ts';
import { importStep } from '../../../src/pipeline/import/import.ts';
import { executeRun } from '../../../src/pipeline/runs/execute-run.ts';
import type { Batch, LandedDocument, LandingStore } from '../../../src/store/landing/landing-store.ts';
import { openSqliteLanding } from '../../../src/store/landing/sqlite.ts';
import type { Run, RunStore, TriggerKind } from '../../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';
import { fileOf, HEADER, rowOf, writeCsv } from '../../sources/files/csv-files.ts';

interface Importer {
  readonly dataDir: string;
  readonly landing: LandingStore;
  readonly runs: RunStore;
  run(files: readonly string[], how?: How): Promise<Run>;
  retry(run: Run): Promise<Run>;
  messages(run: Run): Promise<string[]>;
  /** Documents of sealed batches, as readers see them. */
  sealed(): Promise<LandedDocument[]>;
}

interface How {
  readonly trigger?: TriggerKind;
  readonly landing?: Partial<LandingStore>;
  readonly force?: boolean;
}

function openImporter(env: Readonly<Record<string, string>> = {}): Importer {
  const dataDir = makeTempFolder();
  mkdirSync(join(dataDir, 'inbox'));
  const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir, GROOVELAKE_STEP_RETRIES: '0', ...env });
  const clock = createVirtualClock();
  const random = seededRandomness(5);
  const runs = openSqliteRuns(':memory:', seededRandomness(1));
  const landing = openSqliteLanding(':memory:');
  onTestFinished(async () => {
    await landing.close();
    await runs.close();
  });
  const execute = async (run: Run, change: Partial<LandingStore> = {}): Promise<Run> => {
    const claimed = await runs.claimRun(run.id, { id: 'w', now: clock.now(), leaseMs: config.leaseMs });
    if (!claimed) throw new Error(`run ${run.id} cannot be claimed`);
    const ended = await executeRun(claimed, {
      config,
      clock,
      random,
      log: silentLog,
      runs,
      landing: { ...landing, ...change },
      snapshots: createSnapshotStore({ dataDir, clock, random }),
      steps: [importStep],
    });
    if (!ended) throw new Error('overtaken');
    return ended;
  };
  return {
    dataDir,
    landing,
    runs,
    run: async (files, { trigger = 'CLI', landing: change, force = false } = {}) => {
      clock.step(1_000);
      const parameters = force ? { files, force } : { files };
      const request = { pipeline: 'IMPORT', trigger, parameters, createdAt: clock.now() } as const;
      const { run } = await runs.createRun(request, ['import']);
      return execute(run, change);
    },
    retry: async (run) => {
      const queued = await runs.requeueRun(run.id, { at: clock.now(), keepFinishedSteps: true });
      if (!queued) throw new Error(`run ${run.id} cannot be retried`);
      return execute(queued);
    },
    messages: async (run) =>
      (await runs.listEvents(run.id, { after: 0, first: 100 })).map(({ message }) => message),
    sealed: async () => {
      const found: LandedDocument[] = [];
      for (const batch of await landing.listBatches({ sealed: true })) {
        for (const kind of ['dataset_row', 'malformed_row'] as const) {
          for await (const page of landing.readBatch(batch.id, kind)) found.push(...page);
        }
      }
      return found;
    },
  };
}

/** A store whose nth landing fails. */
function failAt(landing: LandingStore, nth: number, error: Error): Partial<LandingStore> {
  let calls = 0;
  return {
    land: (batchId, documents) => {
      calls += 1;
      return calls === nth ? Promise.reject(error) : landing.land(batchId, documents);
    },
  };
}

const manyRows = (count: number) => Array.from({ length: count }, (_, at) => rowOf(`track${at}`));

describe('importStep: a good file', () => {
  it('lands every row verbatim under its number, in one sealed batch named by the content', async () => {
    const importer = openImporter();
    const run = await importer.run([fileOf(rowOf('a', { track_name: '"Don""t, stop"' }), rowOf('b'))]);
    expect(run.status).toBe('SUCCEEDED');
    const rows = await importer.sealed();
    expect(rows.map(({ id, source, kind }) => [id, source, kind])).toEqual([
      ['1', 'tidytuesday', 'dataset_row'],
      ['2', 'tidytuesday', 'dataset_row'],
    ]);
    expect(JSON.parse(rows[0]?.body ?? '')).toMatchObject({ track_id: 'a', track_name: 'Don"t, stop' });
    const [batch] = await importer.landing.listBatches();
    expect(batch?.id).toMatch(/^import-tidytuesday-[0-9a-f]{16}$/);
  });

  it('is known again by its content, under another name too, and adds nothing', async () => {
    const importer = openImporter();
    const content = `${HEADER}\n${rowOf('a')}\n`;
    await importer.run([writeCsv(content, 'one.csv')]);
    const again = await importer.run([writeCsv(content, 'other.csv')]);
    expect(again.status).toBe('SKIPPED');
    expect(await importer.sealed()).toHaveLength(1);
    expect(await importer.messages(again)).toContainEqual(expect.stringContaining('imported before'));
  });

  it('lands beside a malformed row, which is kept with its line and reason, and both are counted', async () => {
    const importer = openImporter();
    const run = await importer.run([fileOf(rowOf('a'), 'only,three,cells', rowOf('b'))]);
    expect(run.status).toBe('SUCCEEDED');
    const [malformed] = (await importer.sealed()).filter(({ kind }) => kind === 'malformed_row');
    expect(JSON.parse(malformed?.body ?? '')).toMatchObject({ line: 3, text: 'only,three,cells' });
    expect((await importer.messages(run)).join('\n')).toContain(
      '3 rows read, 2 landed, 1 malformed; 1 because',
    );
  });

  it('is looked at before any other lands: one wrong name costs nothing', async () => {
    const importer = openImporter();
    const run = await importer.run([fileOf(rowOf('a')), '/no/such/file.csv']);
    expect(run).toMatchObject({ status: 'FAILED' });
    expect(run.error?.message).toMatch(/"\/no\/such\/file.csv" does not exist/);
    expect(await importer.landing.listBatches()).toEqual([]);
  });
});

describe('importStep: a file that was imported before another one of its data set', () => {
  it('says that the later one holds, and with force lands once more, after it', async () => {
    const importer = openImporter();
    const [right, wrong] = [
      fileOf(rowOf('a')),
      writeCsv(`${HEADER}\n${rowOf('a', { tempo: '1' })}\n`, 'wrong.csv'),
    ];
    for (const file of [right, wrong]) await importer.run([file]);
    const again = await importer.run([right]);
    expect(again.status).toBe('SKIPPED');
    expect((await importer.messages(again)).join('\n')).toMatch(
      /imported before, and "wrong.csv" after it: where both name a track, the later one holds.*--force/,
    );
    expect((await importer.run([right], { force: true })).status).toBe('SUCCEEDED');
    const batches = await importer.landing.listBatches({ sealed: true });
    const [first, , third] = batches.map(({ id }) => id);
    expect(third).toBe(`${first}-take2`);
    const [ofFirst, ofThird] = [0, 2].map((at) => {
      const { id = '', source = '' } = batches[at] ?? {};
      const counts = [{ source, kind: 'dataset_row', documents: 3 * FILE_ROWS }] as const;
      return listBronzeFiles({ id, counts } as unknown as Batch);
    });
    expect(ofFirst).toHaveLength(3);
    expect(ofThird?.filter((path) => ofFirst?.includes(path))).toEqual([]);
    expect((await importer.sealed()).map(({ fetchedAt }) => fetchedAt)).toEqual(
      batches.map(({ openedAt }) => openedAt),
    );
    // Now it is the last one, and once more it is what landed.
    expect((await importer.messages(await importer.run([right]))).join('\n')).toContain('nothing new');
    expect((await importer.run([wrong], { force: true })).status).toBe('SUCCEEDED');
    expect(await importer.landing.listBatches({ sealed: true })).toHaveLength(4);
  });

  it('says that it was withdrawn, and minds no later one that was', async () => {
    const importer = openImporter();
    const [right, wrong] = [fileOf(rowOf('a')), fileOf(rowOf('b'))];
    for (const file of [right, wrong]) await importer.run([file]);
    const [, second] = await importer.landing.listBatches();
    await importer.landing.withdrawBatch(second?.id ?? '', 1);
    const say = async (file: string) => (await importer.messages(await importer.run([file]))).join('\n');
    expect(await say(right)).toContain('imported before: nothing new');
    expect(await say(wrong)).toContain(`was withdrawn: "groovelake batches restore ${second?.id}"`);
  });

  it('is landed once by a forced run that is tried again, though it is named twice', async () => {
    const importer = openImporter();
    const file = fileOf(rowOf('a'));
    await importer.run([file]);
    const failed = await importer.run([file, writeCsv(`${HEADER}\n${rowOf('a')}\n`, 'same.csv')], {
      force: true,
      landing: failAt(importer.landing, 1, new Error('gone')),
    });
    expect(failed.status).toBe('FAILED');
    expect((await importer.retry(failed)).status).toBe('SUCCEEDED');
    expect(await importer.landing.listBatches()).toHaveLength(2);
  });
});

describe('importStep: interrupted', () => {
  it('leaves nothing to be read, and a retry of the run completes it without doubles', async () => {
    const importer = openImporter();
    const file = fileOf(...manyRows(5_000));
    const failed = await importer.run([file], {
      landing: failAt(importer.landing, 3, new Error('the machine was switched off')),
    });
    expect(failed.status).toBe('FAILED');
    expect(await importer.sealed()).toEqual([]);
    expect((await importer.retry(failed)).status).toBe('SUCCEEDED');
    expect(new Set((await importer.sealed()).map(({ id }) => id)).size).toBe(5_000);
  });

  it('is begun anew by another run, so that every row says which run landed it', async () => {
    const importer = openImporter();
    const file = fileOf(...manyRows(3_000));
    await importer.run([file], { landing: failAt(importer.landing, 2, new Error('killed')) });
    const second = await importer.run([file]);
    expect(second.status).toBe('SUCCEEDED');
    const [batch] = await importer.landing.listBatches({ sealed: true });
    expect(batch?.runId).toBe(second.id);
    expect(await importer.sealed()).toHaveLength(3_000);
  });

  it('by a full disk says after how many rows, that nothing was published, and what to do', async () => {
    const importer = openImporter();
    const full = new GroovelakeError('DISK_FULL', 'database or disk is full');
    const run = await importer.run([fileOf(...manyRows(3_000))], {
      landing: failAt(importer.landing, 2, full),
    });
    expect(run.status).toBe('FAILED');
    expect(run.error?.message).toMatch(
      /disk is full after 3000 rows of ".*songs.csv"\. Nothing .* published\. Free space/,
    );
    expect(await importer.sealed()).toEqual([]);
  });

  it('by a change of the file refuses what it read, and keeps none of it', async () => {
    const importer = openImporter();
    const file = fileOf(...manyRows(12_000));
    let calls = 0;
    const run = await importer.run([file], {
      landing: {
        land: (batchId, documents) => {
          calls += 1;
          if (calls === 1) appendFileSync(file, `${rowOf('late')}\n`);
          return importer.landing.land(batchId, documents);
        },
      },
    });
    expect(run.error?.message).toMatch(/was changed while it was read; a file at rest is expected/);
    expect(await importer.landing.listBatches()).toEqual([]);
  });
});

describe('importStep: a bad file', () => {
  it('gives up after the malformed rows that are accepted, with examples, and keeps none of it', async () => {
    const importer = openImporter({ GROOVELAKE_IMPORT_MAX_REJECTS: '2' });
    const run = await importer.run([fileOf(rowOf('a'), 'x', 'y', 'z', rowOf('b'))]);
    expect(run.status).toBe('FAILED');
    expect(run.error?.message).toMatch(
      /has 3 malformed rows among the first 4; at most 2 are accepted \(line 3: .*GROOVELAKE_IMPORT_MAX_REJECTS/,
    );
    expect(await importer.landing.listBatches()).toEqual([]);
  });

  it('of which no row can be read fails rather than landing nothing', async () => {
    const run = await openImporter().run([fileOf('x', 'y')]);
    expect(run.error?.message).toMatch(/has no row that can be read: all its 2 rows malformed/);
  });

  it.each([
    '/etc/hostname',
    '../runs.sqlite',
    'songs.csv',
    '.',
  ])('named "%s" by the API is refused unless it lies in the inbox', async (name) => {
    const importer = openImporter();
    const run = await importer.run([name], { trigger: 'MUTATION' });
    expect(run.error?.message).toContain(`"${name}" is no file of the inbox`);
  });

  it('that lies in the inbox is imported by its name', async () => {
    const importer = openImporter();
    writeFileSync(join(importer.dataDir, 'inbox', 'songs.csv'), `${HEADER}\n${rowOf('a')}\n`);
    expect((await importer.run(['songs.csv'], { trigger: 'MUTATION' })).status).toBe('SUCCEEDED');
    expect(await importer.sealed()).toHaveLength(1);
  });
});
