import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';
import { createMongoRuns } from '../../../src/store/runs/mongodb.ts';
import { describeRunStore } from '../../store/runs/run-store-contract.ts';
import { describeRunStoreModel } from '../../store/runs/run-store-model.ts';
import { isMongoHere, openTestMongo, startMongo, type TestServer } from './server.ts';

describe.skipIf(!isMongoHere)('on MongoDB', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startMongo();
  });
  afterAll(() => server.stop());

  describeRunStore('MongoDB', async () => {
    const mongo = await openTestMongo(server);
    onTestFinished(() => mongo.close());
    return createMongoRuns(mongo);
  });

  describeRunStoreModel(
    'MongoDB',
    async () => {
      const mongo = await openTestMongo(server);
      return { store: createMongoRuns(mongo), close: () => mongo.close() };
    },
    { sequences: 20, timeoutMs: 600_000 },
  );
});
