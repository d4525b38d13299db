// How many documents a second land, are sealed and are read again: the embedded store beside MongoDB, in turn, medians of ROUNDS rounds.
// MongoDB is the one GROOVELAKE_TEST_MONGODB_URI names, else the compatible server of .ci/servers/mongo.sh, which keeps all in memory.
//   node bench/landing/run.ts [ROUNDS] [DOCUMENTS]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandomness } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import type { LandedDocument, LandingStore } from '../../src/store/landing/landing-store.ts';
import { openStores } from '../../src/store/open-stores.ts';
import { isMongoHere, startMongo } from '../../test/servers/mongo/server.ts';

const ROUNDS = Number(process.argv[2] ?? 3);
const DOCUMENTS = Number(process.argv[3] ?? 20_000);
/** As the crawl lands them. */
const GROUP = 500;

type Phase = 'land' | 'seal' | 'read';

/** About as long as a track of Spotify's. */
function makeDocuments(): LandedDocument[] {
  const random = seededRandomness(1);
  return Array.from({ length: DOCUMENTS }, (_, n) => {
    const id = random.hex(11);
    const body = JSON.stringify({ id, name: `Track ${n}`, duration_ms: n, filler: random.hex(450) });
    return { source: 'spotify', kind: 'track', id, fetchedAt: n, body };
  });
}

async function measure(
  landing: LandingStore,
  documents: readonly LandedDocument[],
): Promise<Record<Phase, number>> {
  const seconds = async (work: () => Promise<unknown>) => {
    const began = performance.now();
    await work();
    return (performance.now() - began) / 1_000;
  };
  await landing.openBatch({ id: 'bench', source: 'spotify', runId: 'r', openedAt: 1 });
  return {
    land: await seconds(async () => {
      for (let from = 0; from < documents.length; from += GROUP) {
        await landing.land('bench', documents.slice(from, from + GROUP));
      }
    }),
    seal: await seconds(() => landing.sealBatch('bench', 2)),
    read: await seconds(async () => {
      let rows = 0;
      for await (const page of landing.readBatch('bench', 'track', 2_000)) rows += page.length;
      if (rows !== documents.length) throw new Error(`${rows} of ${documents.length} documents were read`);
    }),
  };
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

if (!isMongoHere) process.exit(1);
const server = await startMongo();
const documents = makeDocuments();
const times: Record<string, Record<Phase, number>[]> = { SQLite: [], MongoDB: [] };
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, taken] of Object.entries(times)) {
    const dataDir = mkdtempSync(join(tmpdir(), 'groovelake-bench-'));
    const env = {
      GROOVELAKE_DATA_DIR: dataDir,
      ...(name === 'MongoDB' ? { MONGODB_URI: server.newUri() } : {}),
    };
    const stores = await openStores(readConfig(env));
    taken.push(await measure(stores.landing, documents));
    await stores.close();
    rmSync(dataDir, { recursive: true });
  }
}
await server.stop();
console.log(
  `${DOCUMENTS} documents of about 1 kB in groups of ${GROUP}, ${ROUNDS} rounds in turn; documents per second, medians`,
);
for (const phase of ['land', 'seal', 'read'] as const) {
  const rates = Object.entries(times).map(([name, taken]) => {
    return [name, DOCUMENTS / median(taken.map((one) => one[phase]))] as const;
  });
  const [sqlite, mongo] = rates.map(([, rate]) => rate) as [number, number];
  const shown = rates.map(([name, rate]) => `${name} ${Math.round(rate).toLocaleString('en')}`).join('   ');
  console.log(`${phase.padEnd(5)} ${shown}   MongoDB is ${(mongo / sqlite).toFixed(2)} of SQLite`);
}
