// Lands the documents of one batch in groups and seals it, saying each acknowledged group; for a test that kills it. `landing-child.ts DOCUMENTS`
import { readConfig } from '../../../src/config.ts';
import { openStores } from '../../../src/store/open-stores.ts';
import { batchDocument } from './landing-documents.ts';

const GROUP = 25;

const { landing, close } = await openStores(readConfig(process.env));
const ids = Array.from({ length: Number(process.argv[2]) }, (_, n) => batchDocument(n));
await landing.openBatch({ id: 'killed', source: 'spotify', runId: 'r', openedAt: 1 });
const known = await landing.findLandedIds(
  'killed',
  'spotify',
  'track',
  ids.map(({ id }) => id),
);
const missing = ids.filter(({ id }) => !known.has(id));
for (let from = 0; from < missing.length; from += GROUP) {
  const group = missing.slice(from, from + GROUP);
  await landing.land('killed', group);
  process.stdout.write(`${group.map(({ id }) => id).join(' ')}\n`);
}
await landing.sealBatch('killed', 2);
process.stdout.write('sealed\n');
await close();
