import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { silentLog } from '../../../src/log.ts';
import { wantedStep } from '../../../src/pipeline/crawl/wanted.ts';
import { listeningStep } from '../../../src/pipeline/listening/listening.ts';
import { playsStep } from '../../../src/pipeline/listening/plays.ts';
import { executeRun } from '../../../src/pipeline/runs/execute-run.ts';
import type { Step } from '../../../src/pipeline/step.ts';
import { openSqliteLanding } from '../../../src/store/landing/sqlite.ts';
import {
  createAccount,
  listAccountIds,
  listeningFolder,
  openAccount,
} from '../../../src/store/listening/accounts.ts';
import { findDerivedPlays } from '../../../src/store/listening/derive.ts';
import type { Run, TriggerKind } from '../../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { localFiles } from '../../../src/store/snapshots/files.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import type { SnapshotStore } from '../../../src/store/snapshots/snapshot-store.ts';
import { createGoldFixture, type GoldFixture } from '../../fixtures/gold.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';
import { writeFolder, writeZip } from '../../sources/exports/export-files.ts';
import { extendedRow, oldRow, shortRow } from '../../sources/exports/export-rows.ts';

/** @param gold what is served; nothing unless stated, and nothing at first in any case */
function openImporter(gold: GoldFixture | null = null) {
  const dataDir = gold?.dataDir ?? makeTempFolder();
  const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir, GROOVELAKE_STEP_RETRIES: '0' });
  const clock = createVirtualClock();
  const random = seededRandomness(5);
  const runs = openSqliteRuns(':memory:', seededRandomness(1));
  const landing = openSqliteLanding(':memory:');
  onTestFinished(async () => {
    await landing.close();
    await runs.close();
  });
  let served = false;
  const publish = () => {
    served = true;
  };
  const run = async (
    exports: readonly string[] | null,
    parameters: object = {},
    steps: readonly Step[] = STEPS,
    trigger: TriggerKind = 'CLI',
  ): Promise<Run> => {
    const { run: created } = await runs.createRun(
      {
        pipeline: 'HISTORY',
        trigger,
        parameters: { ...(exports ? { exports } : {}), ...parameters },
        createdAt: clock.now(),
      },
      steps.map(({ name }) => name),
    );
    return execute(created, steps);
  };
  const retry = async ({ id }: Run): Promise<Run> => {
    const again = await runs.requeueRun(id, { at: clock.now(), keepFinishedSteps: true });
    if (!again) throw new Error('not to be retried');
    return execute(again, STEPS);
  };
  const execute = async ({ id }: Run, steps: readonly Step[]): Promise<Run> => {
    const claimed = await runs.claimRun(id, { id: 'w', now: clock.now(), leaseMs: config.leaseMs });
    if (!claimed) throw new Error('not claimed');
    const snapshots: SnapshotStore = {
      ...createSnapshotStore({ dataDir, clock, random }),
      ...(served && gold ? { readCurrent: async () => ({ manifest: gold.manifest, warnings: [] }) } : {}),
    };
    const parts = { config, clock, random, log: silentLog, runs, landing, snapshots };
    const ended = await executeRun(claimed, { ...parts, steps });
    if (!ended) throw new Error('overtaken');
    return ended;
  };
  const report = async (of: Run, wanted = 'listening.report') =>
    (await runs.listEvents(of.id, { after: 0, first: 100 })).flatMap(({ type, message }) =>
      type === wanted ? [message] : [],
    );
  const derived = async () => {
    const [id = ''] = await listAccountIds(dataDir);
    return findDerivedPlays(localFiles, listeningFolder(dataDir, id));
  };
  return { dataDir, run, retry, report, derived, publish };
}

const STEPS = [playsStep, listeningStep];
/** The plays land, and the attempt dies before anybody knows. */
const dying: readonly Step[] = [
  {
    name: 'plays',
    run: async (context) => {
      await playsStep.run(context);
      throw new Error('died');
    },
  },
  listeningStep,
];

const history = (rows: readonly unknown[]) => ({
  'Streaming_History_Audio_2023_1.json': JSON.stringify(rows),
});
const at = (minute: number) => `2023-05-01T10:${String(minute).padStart(2, '0')}:00Z`;

