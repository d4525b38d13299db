// What a failing server or network does to the stores: each kind of fault hits each command in turn, until one lies beyond the
// last; then it stays for longer than we try. The fake counts, and keeps what was done.
import { createHash } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { isGroovelakeError } from '../../../src/errors.ts';
import type { ApiKey } from '../../../src/store/access/access-store.ts';
import { createMongoAccess } from '../../../src/store/access/mongodb.ts';
import type { Delivery } from '../../../src/store/deliveries/delivery-store.ts';
import { createMongoDeliveries } from '../../../src/store/deliveries/mongodb.ts';
import type { LandedDocument, LandingStore } from '../../../src/store/landing/landing-store.ts';
import { createMongoLanding } from '../../../src/store/landing/mongodb.ts';
import { type Mongo, openMongo } from '../../../src/store/mongo/connection.ts';
import { migrate } from '../../../src/store/mongo/migrations.ts';
import { createMongoRuns } from '../../../src/store/runs/mongodb.ts';
import type { RunStore } from '../../../src/store/runs/run-store.ts';
import { type Fault, startWireMongo, type WireMongo } from '../../fixtures/wire-mongo/server.ts';

const SEED = 20_261_126;
export const FAULTS: readonly Fault[] = [
  'drop before',
  'drop after',
  'truncate',
  'silence',
  'not primary',
  'write concern',
];
const SILENCE_MS = 100;
const GIVE_UP_MS = 1_000;

export async function openWire(isReplicaSet: boolean): Promise<{ server: WireMongo; mongo: Mongo }> {
  const server = await startWireMongo({ isReplicaSet });
  const config = readConfig({
    MONGODB_URI: server.uri,
    GROOVELAKE_MONGODB_TIMEOUT_MS: String(GIVE_UP_MS),
    GROOVELAKE_MONGODB_SILENCE_MS: String(SILENCE_MS),
  });
  const mongo = await openMongo(config, { random: seededRandomness(SEED) });
  await migrate(mongo);
  return {
    server,
    mongo: {
      ...mongo,
      close: async () => {
        await mongo.close();
        await server.close();
      },
    },
  };
}

/** A connection of a process that is killed after so many calls. */
export function dyingAfter(mongo: Mongo, calls: number): Mongo {
  let left = calls;
  return {
    ...mongo,
    call: async (work) => {
      if (left === 0) throw new Error('killed');
      left -= 1;
      return mongo.call(work);
    },
  };
}

export const document = (n: number, body = `{"n":${n}}`): LandedDocument => ({
  source: 'spotify',
  kind: 'track',
  id: `id-${n}`,
  fetchedAt: n,
  body,
});

const KEY: ApiKey = {
  id: 'k1',
  name: 'test',
  scope: 'read',
  accountId: null,
  hash: '0'.repeat(64),
  createdAt: 1,
  createdBy: 'test',
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
};
const DELIVERY: Delivery = {
  id: 'd1',
  messageId: 'm1',
  url: 'https://example.test',
  type: 'run.failed',
  body: '{}',
  state: 'PENDING',
  tries: 0,
  createdAt: 1,
  nextAt: 1,
  lastError: null,
};

const GROUPS = [[0, 1, 2, 3], [3, 4, 5], [6]].map((group) => group.map((n) => document(n)));
const EXPECTED = [...new Map(GROUPS.flat().map((one) => [one.id, one])).values()];

async function land(landing: LandingStore, acknowledged: (documents: readonly LandedDocument[]) => void) {
  await landing.openBatch({ id: 'b', source: 'spotify', runId: 'r', openedAt: 1 });
  for (const group of GROUPS) {
    await landing.land('b', group);
    acknowledged(group);
  }
  return landing.sealBatch('b', 9);
}

export async function readAll(landing: LandingStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of landing.readBatch('b', 'track', 3)) ids.push(...page.map(({ id }) => id));
  return ids;
}

