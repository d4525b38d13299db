import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness, systemClock } from '../../../src/clock.ts';
import { holdAccount } from '../../../src/pipeline/listening/account-lease.ts';
import { forgetAccount } from '../../../src/pipeline/listening/forget-account.ts';
import { createApiKey, findApiKey } from '../../../src/store/access/api-keys.ts';
import { openSqliteAccess } from '../../../src/store/access/sqlite.ts';
import { openSqliteDeliveries } from '../../../src/store/deliveries/sqlite.ts';
import {
  createAccount,
  listAccountIds,
  listeningFolder,
  openAccount,
} from '../../../src/store/listening/accounts.ts';
import { PIPELINE_STEPS } from '../../../src/store/runs/pipelines.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { createVirtualClock, type VirtualClock } from '../../fixtures/virtual-clock.ts';
import { makePlay, openListeningFixture } from '../../store/listening/listening-fixture.ts';

const [ANNA, BERT] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'];
const EXPORT = '/home/anna/anna_spotify_data.zip';

/** Every byte of every file under a folder, write-ahead logs too, by path. */
function readAll(folder: string): [path: string, text: string][] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => [path, readFileSync(path, 'latin1')]);
}

/** The stores of a server that goes on running: nothing is tidied up by closing them. */
function openStores(dataDir: string, clock = systemClock) {
  const random = seededRandomness(3);
  const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'), random);
  const access = openSqliteAccess(join(dataDir, 'access.sqlite'));
  const deliveries = openSqliteDeliveries(join(dataDir, 'deliveries.sqlite'));
  onTestFinished(async () => {
    await runs.close();
    await access.close();
    await deliveries.close();
  });
  return { dataDir, runs, access, deliveries, clock, random };
}
type Stores = ReturnType<typeof openStores>;

async function startRun({ runs }: Stores, parameters: Record<string, unknown>) {
  const { run } = await runs.createRun(
    { pipeline: 'HISTORY', trigger: 'CLI', parameters, createdAt: 1 },
    PIPELINE_STEPS.HISTORY.steps,
  );
  const claimed = await runs.claimRun(run.id, { id: 'w', now: 1, leaseMs: 1e9 });
  if (!claimed) throw new Error('not claimed');
  return { runId: run.id, fence: claimed.fence };
}

/** A run that names the export wherever a run can name anything. */
async function importAnna(stores: Stores, parameters: Record<string, unknown>): Promise<string> {
  const { runs } = stores;
  const claim = await startRun(stores, parameters);
  const error = { code: 'INPUT', message: `"${EXPORT}" of Anna Example`, isRetryable: false, step: 'plays' };
  await runs.setProgress(claim, { done: 1, total: 2, message: EXPORT });
  const event = { at: 1, level: 'INFO', type: 'log', step: 'plays', message: EXPORT, data: { EXPORT } };
  for (let n = 0; n < 40; n++) await runs.appendEvent(claim.runId, event as never);
  await runs.updateStep(claim, { name: 'plays', status: 'RUNNING' });
  await runs.updateStep(claim, {
    name: 'plays',
    status: 'FAILED',
    rowsIn: 7,
    error: { ...error, hint: null },
  });
  await runs.finishRun(claim, { status: 'FAILED', at: 5, error: { ...error, hint: EXPORT } });
  return claim.runId;
}

const PLAYED = 'played-by-her-alone';

/** A scheduled run that could not fetch what somebody played: whose it is, it does not say. */
async function oweTrack(stores: Stores): Promise<void> {
  const claim = await startRun(stores, {});
  await stores.runs.setCheckpoint(claim, { wanted: [PLAYED] });
  await stores.runs.finishRun(claim, { status: 'PARTIAL', at: 5, error: null });
}

/** A scheduled run that polled everybody and had to say something of one of them. */
async function pollAll(stores: Stores, id: string): Promise<string> {
  const claim = await startRun(stores, {});
  const event = { at: 1, level: 'WARN', type: 'plays.gap', step: 'plays', data: null } as const;
  await stores.runs.appendEvent(claim.runId, { ...event, message: `Account ${id}: plays may be missed` });
  await stores.runs.finishRun(claim, { status: 'PARTIAL', at: 5, error: null });
  return claim.runId;
}