describe('importing an export', () => {
  it('reports what became of every row, and it adds up', async () => {
    const { run, report, derived } = openImporter();
    const rows = [
      extendedRow({ ts: at(1) }),
      extendedRow({ ts: at(1) }),
      extendedRow({ ts: at(5), spotify_track_uri: null, master_metadata_track_name: 'Never heard of' }),
      extendedRow({ ts: at(9), spotify_episode_uri: 'spotify:episode:x', spotify_track_uri: null }),
      extendedRow({ ts: at(9), audiobook_uri: 'spotify:show:x', spotify_track_uri: null }),
      extendedRow({ ts: 'yesterday' }),
    ];
    const ended = await run([writeFolder(history(rows))]);
    expect(ended.status).toBe('SUCCEEDED');
    expect(await report(ended)).toEqual([
      expect.stringMatching(
        /: 6 rows read = 1 plays \+ 1 podcasts \+ 1 audiobooks \+ 1 duplicates \+ 1 unresolved \+ 1 rejected$/,
      ),
    ]);
    expect(await derived()).toMatchObject({ plays: 2 });
  });

  it('again, or another that overlaps it, adds what is new and calls the rest duplicates', async () => {
    const { run, report, derived } = openImporter();
    const first = history([extendedRow({ ts: at(1) }), extendedRow({ ts: at(5) })]);
    await run([writeFolder(first)]);
    const again = await run([await writeZip(first)]);
    expect(await report(again)).toEqual([expect.stringMatching(/2 rows read = 0 plays .* 2 duplicates/)]);
    await run([writeFolder(history([extendedRow({ ts: at(5) }), extendedRow({ ts: at(9) })]))]);
    expect(await derived()).toMatchObject({ plays: 3 });
  });

  it('merges the short history with the extended one, whichever comes first', async () => {
    const { run, derived } = openImporter();
    await run([writeFolder({ 'StreamingHistory_music_0.json': JSON.stringify([shortRow()]) })]);
    await run([writeFolder(history([extendedRow({ ts: '2023-05-01T10:00:42Z' })]))]);
    expect(await derived()).toMatchObject({ plays: 1 });
  });

  it('is SUCCEEDED when plays landed and the catalogue lacks none of their tracks', async () => {
    const { run } = openImporter();
    const path = writeFolder(history([extendedRow({ ts: at(1) })]));
    const ended = await run([path], {}, [playsStep, listeningStep, wantedStep]);
    expect(ended).toMatchObject({ status: 'SUCCEEDED', error: null });
    expect((await run(null, {}, [playsStep, listeningStep, wantedStep])).status).toBe('SKIPPED');
  });

  it('is matched anew by the next run when a snapshot has brought its tracks', async () => {
    const gold = await createGoldFixture({
      artists: [{ artist_id: 'rush', name: 'Rush' }],
      tracks: [{ track_id: '0'.repeat(22), name: 'Limelight', artists: ['rush'] }],
    });
    onTestFinished(gold.remove);
    const { run, derived, publish } = openImporter(gold);
    const row = shortRow({ artistName: 'Rush', trackName: 'Limelight' });
    await run([writeFolder({ 'StreamingHistory_music_0.json': JSON.stringify([row]) })]);
    const unresolved = async () =>
      Object.values((await derived())?.batches ?? {}).map((batch) => batch.unresolved);
    expect(await unresolved()).toEqual([1]);
    publish();
    expect((await run(null)).status).toBe('SUCCEEDED');
    expect(await unresolved()).toEqual([0]);
  });

  it('is merged though what figures are made of cannot be written, which is said once', async () => {
    const gold = await createGoldFixture({ tracks: [{ track_id: '0'.repeat(22), tempo: 120 }] });
    onTestFinished(gold.remove);
    for (const { name, files } of gold.manifest.relations)
      if (name === 'audio_features')
        for (const { path } of files) writeFileSync(join(gold.dataDir, path), '');
    const { dataDir, run, report, derived, publish } = openImporter(gold);
    publish();
    const ended = await run([writeFolder(history([extendedRow({ ts: at(1) })]))]);
    expect(ended).toMatchObject({ status: 'SUCCEEDED', error: null });
    expect(await report(ended, 'listening.figures')).toEqual([expect.stringMatching(/takes longer/)]);
    const facts = await derived();
    expect(facts).toMatchObject({ plays: 1, heard: null });
    const [id = ''] = await listAccountIds(dataDir);
    expect(readdirSync(join(listeningFolder(dataDir, id), 'derived', facts?.version ?? ''))).toEqual([
      'plays.parquet',
    ]);
    expect((await run(null)).status).toBe('SKIPPED');
  });

  it('is landed once by a run that died when it had landed, and its report still adds up', async () => {
    const { dataDir, run, retry, report, derived } = openImporter();
    const path = writeFolder(history([extendedRow({ ts: at(1) }), extendedRow({ ts: 'yesterday' })]));
    const died = await run([path], {}, dying);
    expect(died.status).toBe('FAILED');
    const again = await retry(died);
    expect(again).toMatchObject({ status: 'SUCCEEDED', error: null });
    expect(await report(again)).toEqual([expect.stringMatching(/2 rows read = 1 plays .* 1 rejected$/)]);
    expect(await derived()).toMatchObject({ plays: 1 });
    const [id = ''] = await listAccountIds(dataDir);
    expect(readdirSync(join(listeningFolder(dataDir, id), 'landed'))).toHaveLength(1);
  });

  it('is read from where a schedule of the configuration says, and unpacked from the inbox', async () => {
    const { dataDir, run, derived } = openImporter();
    const scheduled = await run(
      [await writeZip(history([extendedRow({ ts: at(1) })]))],
      {},
      STEPS,
      'SCHEDULE',
    );
    expect(scheduled).toMatchObject({ status: 'SUCCEEDED', error: null });
    cpSync(writeFolder(history([extendedRow({ ts: at(5) })])), join(dataDir, 'inbox', 'my_data'), {
      recursive: true,
    });
    expect(await run(['my_data'], {}, STEPS, 'MUTATION')).toMatchObject({ status: 'SUCCEEDED' });
    expect(await derived()).toMatchObject({ plays: 2 });
  });

  it('removes what an import left that died half way', async () => {
    const { dataDir, run } = openImporter();
    await run([writeFolder(history([extendedRow({ ts: at(1) })]))]);
    const [id = ''] = await listAccountIds(dataDir);
    const landed = join(listeningFolder(dataDir, id), 'landed');
    writeFileSync(join(landed, 'export-20260101-000000-00000000-0-0000.parquet'), 'half');
    await run([writeFolder(history([extendedRow({ ts: at(5) })]))]);
    expect(readdirSync(landed)).toHaveLength(2);
    expect(readdirSync(landed).join()).not.toContain('20260101');
  });

  it.each([
    ['no name in the inbox', () => 'etc/passwd', /"etc\/passwd" is no file or folder of the inbox/],
    ['a file that is none', () => join(writeFolder({ 'notes.txt': 'x' }), 'notes.txt'), /notes.txt/],
  ])('of %s is refused, and makes nobody an account', async (_title, name, message) => {
    const { run, dataDir } = openImporter();
    const ended = await run([name()]);
    expect(ended).toMatchObject({ status: 'FAILED', error: { message: expect.stringMatching(message) } });
    expect(await listAccountIds(dataDir)).toEqual([]);
  });

  it('of two people is refused, and nothing of it stays', async () => {
    const { dataDir, run } = openImporter();
    const ended = await run([
      writeFolder({ 'endsong_0.json': JSON.stringify([oldRow(), oldRow({ username: 'another' })]) }),
    ]);
    expect(ended.status).toBe('FAILED');
    expect(ended.error?.message).toMatch(/mixes the exports of two people/);
    const [id = ''] = await listAccountIds(dataDir);
    const account = await openAccount(dataDir, id);
    expect(account.listBatches()).toEqual([]);
    account.close();
    expect(readdirSync(join(listeningFolder(dataDir, id), 'landed'))).toEqual([]);
  });

  it('of another person than the one before is refused, and what the account has stays', async () => {
    const { dataDir, run, derived } = openImporter();
    const exportOf = (username: string, minute: number) =>
      writeFolder({ 'endsong_0.json': JSON.stringify([oldRow({ username, ts: at(minute) })]) });
    expect((await run([exportOf('anna', 1)])).status).toBe('SUCCEEDED');
    const ended = await run([exportOf('bob', 5)]);
    expect(ended.status).toBe('FAILED');
    expect(ended.error?.message).toMatch(
      /another user than the account's exports so far.*accounts create NAME.*--account ID/,
    );
    expect((await run([exportOf('anna', 9)])).status).toBe('SUCCEEDED');
    expect(
      (await run([writeFolder(history([extendedRow({ ts: at(12), username: undefined })]))])).status,
    ).toBe('SUCCEEDED');
    expect(await derived()).toMatchObject({ plays: 3 });
    const written = readdirSync(dataDir, { recursive: true, encoding: 'utf8' })
      .map((name) => join(dataDir, name))
      .filter((path) => statSync(path).isFile())
      .map((path) => readFileSync(path, 'latin1'))
      .join('');
    expect(written).not.toMatch(/anna|bob/);
  });

  it('of another person beside one that is fine is left out, and said', async () => {
    const { run, derived, report } = openImporter();
    const exportOf = (username: string) =>
      writeFolder({ 'endsong_0.json': JSON.stringify([oldRow({ username, ts: at(1) })]) });
    const ended = await run([exportOf('anna'), exportOf('bob')]);
    expect(ended).toMatchObject({ status: 'PARTIAL', error: null });
    expect(await report(ended, 'plays.refused')).toEqual([expect.stringMatching(/another user/)]);
    expect(await derived()).toMatchObject({ plays: 1 });
  });

  it('of a file that was cut off is PARTIAL and names the file, until the whole one is imported', async () => {
    const { dataDir, run, retry, report, derived } = openImporter();
    const rows = Array.from({ length: 9 }, (_, n) => extendedRow({ ts: at(n) }));
    const whole = history(rows);
    const [name = '', text = ''] = Object.entries(whole)[0] ?? [];
    const cut = await run([
      writeFolder({
        [name]: text.slice(0, text.length / 3),
        'endsong_0.json': JSON.stringify([oldRow({ ts: '2019-01-01T00:00:00Z' })]),
      }),
    ]);
    expect(cut).toMatchObject({ status: 'PARTIAL', error: null });
    expect(await report(cut, 'plays.unread')).toEqual([
      expect.stringMatching(
        /the rest of "Streaming_History_Audio_2023_1.json" was not read, since the file ends in/,
      ),
    ]);
    expect(await report(cut)).toEqual([
      expect.stringMatching(
        /4 rows read = 4 plays .* 0 unresolved \+ 0 rejected; "Streaming_.*" was not read to its end$/,
      ),
    ]);
    expect(await report(cut, 'step.finished')).toContain(
      'plays PARTIAL: a file was not read to its end; import it again, whole',
    );
    const [id = ''] = await listAccountIds(dataDir);
    const account = await openAccount(dataDir, id);
    expect(account.listBatches()).toMatchObject([
      { note: { rows: 4, rejected: 0, unread: { [name]: 'the file ends in the middle' } } },
    ]);
    account.close();
    expect((await retry(cut)).status).toBe('PARTIAL');
    expect((await run([writeFolder(whole)])).status).toBe('SUCCEEDED');
    expect(await derived()).toMatchObject({ plays: 10 });
  });

  it('asks whose it is when several accounts are known', async () => {
    const { dataDir, run } = openImporter();
    for (const id of ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'])
      await createAccount(dataDir, { id, spotifyAccountId: null, displayName: 'Anna', createdAt: 1 });
    const path = writeFolder(history([extendedRow()]));
    const { error } = await run([path]);
    expect(error?.message).toMatch(/no account is named, and there are several; "groovelake accounts" lists/);
    expect(error?.message).toMatch(/"parameters\.account" in the API\)\.$/);
    expect(error?.message).not.toMatch(/aaaa|Anna/);
    expect((await run([path], { account: 'bbbbbbbbbbbb' })).status).toBe('SUCCEEDED');
  });

  it('writes nothing anywhere of what is personal beyond the listening', async () => {
    const { dataDir, run } = openImporter();
    await run([writeFolder({ 'endsong_0.json': JSON.stringify([oldRow(), extendedRow()]) })]);
    const files = readdirSync(dataDir, { recursive: true, encoding: 'utf8' })
      .map((name) => join(dataDir, name))
      .filter((path) => statSync(path).isFile());
    expect(files.length).toBeGreaterThan(2);
    const written = files.map((path) => readFileSync(path, 'latin1')).join('');
    expect(written).not.toMatch(/203\.0\.113\.7|Mozilla|somebody|GT-I9195/);
  });
});