/** SHA-256 over the documents in key order, as landing-store.ts defines it. */
function expectedHash(): string {
  const hash = createHash('sha256');
  for (const { source, kind, id, body } of EXPECTED) {
    hash.update(`${source}\0${kind}\0${id}\0${createHash('sha256').update(body).digest('hex')}\n`);
  }
  return hash.digest('hex');
}

export const RUN = { pipeline: 'REFRESH', trigger: 'CLI', parameters: { top: 1 }, createdAt: 1_000 } as const;
export const event = (message: string) =>
  ({ at: 1, level: 'INFO', type: 'log', step: null, message, data: { a: 1 } }) as const;

/** A run from its creation to its end, with everything a worker does. */
async function work(runs: RunStore): Promise<string> {
  const { run, wasCreated } = await runs.createRun(RUN, ['crawl']);
  expect(wasCreated).toBe(true);
  const claimed = await runs.claimRun(run.id, { id: 'w', now: 2_000, leaseMs: 1_000 });
  expect(claimed).toMatchObject({ status: 'RUNNING', fence: 1 });
  const claim = { runId: run.id, fence: 1 };
  await runs.updateStep(claim, { name: 'crawl', status: 'RUNNING' });
  await runs.appendEvent(run.id, event('one'));
  await runs.heartbeat(claim, { now: 2_500, leaseMs: 1_000 });
  await runs.setCheckpoint(claim, { 'a.b': 1, $c: 2 });
  await runs.appendEvent(run.id, event('two'));
  await runs.updateStep(claim, { name: 'crawl', status: 'SUCCEEDED', rowsOut: 5 });
  expect(await runs.finishRun(claim, { status: 'SUCCEEDED', at: 3_000 })).toMatchObject({ endedAt: 3_000 });
  return run.id;
}

/** Runs the work with the fault at command 0, 1, ... until the work needs fewer commands. Answers with how many were hit. */
async function sweep(
  isReplicaSet: boolean,
  fault: Fault,
  round: (server: WireMongo, mongo: Mongo) => Promise<void>,
): Promise<number> {
  const { server, mongo } = await openWire(isReplicaSet);
  onTestFinished(() => mongo.close());
  for (let at = 0; ; at++) {
    server.engine.clear();
    const began = server.commands.length;
    server.script(fault, at);
    await round(server, mongo);
    if (at >= server.commands.length - began) return at;
  }
}