async function openAnna() {
  const { dataDir } = await openListeningFixture(
    [makePlay({ trackName: 'A song nobody else knows', artistName: 'Somebody unheard of' })],
    {},
    ANNA,
  );
  await createAccount(dataDir, { id: BERT, spotifyAccountId: 'person-b', displayName: 'Bert', createdAt: 1 });
  const file = await openAccount(dataDir, ANNA);
  file.replaceTokens('v1.sealed-tokens-of-a', 0);
  file.saveAccount({ id: ANNA, spotifyAccountId: 'person-a', displayName: 'Anna Example', createdAt: 1 });
  file.close();
  const stores = openStores(dataDir);
  const { access, clock, random } = stores;
  const makeKey = async (name: string, accountId: string | null) =>
    createApiKey(
      access,
      { name, scope: 'read', accountId, createdBy: 'command line' },
      { now: clock.now(), random },
    );
  const anna = await makeKey('listening of Anna Example', ANNA);
  const others = [await makeKey('of Bert', BERT), await makeKey('dashboard', null)];
  const audit = async (actor: string, action: string, input: unknown) => {
    const sequence = await access.beginAudit({ at: 1, actor, scope: 'read', action, input });
    await access.endAudit(sequence, { outcome: 'done', runId: null });
  };
  await audit(`key:${anna.key.id} ${anna.key.name}`, 'cancelRun', { runId: 'r' });
  await audit('command line', 'createApiKey', { name: anna.key.name, accountId: ANNA });
  await audit('command line', 'triggerPipeline', { parameters: { account: ANNA, exports: [EXPORT] } });
  await audit('command line', 'triggerPipeline', { parameters: { exports: [EXPORT] } });
  await audit('command line', 'triggerPipeline', { parameters: { account: BERT, exports: ['b.zip'] } });
  const parameters = { account: ANNA, exports: [EXPORT] };
  await audit('command line', 'updateSchedule', { pipeline: 'HISTORY', parameters, reason: 'Anna Example' });
  await stores.runs.saveSchedule({
    pipeline: 'HISTORY',
    cron: '0 4 * * *',
    timeZone: 'UTC',
    isEnabled: true,
    missedTicks: 'SKIP',
    overlap: 'SKIP',
    jitterSeconds: 0,
    nextDueAt: 9,
    parameters,
    origin: 'stored',
    updatedAt: 1,
    reason: 'asked for by Anna Example',
  });
  const run = await importAnna(stores, { account: ANNA, exports: [EXPORT] });
  const unnamed = await importAnna(stores, { exports: [EXPORT] });
  await oweTrack(stores);
  const polls = [await pollAll(stores, ANNA), await pollAll(stores, BERT)];
  // As versions noted it that knew no digest.
  await stores.runs.setSourceState('spotify', 'family:me', { key: `account ${ANNA}`, requests: 7 });
  await stores.runs.acquireLease(`listening ${ANNA}`, 'somebody', 1, 1_000);
  return { ...stores, anna, others, ids: [run, unnamed], polls };
}

