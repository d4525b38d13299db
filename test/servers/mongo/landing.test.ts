import { afterAll, beforeAll, describe } from 'vitest';
import { createMongoLanding } from '../../../src/store/landing/mongodb.ts';
import { describeLandingStore } from '../../store/landing/landing-store-contract.ts';
import { isMongoHere, openTestMongo, startMongo, type TestServer } from './server.ts';

describe.skipIf(!isMongoHere)('on MongoDB', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startMongo();
  });
  afterAll(() => server.stop());

  describeLandingStore('MongoDB', async () => {
    const mongo = await openTestMongo(server);
    return { store: createMongoLanding(mongo), close: () => mongo.close() };
  });
});
