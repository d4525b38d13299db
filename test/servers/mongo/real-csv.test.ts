import { afterAll, beforeAll, describe } from 'vitest';
import { describeRealCsv } from '../../end-to-end/real-csv-suite.ts';
import { isMongoHere, patientEnvironment, startMongo, type TestServer } from './server.ts';

describe.skipIf(!isMongoHere)('MONGODB_URI', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startMongo();
  });
  afterAll(() => server.stop());

  describeRealCsv('on MongoDB', () => patientEnvironment(server));
});
