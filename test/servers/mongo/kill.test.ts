// RELIABILITY c 1 on MongoDB: a process that lands is killed at random points until it comes through. What it had acknowledged is there after
// every kill, and at the end the batch is the source, each document once.
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import type { LandingStore } from '../../../src/store/landing/landing-store.ts';
import { createMongoLanding } from '../../../src/store/landing/mongodb.ts';
import { batchDocument } from './landing-documents.ts';
import { isMongoHere, openTestMongo, startMongo, type TestServer } from './server.ts';

const ROUNDS = 4 * Number(process.env.GROOVELAKE_TEST_ROUNDS ?? 1);
const SEED = Number(process.env.GROOVELAKE_TEST_SEED ?? 20_261_126);
const DOCUMENTS = 1_500;
const MOST_KILLS = 6;

/** Runs the child and kills it once it has acknowledged so many groups. Answers with what it said. @throws where anything else ends it */
async function runChild(
  uri: string,
  killAfter: number,
): Promise<{ acknowledged: string[]; isSealed: boolean; isKilled: boolean }> {
  const child = spawn(
    process.execPath,
    [new URL('./landing-child.ts', import.meta.url).pathname, String(DOCUMENTS)],
    { env: { ...process.env, MONGODB_URI: uri }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (said.split('\n').length > killAfter) child.kill('SIGKILL');
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.on('close', (...end) => resolve(end)),
  );
  const lines = said.split('\n').slice(0, -1);
  const isKilled = signal === 'SIGKILL';
  if (!isKilled) expect([code, signal, lines.at(-1)]).toEqual([0, null, 'sealed']);
  return {
    isKilled,
    acknowledged: lines.filter((line) => line !== 'sealed').flatMap((line) => line.split(' ')),
    isSealed: lines.includes('sealed'),
  };
}

async function readIds(landing: LandingStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of landing.readBatch('killed', 'track')) ids.push(...page.map(({ id }) => id));
  return ids;
}

describe.skipIf(!isMongoHere)(`a landing process that is killed (${ROUNDS} rounds, seed ${SEED})`, () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startMongo();
  });
  afterAll(() => server.stop());

  it('loses nothing it has acknowledged and doubles nothing', async () => {
    const random = seededRandomness(SEED);
    const expected = Array.from({ length: DOCUMENTS }, (_, n) => batchDocument(n).id);
    let kills = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const uri = server.newUri();
      const mongo = await openTestMongo(server, uri);
      const landing = createMongoLanding(mongo);
      const acknowledged = new Set<string>();
      for (let isSealed = false, tries = 0; !isSealed; tries++) {
        const killAfter = tries < MOST_KILLS ? 1 + Math.floor(random.next() * 40) : Number.POSITIVE_INFINITY;
        const outcome = await runChild(uri, killAfter);
        for (const id of outcome.acknowledged) acknowledged.add(id);
        ({ isSealed } = outcome);
        if (outcome.isKilled) kills++;
        expect(await readIds(landing)).toEqual(expect.arrayContaining([...acknowledged]));
      }
      expect(await readIds(landing)).toEqual(expected);
      expect((await landing.findBatch('killed'))?.counts).toEqual([
        { source: 'spotify', kind: 'track', documents: DOCUMENTS },
      ]);
      await mongo.close();
    }
    expect(kills).toBeGreaterThanOrEqual(Math.min(5, ROUNDS));
    console.log(`killed landing on MongoDB: seed ${SEED}, ${ROUNDS} rounds, ${kills} kills`);
  }, 600_000);
});
