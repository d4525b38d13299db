import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDataDir, removeDataDir, runProgram } from '../../end-to-end/process.ts';
import { describeSandbox } from '../../end-to-end/sandbox-suite.ts';
import { isMongoHere, patientEnvironment, startMongo, type TestServer } from './server.ts';

describe.skipIf(!isMongoHere)('MONGODB_URI', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startMongo();
  });
  afterAll(() => server.stop());
  const newEnv = () => patientEnvironment(server);
  describeSandbox('on MongoDB', newEnv);

  it('leaves no SQLite file of landing or runs in the data folder', async () => {
    const dataDir = await makeDataDir();
    const { code } = await runProgram(['runs'], { GROOVELAKE_DATA_DIR: dataDir, ...newEnv() });
    expect(code).toBe(0);
    expect(['landing.sqlite', 'runs.sqlite'].filter((file) => existsSync(join(dataDir, file)))).toEqual([]);
    await removeDataDir(dataDir);
  });

  it('says that no server answers, without the password, and ends with 1', async () => {
    const dataDir = await makeDataDir();
    const { code, output } = await runProgram(['start'], {
      GROOVELAKE_DATA_DIR: dataDir,
      MONGODB_URI: 'mongodb://someone:hunter2@127.0.0.1:9/groovelake',
      GROOVELAKE_MONGODB_TIMEOUT_MS: '500',
      PORT: '0',
    });
    await removeDataDir(dataDir);
    expect(code).toBe(1);
    expect(output).toMatch(/No MongoDB server that takes writes was found/);
    expect(output).not.toContain('hunter2');
  });
});
