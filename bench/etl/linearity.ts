// How the cost of a full build grows with the data, by step and relation: `node bench/etl/linearity.ts LANDED LARGER_LANDED`.
//
// Both folders are what load-landing.ts wrote, of generate_landing.py with scale 1 and 10. The landings' sizes are what is compared with.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { publish, withCopy } from './publish-process.ts';

const [small, large] = process.argv.slice(2);
if (!small || !large) throw new Error('usage: linearity.ts LANDED LARGER_LANDED');

const sizeOf = (folder: string) => statSync(join(folder, 'landing.sqlite')).size;
const once = withCopy(small, (dataDir) => publish(dataDir));
const more = withCopy(large, (dataDir) => publish(dataDir));

console.log(`landing ${(sizeOf(large) / sizeOf(small)).toFixed(1)} times as large\n`);
console.log(
  '| step | s | s | processor s | processor s | factor | peak MB | peak MB |\n|---|--:|--:|--:|--:|--:|--:|--:|',
);
for (const [step, a] of [...Object.entries(once.steps), ['all', { ...once.total, peakMb: 0 }] as const]) {
  const b = step === 'all' ? { ...more.total, peakMb: 0 } : more.steps[step];
  if (!b) continue;
  const factor = (b.cpuSeconds / a.cpuSeconds).toFixed(1);
  const peaks = step === 'all' ? '| |' : `| ${a.peakMb} | ${b.peakMb} |`;
  console.log(
    `| ${step} | ${a.seconds.toFixed(1)} | ${b.seconds.toFixed(1)} | ${a.cpuSeconds.toFixed(1)} | ${b.cpuSeconds.toFixed(1)} | ${factor} ${peaks}`,
  );
}
console.log('\n| relation | processor s | processor s | factor |\n|---|--:|--:|--:|');
const dear = Object.entries(once.relations).sort((a, b) => b[1].cpuSeconds - a[1].cpuSeconds);
for (const [relation, { cpuSeconds }] of dear) {
  const other = more.relations[relation]?.cpuSeconds ?? 0;
  // What costs hundredths says nothing of growth.
  if (cpuSeconds < 0.1 && other < 1) continue;
  console.log(
    `| ${relation} | ${cpuSeconds.toFixed(2)} | ${other.toFixed(2)} | ${(other / cpuSeconds).toFixed(1)} |`,
  );
}
