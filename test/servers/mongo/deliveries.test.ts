import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';
import { createMongoDeliveries } from '../../../src/store/deliveries/mongodb.ts';
import { describeDeliveryStore } from '../../store/deliveries/delivery-store-contract.ts';
import { isMongoHere, openTestMongo, startMongo, type TestServer } from './server.ts';

describe.skipIf(!isMongoHere)('on MongoDB', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startMongo();
  });
  afterAll(() => server.stop());

  describeDeliveryStore('MongoDB', async () => {
    const uri = server.newUri();
    const one = await openTestMongo(server, uri);
    const two = await openTestMongo(server, uri);
    onTestFinished(async () => {
      await one.close();
      await two.close();
    });
    return [createMongoDeliveries(one), createMongoDeliveries(two)];
  });
});
