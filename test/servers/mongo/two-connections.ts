// A database of a test's own, seen by two: apart from server.ts, which benches use without a test runner.
import { onTestFinished } from 'vitest';
import type { Mongo } from '../../../src/store/mongo/connection.ts';
import { openTestMongo, type TestServer } from './server.ts';

/** Two connections to one new database, as two processes have them; closed when the test is over. */
export async function openTwoTestMongos(server: TestServer): Promise<[Mongo, Mongo]> {
  const uri = server.newUri();
  const one = await openTestMongo(server, uri);
  const two = await openTestMongo(server, uri);
  onTestFinished(async () => {
    await one.close();
    await two.close();
  });
  return [one, two];
}
