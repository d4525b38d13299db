// What the duties of a publish add to a full build, and what one batch costs beside it: `node bench/etl/duties.ts LANDED [ROUNDS]`.
//
// LANDED is what load-landing.ts wrote with artists held back. Each round, in turn: everything; everything with a disk nobody waits for;
// everything with the serving index; then the batch `second` on top of the first, with and without waiting. Medians.
import type { Figures } from './publish.ts';
import { median, publish, withCopy } from './publish-process.ts';

const [landed, rounds = '3'] = process.argv.slice(2);
if (!landed) throw new Error('usage: duties.ts LANDED [ROUNDS]');

const found = new Map<string, Figures[]>();
const keep = (name: string, figures: Figures) => found.set(name, [...(found.get(name) ?? []), figures]);
for (let round = 0; round < Number(rounds); round++) {
  withCopy(landed, (dataDir) => {
    keep('everything', publish(dataDir));
    withCopy(dataDir, (copy) => keep('one batch', publish(copy, { batch: 'second' })));
    keep('one batch, no sync', publish(dataDir, { batch: 'second', env: { BENCH_NO_SYNC: '1' } }));
  });
  withCopy(landed, (dataDir) =>
    keep('everything, no sync', publish(dataDir, { env: { BENCH_NO_SYNC: '1' } })),
  );
  withCopy(landed, (dataDir) =>
    keep('everything and serving', publish(dataDir, { env: { BENCH_SERVING: '1' } })),
  );
}

console.log(
  '| | s | processor s | syncs | s in syncs | of it the step serving, s | highest peak, MB |\n|---|--:|--:|--:|--:|--:|--:|',
);
for (const [name, all] of found) {
  const middle = (pick: (figures: Figures) => number) => median(all.map(pick));
  const peak = middle(({ steps }) => Math.max(...Object.values(steps).map(({ peakMb }) => peakMb)));
  const serving = middle(({ steps }) => steps.serving?.seconds ?? 0);
  console.log(
    `| ${name} | ${middle((f) => f.total.seconds).toFixed(2)} | ${middle((f) => f.total.cpuSeconds).toFixed(2)} | ${middle((f) => f.syncs.calls)} | ${middle((f) => f.syncs.seconds).toFixed(3)} | ${serving.toFixed(2)} | ${peak} |`,
  );
}
