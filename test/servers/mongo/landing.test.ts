import { afterAll, beforeAll, describe, expect } from 'vitest';
import { createMongoLanding } from '../../../src/store/landing/mongodb.ts';
import { describeLandingStore } from '../../store/landing/landing-store-contract.ts';
import { dyingAfter } from '../../store/mongo/fault-sweep.ts';
import { isMongoHere, openTestMongo, startMongo, type TestServer } from './server.ts';

describe.skipIf(!isMongoHere)('on MongoDB', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startMongo();
  });
  afterAll(() => server.stop());

  describeLandingStore('MongoDB', [1, 2, 3, 4, 5, 6], async () => {
    const mongo = await openTestMongo(server);
    return {
      store: createMongoLanding(mongo),
      dieInSeal: async (batchId, calls) => {
        await expect(createMongoLanding(dyingAfter(mongo, calls)).sealBatch(batchId, 1_000)).rejects.toThrow(
          'killed',
        );
      },
      close: () => mongo.close(),
    };
  });
});
