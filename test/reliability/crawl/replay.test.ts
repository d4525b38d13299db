// RELIABILITY c 12: a batch that is landed again and again, in other orders, in overlapping parts, is the same batch.
import { describe, expect, it } from 'vitest';
import { type Randomness, seededRandomness } from '../../../src/clock.ts';
import type { DocumentKind, LandedDocument, LandingStore } from '../../../src/store/landing/landing-store.ts';
import { openSqliteLanding } from '../../../src/store/landing/sqlite.ts';

const SEED = 20261126;
const CASES = 500 * Number(process.env.GROOVELAKE_TEST_ROUNDS ?? 1);
const KINDS: readonly DocumentKind[] = ['artist', 'album', 'track', 'audio_features', 'miss'];

const whole = (random: Randomness, below: number) => Math.floor(below * random.next());

function drawDocuments(random: Randomness): LandedDocument[] {
  const all = Array.from({ length: 1 + whole(random, 40) }, (_, at): LandedDocument => {
    const kind = KINDS[whole(random, KINDS.length)] ?? 'artist';
    const id = `${kind} ${whole(random, 20)}`;
    return {
      source: at % 3 ? 'spotify' : 'reccobeats',
      kind,
      id,
      fetchedAt: 1_000 + at,
      body: JSON.stringify({ id, é: '☃' }),
    };
  });
  return [
    ...new Map(
      all.map((document) => [`${document.source} ${document.kind} ${document.id}`, document]),
    ).values(),
  ];
}

function shuffle<T>(random: Randomness, items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** Lands all documents one to five times, each time in another order and in parts of another size. */
async function replay(
  landing: LandingStore,
  batchId: string,
  documents: readonly LandedDocument[],
  random: Randomness,
) {
  await landing.openBatch({ id: batchId, source: 'spotify', runId: 'r', openedAt: 1 });
  let landed = 0;
  for (let times = 1 + whole(random, 5); times > 0; times--) {
    const order = shuffle(random, documents);
    const part = 1 + whole(random, order.length);
    for (let at = 0; at < order.length; at += part) {
      // Pages overlap: an item of the page before comes again.
      const page = order.slice(Math.max(0, at - whole(random, 3)), at + part);
      landed += (await landing.land(batchId, page)).landed;
      await landing.openBatch({ id: batchId, source: 'spotify', runId: 'r', openedAt: 9 });
    }
  }
  const sealed = await landing.sealBatch(batchId, 2);
  await landing.sealBatch(batchId, 3);
  return { landed, contentHash: sealed.contentHash, counts: sealed.counts };
}

describe('a batch that is landed again', () => {
  it(`is the same whatever the order, the parts and the repetitions (${CASES} cases)`, async () => {
    const random = seededRandomness(SEED);
    const landing = openSqliteLanding(':memory:');
    for (let n = 0; n < CASES; n++) {
      const documents = drawDocuments(random);
      const once = await replay(landing, `${n} a`, documents, random);
      const again = await replay(landing, `${n} b`, documents, random);
      expect(again, `case ${n}, seed ${SEED}`).toEqual(once);
      expect(once.landed).toBe(documents.length);
    }
    await landing.close();
    console.log(`replay: seed ${SEED}, ${CASES} cases, 0 differences`);
  });
});