/** @param isReplicaSet a primary of one, where the driver repeats a write once by itself; else every repetition is ours */
export function describeFaults(faults: readonly Fault[], isReplicaSet: boolean): void {
  it.each(
    faults,
  )('lands every document once and lets its body go, whichever command meets "%s"', async (fault) => {
    const hit = await sweep(isReplicaSet, fault, async (server, mongo) => {
      const landing = createMongoLanding(mongo);
      const stored = () =>
        server.engine.collection('landing_documents').docs.map(({ _id }) => (_id as LandedDocument).id);
      const sealed = await land(landing, (group) => {
        expect(stored()).toEqual(expect.arrayContaining(group.map(({ id }) => id)));
      });
      expect(sealed).toMatchObject({ contentHash: expectedHash(), sealedAt: 9 });
      expect(sealed.counts).toEqual([{ source: 'spotify', kind: 'track', documents: EXPECTED.length }]);
      expect(stored().sort()).toEqual(EXPECTED.map(({ id }) => id));
      expect(await readAll(landing)).toEqual(EXPECTED.map(({ id }) => id));
      await landing.releaseBodies('b', 11);
      expect(await landing.findBatch('b')).toMatchObject({ releasingSince: 11, isReleased: true });
      const bodies = server.engine.collection('landing_documents').docs.map(({ body }) => body);
      expect(bodies).toEqual(EXPECTED.map(() => ''));
    });
    expect(hit).toBeGreaterThan(15);
  });

  it.each(
    faults,
  )('makes every move of a run once, with its events, whichever command meets "%s"', async (fault) => {
    const hit = await sweep(isReplicaSet, fault, async (server, mongo) => {
      const runs = createMongoRuns(mongo);
      const id = await work(runs);
      expect(await runs.findRun(id)).toMatchObject({ status: 'SUCCEEDED', checkpoint: { 'a.b': 1, $c: 2 } });
      expect(await runs.listSteps([id])).toMatchObject([{ status: 'SUCCEEDED', rowsOut: 5 }]);
      const events = await runs.listEvents(id, { after: 0, first: 99 });
      expect(events.map(({ sequence, type, message }) => [sequence, type, message])).toEqual([
        [1, 'run.queued', 'REFRESH queued'],
        [2, 'run.started', 'attempt 1 began'],
        [3, 'log', 'one'],
        [4, 'log', 'two'],
        [5, 'run.finished', 'SUCCEEDED'],
      ]);
      expect(server.engine.collection('runs').docs).toHaveLength(1);
    });
    expect(hit).toBeGreaterThan(25);
  });

  it.each(
    faults,
  )('keeps keys, audit entries and deliveries once, whichever command meets "%s"', async (fault) => {
    const hit = await sweep(isReplicaSet, fault, async (server, mongo) => {
      const access = createMongoAccess(mongo);
      const deliveries = createMongoDeliveries(mongo);
      const entry = { at: 1, actor: 'test', scope: 'admin', action: 'a', input: { 'a.b': 1 } } as const;
      await access.saveKey(KEY);
      expect(await access.revokeKey(KEY.id, 7)).toMatchObject({ revokedAt: 7 });
      for (const sequence of [1, 2]) {
        expect(await access.beginAudit(entry)).toBe(sequence);
        await access.endAudit(sequence, { outcome: 'done', runId: null });
      }
      expect(await access.listAudit({ first: 9 })).toMatchObject([
        { sequence: 2, outcome: 'done' },
        { sequence: 1, outcome: 'done' },
      ]);
      await deliveries.enqueue([DELIVERY, { ...DELIVERY, id: 'd2' }]);
      const wanted = { urls: [DELIVERY.url], leaseMs: 100, first: 9 };
      const taken = await deliveries.take(10, wanted);
      // One whose answer was lost is due again when its lease is over.
      const again = await deliveries.take(110 - (taken.length === 2 ? 1 : 0), wanted);
      expect(new Set([...taken, ...again].map(({ id }) => id))).toEqual(new Set(['d1', 'd2']));
      await deliveries.settle('d1', { state: 'DELIVERED', tries: 1, nextAt: 0, lastError: null });
      await deliveries.setMark('m', 'v');
      expect([await deliveries.getMark('m'), await deliveries.countByState()]).toMatchObject([
        'v',
        { PENDING: 1, DELIVERED: 1 },
      ]);
      const counts = ['api_keys', 'audit_log', 'deliveries'].map(
        (n) => server.engine.collection(n).docs.length,
      );
      expect(counts).toEqual([1, 2, 2]);
    });
    expect(hit).toBeGreaterThan(20);
  });

  it.each(
    faults,
  )('gives up on "%s" that stays with an error that says to try again, and recovers', async (fault) => {
    const { server, mongo } = await openWire(isReplicaSet);
    onTestFinished(() => mongo.close());
    const landing = createMongoLanding(mongo);
    await landing.openBatch({ id: 'b', source: 'spotify', runId: 'r', openedAt: 1 });
    // The first command of land() only reads, which a majority that does not confirm cannot fail.
    server.script(fault, 0, Number.POSITIVE_INFINITY);
    const error = await landing.land('b', [document(1)]).catch((thrown: unknown) => thrown);
    expect(isGroovelakeError(error) && [error.code, error.isRetryable]).toEqual(['STORE', true]);
    server.script(fault, 0, 0);
    expect(await landing.land('b', [document(1), document(2)])).toBeDefined();
    expect((await landing.sealBatch('b', 5)).counts).toMatchObject([{ documents: 2 }]);
  });
}