/** Lets time pass until the work is over, however long the disk takes in between. */
async function passUntil(clock: VirtualClock, work: Promise<unknown>): Promise<void> {
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  work.then(end, end);
  while (!isOver) {
    await clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('forgetting an account', () => {
  it('leaves nothing of it in any file: not in its folder, not in keys, audit log and runs', async () => {
    const { dataDir, ids, polls, ...stores } = await openAnna();
    const found = (trace: string) =>
      readAll(dataDir).filter(([path, text]) => path.includes(trace) || text.includes(trace));
    const traces = ['person-a', 'Anna Example', 'sealed-tokens-of-a', EXPORT, PLAYED];
    for (const trace of traces) expect([trace, found(trace).length > 0]).toEqual([trace, true]);

    expect(await forgetAccount({ dataDir, ...stores }, ANNA)).toEqual({
      keys: 1,
      runs: 4,
      isUnscheduled: true,
      leftInLogs: [],
    });

    for (const trace of [...traces, 'nobody else knows', 'anna'])
      expect([trace, found(trace).map(([path]) => path)]).toEqual([trace, []]);
    // What stays says that somebody was there, not who: the audit log has the id, which is nobody's any more.
    expect(
      found(ANNA)
        .map(([path]) => path.slice(dataDir.length + 1))
        .filter((name) => !/^access\.sqlite/.test(name)),
    ).toEqual([]);
    expect(await stores.runs.getSourceState('spotify', 'family:me')).toEqual({ key: '', requests: 7 });
    const said = await Promise.all(polls.map((id) => stores.runs.listEvents(id, { after: 0, first: 9 })));
    expect(said.map((events) => events.some(({ type }) => type === 'plays.gap'))).toEqual([false, true]);
    expect(await stores.runs.findSchedule('HISTORY')).toMatchObject({
      isEnabled: false,
      nextDueAt: null,
      parameters: {},
      reason: null,
    });
    const run = await stores.runs.findRun(ids[0] ?? '');
    expect(run).toMatchObject({ status: 'FAILED', parameters: { forgotten: true } });
  });

  it('is done, with names and schedule, beside a backup that reads on: that is left in a log, and said', async () => {
    const parts = await openAnna();
    const reader = new DatabaseSync(join(parts.dataDir, 'runs.sqlite'), { readOnly: true });
    onTestFinished(() => {
      if (reader.isOpen) reader.close();
    });
    reader.exec('begin');
    reader.prepare('select * from runs').all();
    expect(await forgetAccount(parts, ANNA)).toMatchObject({
      isUnscheduled: true,
      leftInLogs: [expect.stringMatching(/removed from ".*runs\.sqlite" still stands in its log/)],
    });
    expect(await parts.runs.getSourceState('spotify', 'family:me')).toEqual({ key: '', requests: 7 });
    expect(readdirSync(listeningFolder(parts.dataDir, ANNA))).toEqual([]);
    expect(await listAccountIds(parts.dataDir)).toEqual([ANNA, BERT]);
    reader.close();
    expect((await forgetAccount(parts, ANNA)).leftInLogs).toEqual([]);
    expect(await listAccountIds(parts.dataDir)).toEqual([BERT]);
    expect(readAll(parts.dataDir).filter(([, text]) => text.includes(EXPORT))).toEqual([]);
  }, 20_000);

  it('is asked for again where it was interrupted, though its plays are gone already', async () => {
    const parts = await openAnna();
    const { removeLeases } = parts.runs;
    parts.runs.removeLeases = () => Promise.reject(new Error('killed'));
    await expect(forgetAccount(parts, ANNA)).rejects.toThrow('killed');
    expect(readdirSync(listeningFolder(parts.dataDir, ANNA))).toEqual([]);
    Object.assign(parts.runs, { removeLeases });
    await forgetAccount(parts, ANNA);
    expect(await listAccountIds(parts.dataDir)).toEqual([BERT]);
    expect(readAll(parts.dataDir).filter(([, text]) => text.includes(`listening ${ANNA}`))).toEqual([]);
  });

  it('takes its key away, and nobody else’s', async () => {
    const { anna, others, ...parts } = await openAnna();
    await forgetAccount(parts, ANNA);
    expect(await findApiKey(parts.access, anna.text, Date.now())).toBeNull();
    for (const { key, text } of others)
      expect(await findApiKey(parts.access, text, Date.now())).toMatchObject({ name: key.name });
    const audit = await parts.access.listAudit({ first: 99 });
    expect(audit.map(({ actor }) => actor)).toContain(`key:${anna.key.id}`);
    expect(audit.find(({ input }) => JSON.stringify(input)?.includes('b.zip'))).toBeDefined();
  });

  it('is told to no webhook any more, and neither is what its runs said', async () => {
    const { ids, ...parts } = await openAnna();
    const notice = (id: string, data: object) => ({
      id,
      messageId: id,
      url: 'https://example.test/',
      type: 'x',
      body: JSON.stringify(data),
      state: 'PENDING' as const,
      tries: 0,
      createdAt: 1,
      nextAt: 1,
      lastError: null,
    });
    await parts.deliveries.enqueue([
      notice(`login.ends-${ANNA}-soon`, { login: { accountId: ANNA } }),
      notice('failed', { run: { id: ids[0], error: { message: EXPORT } } }),
      notice(`login.ends-${BERT}-soon`, { login: { accountId: BERT } }),
    ]);
    await parts.deliveries.setMark(`${ANNA} was told`, 'soon');
    await forgetAccount(parts, ANNA);
    const wanted = { urls: ['https://example.test/'], leaseMs: 1, first: 9 };
    expect((await parts.deliveries.take(2, wanted)).map(({ id }) => id)).toEqual([`login.ends-${BERT}-soon`]);
    expect(await parts.deliveries.getMark(`${ANNA} was told`)).toBeNull();
    const outbox = readAll(parts.dataDir).filter(([path]) => path.includes('deliveries.sqlite'));
    expect(outbox.filter(([, text]) => text.includes(ANNA) || text.includes(EXPORT))).toEqual([]);
  });

  it('leaves the other account whole', async () => {
    const parts = await openAnna();
    await forgetAccount(parts, ANNA);
    expect(await listAccountIds(parts.dataDir)).toEqual([BERT]);
    expect(readdirSync(listeningFolder(parts.dataDir, BERT))).toContain('listening.sqlite');
  });

  it('removes what an interrupted removal left, which has no database', async () => {
    const stores = openStores(makeTempFolder());
    const derived = join(listeningFolder(stores.dataDir, ANNA), 'derived');
    mkdirSync(derived, { recursive: true });
    writeFileSync(join(derived, 'plays.parquet'), 'plays');
    await forgetAccount(stores, ANNA);
    expect(await listAccountIds(stores.dataDir)).toEqual([]);
  });

  it('waits for whoever is at work on the account', async () => {
    const clock = createVirtualClock();
    const stores = openStores(makeTempFolder(), clock);
    const account = { id: ANNA, spotifyAccountId: null, displayName: '', createdAt: 1 };
    await createAccount(stores.dataDir, account);
    const order: string[] = [];
    let finish = () => {};
    const working = holdAccount(stores, ANNA, async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      order.push('worked');
    });
    const forgetting = forgetAccount(stores, ANNA).then(() => order.push('forgotten'));
    await clock.advance(45_000);
    finish();
    await working;
    await passUntil(clock, forgetting);
    expect(order).toEqual(['worked', 'forgotten']);
  });

  it('cancels a run about it first, and forgets nothing while that does not end', async () => {
    const clock = createVirtualClock();
    const stores = openStores(makeTempFolder(), clock);
    await createAccount(stores.dataDir, {
      id: ANNA,
      spotifyAccountId: null,
      displayName: '',
      createdAt: 1,
    });
    const claim = await startRun(stores, { account: ANNA, exports: [EXPORT] });
    const forgetting = forgetAccount(stores, ANNA);
    const refused = expect(forgetting).rejects.toThrow(/does not end though it was cancelled/);
    await passUntil(clock, refused);
    await refused;
    expect((await stores.runs.findRun(claim.runId))?.status).toBe('CANCELLING');
    expect(await listAccountIds(stores.dataDir)).toEqual([ANNA]);
    await stores.runs.finishRun(claim, { status: 'CANCELLED', at: clock.now() });
    await forgetAccount(stores, ANNA);
    expect((await stores.runs.findRun(claim.runId))?.parameters).toEqual({ forgotten: true });
  });

  it('says when there is no such account, and touches nothing outside', async () => {
    const { dataDir } = await openListeningFixture([makePlay({})]);
    const stores = openStores(dataDir);
    await expect(forgetAccount(stores, 'cccccccccccc')).rejects.toThrow(/no account "cccccccccccc"/);
    await expect(forgetAccount(stores, '../gold')).rejects.toThrow(/no account/);
    expect(readdirSync(dataDir)).toContain('gold');
  });
});

describe('a token that was replaced', () => {
  it('is overwritten', async () => {
    const { dataDir } = await openListeningFixture([makePlay({})]);
    const file = await openAccount(dataDir, 'sandbox');
    expect(file.replaceTokens('v1.the-first-token', 0)).toBe(true);
    expect(file.replaceTokens('v1.another', 0)).toBe(false);
    expect(file.replaceTokens('v1.the-second-token', 1)).toBe(true);
    expect(file.findTokens()).toEqual({ sealed: 'v1.the-second-token', version: 2 });
    file.close();
    expect(
      readFileSync(join(listeningFolder(dataDir, 'sandbox'), 'listening.sqlite'), 'latin1'),
    ).not.toContain('the-first-token');
  });
});
