import { afterAll, beforeAll, describe } from 'vitest';
import { createMongoDeliveries } from '../../../src/store/deliveries/mongodb.ts';
import { describeDeliveryStore } from '../../store/deliveries/delivery-store-contract.ts';
import { isMongoHere, startMongo, type TestServer } from './server.ts';
import { openTwoTestMongos } from './two-connections.ts';

describe.skipIf(!isMongoHere)('on MongoDB', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startMongo();
  });
  afterAll(() => server.stop());

  describeDeliveryStore('MongoDB', async () => {
    const [one, two] = await openTwoTestMongos(server);
    return [createMongoDeliveries(one), createMongoDeliveries(two)];
  });
});
