import { afterAll, beforeAll, describe } from 'vitest';
import { createMongoAccess } from '../../../src/store/access/mongodb.ts';
import { describeAccessStore } from '../../store/access/access-store-contract.ts';
import { isMongoHere, startMongo, type TestServer } from './server.ts';
import { openTwoTestMongos } from './two-connections.ts';

describe.skipIf(!isMongoHere)('on MongoDB', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startMongo();
  });
  afterAll(() => server.stop());

  describeAccessStore('MongoDB', async () => {
    const [one, two] = await openTwoTestMongos(server);
    return [createMongoAccess(one), createMongoAccess(two)];
  });
});
