import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';
import { createMongoAccess } from '../../../src/store/access/mongodb.ts';
import { describeAccessStore } from '../../store/access/access-store-contract.ts';
import { isMongoHere, openTestMongo, startMongo, type TestServer } from './server.ts';

describe.skipIf(!isMongoHere)('on MongoDB', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startMongo();
  });
  afterAll(() => server.stop());

  describeAccessStore('MongoDB', async () => {
    const uri = server.newUri();
    const one = await openTestMongo(server, uri);
    const two = await openTestMongo(server, uri);
    onTestFinished(async () => {
      await one.close();
      await two.close();
    });
    return [createMongoAccess(one), createMongoAccess(two)];
  });
});
