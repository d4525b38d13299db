// RELIABILITY c 38 in short; test/reliability/mongo-faults.test.ts has all kinds of faults, and a replica set too.
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMongoLanding } from '../../../src/store/landing/mongodb.ts';
import { createMongoRuns } from '../../../src/store/runs/mongodb.ts';
import { describeFaults, document, dyingAfter, event, openWire, RUN, readAll } from './fault-sweep.ts';

describe('on a standalone server', () => {
  describeFaults(['drop after', 'write concern'], false);
});

describe('of writers that meet', () => {
  it('replaces what another writer has inserted within the bulk, and lands the rest of it', async () => {
    const { server, mongo } = await openWire(false);
    onTestFinished(() => mongo.close());
    const landing = createMongoLanding(mongo);
    await landing.openBatch({ id: 'b', source: 'spotify', runId: 'r', openedAt: 1 });
    server.before('insert', (command) => {
      const [, rival] = command.documents as { _id: object }[];
      server.engine.collection('landing_documents').docs.push({ ...rival, body: 'of another' });
    });
    expect(
      await landing.land(
        'b',
        [1, 2, 3].map((n) => document(n)),
      ),
    ).toEqual({ landed: 2 });
    expect(await landing.findDocument({ batchId: 'b', ...document(2) })).toMatchObject({ body: '{"n":2}' });
    expect(await readAll(landing)).toEqual(['id-1', 'id-2', 'id-3']);
  });

  it('refuses a writer whose batch is sealed while it writes, and the seal stays true', async () => {
    const { server, mongo } = await openWire(false);
    onTestFinished(() => mongo.close());
    const landing = createMongoLanding(mongo);
    await landing.openBatch({ id: 'b', source: 'spotify', runId: 'r', openedAt: 1 });
    await landing.land('b', [document(1)]);
    let sealing: Promise<unknown> = Promise.resolve();
    // The late writer has looked and found the batch open; only then the other seals it to the end.
    const late = createMongoLanding(mongo);
    const gate = Promise.withResolvers<void>();
    const batches = mongo.db.collection('landing_batches');
    sealing = gate.promise.then(() => landing.sealBatch('b', 5));
    server.before('insert', () => {
      // As the seal leaves them.
      const { docs } = server.engine.collection('landing_documents');
      for (const doc of docs) doc.isSealed = true;
      Object.assign(server.engine.collection('landing_batches').docs[0] ?? {}, { sealedAt: 5, counts: [] });
    });
    await expect(late.land('b', [document(1, '"changed"'), document(2)])).rejects.toMatchObject({
      code: 'RUN_STATE',
    });
    gate.resolve();
    await sealing;
    expect(await batches.countDocuments({})).toBe(1);
    expect(await readAll(landing)).toEqual(['id-1']);
    expect(await landing.findDocument({ batchId: 'b', ...document(1) })).toMatchObject({ body: '{"n":1}' });
    expect(await landing.findDocument({ batchId: 'b', ...document(2) })).toBeNull();
  });

  it('seals to the end what another writer died in, whoever opens the batch again', async () => {
    const { mongo } = await openWire(false);
    onTestFinished(() => mongo.close());
    const landing = createMongoLanding(mongo);
    let calls = 0;
    for (let isSealed = false; !isSealed; calls++) {
      const id = `b${calls}`;
      const batch = { id, source: 'spotify', runId: 'r', openedAt: 1 };
      await landing.openBatch(batch);
      await landing.land(id, [document(1), document(2)]);
      isSealed = await createMongoLanding(dyingAfter(mongo, calls))
        .sealBatch(id, 5)
        .then(
          () => true,
          () => false,
        );
      // A run that goes on with it lands again what it finds open, and ends.
      const again = await landing.openBatch({ ...batch, openedAt: 7 });
      if (again.sealedAt === null) await landing.land(id, [document(2), document(3)]);
      const documents = again.sealedAt === null ? 3 : 2;
      expect((await landing.sealBatch(id, 9)).counts).toMatchObject([{ documents }]);
    }
    expect(calls).toBe(9);
  });

  it('delivers the events of a mover that died before it could, once', async () => {
    const { server, mongo } = await openWire(false);
    onTestFinished(() => mongo.close());
    const runs = createMongoRuns(mongo);
    const { run } = await runs.createRun(RUN, ['crawl']);
    const [kept] = server.engine.collection('runs').docs;
    const [delivered] = server.engine.collection('run_events').docs;
    // As it was between the move and the delivery, and as it was between the delivery and the clearing of the outbox.
    Object.assign(kept ?? {}, {
      outbox: [
        { key: '1.0', event: delivered?.event },
        { key: '1.1', event: delivered?.event },
      ],
    });
    await Promise.all([
      runs.listEvents(run.id, { after: 0, first: 9 }),
      runs.appendEvent(run.id, event('x')),
    ]);
    const events = await runs.listEvents(run.id, { after: 0, first: 9 });
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(events.filter(({ type }) => type === 'run.queued')).toHaveLength(2);
  });
});
