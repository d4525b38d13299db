// Builds an index in a process of its own, as a run does, and prints what that took: node bench/similar/build.ts CSV TRACKS M/EF FOLDER [sound]
import { resolve } from 'node:path';
import { createContextBuilder } from '../../src/recommend/context.ts';
import { writeSimilarity } from '../../src/recommend/similarity-build.ts';
import { copyPlaces, copyTracks, makeTable, readCsv } from './tracks.ts';

/** What a build took. */
export interface BuildFigures {
  /** Of building, measuring its own recall included. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Resident memory when the table of features was there, and at the most. */
  readonly tableMb: number;
  readonly peakMb: number;
}

const [csvPath = '', count = '', setting = '', folder = '', sound] = process.argv.slice(2);
const [m = 12, efConstruction = 100] = setting.split('/').map(Number);
const csv = readCsv(resolve(csvPath));
const table = makeTable(copyTracks(csv, Number(count)));
const company = createContextBuilder(table.artistIds);
if (sound !== 'sound') for (const row of copyPlaces(csv, Number(count))) company.add(row);
csv.length = 0;

const tableMb = process.memoryUsage().rss / 2 ** 20;
const cpuBefore = process.cpuUsage();
const started = performance.now();
await writeSimilarity(folder, table, await company.finish(), {
  snapshotId: 'bench',
  m,
  efConstruction,
  ef: 64,
  exactBelow: 0,
  maxDrift: 0,
  monotonic: () => performance.now(),
});
const cpu = process.cpuUsage(cpuBefore);
const figures: BuildFigures = {
  seconds: (performance.now() - started) / 1_000,
  cpuSeconds: (cpu.user + cpu.system) / 1e6,
  tableMb,
  peakMb: process.resourceUsage().maxRSS / 1_024,
};
console.log(JSON.stringify(figures));
