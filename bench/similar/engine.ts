// How quickly and how truly neighbors are found, by setting, beside exact search in JavaScript:
// node bench/similar/engine.ts [spotify_songs.csv] [tracks] [settings "8/64 12/100"] [sound]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { seededRandomness } from '../../src/clock.ts';
import { cosineMeasure } from '../../src/recommend/distance.ts';
import { searchExact } from '../../src/recommend/exact-search.ts';
import { type LabelSet, labelSetOf } from '../../src/recommend/label-set.ts';
import { createSimilarity } from '../../src/recommend/similar-tracks.ts';
import { readSimilarity, type SimilarityFiles } from '../../src/recommend/similarity-files.ts';
import { toUnit } from '../../src/recommend/vectors.ts';
import type { BuildFigures } from './build.ts';

const csv = resolve(process.argv[2] ?? '../shared/data/spotify_songs.csv');
const count = Number(process.argv[3] ?? 170_000);
const settings = (process.argv[4] ?? '12/100').split(' ');
const isSoundAlone = process.argv[5] === 'sound';
const QUERIES = 300;
const random = seededRandomness(9);

console.log(`${cpus().length} cores, ${count} tracks${isSoundAlone ? ', sound alone' : ''}\n`);
for (const setting of settings) {
  const folder = mkdtempSync(join(tmpdir(), 'groovelake-bench-'));
  const built = build(setting, folder);
  const before = process.memoryUsage().rss;
  const started = performance.now();
  const files = await readSimilarity(folder, 'bench', console.warn);
  const open = performance.now() - started;
  const held = process.memoryUsage().rss - before;
  const { dim, recallAt10, recallAt10Blended } = files.facts;
  console.log(
    `m ${setting.replace('/', ', efConstruction ')}: ${dim} dimensions, built in ${built.seconds.toFixed(1)} s (${built.cpuSeconds.toFixed(1)} s of CPU, measuring its own recall included), ` +
      `${built.peakMb.toFixed(0)} MB at the most, of which ${built.tableMb.toFixed(0)} with the features alone; ${mb(files.bytes)} MB on disk, opened in ${(open / 1_000).toFixed(2)} s, ` +
      `${mb(held)} MB more; its own recall@10 ${recallAt10.toFixed(4)}, blended ${recallAt10Blended.toFixed(4)}\n`,
  );
  measureGraph(files);
  await measureFind(files);
  rmSync(folder, { recursive: true });
}

/** Builds the index in a process of its own, as a run does. */
function build(setting: string, folder: string): BuildFigures {
  const script = join(import.meta.dirname, 'build.ts');
  const args = [script, csv, String(count), setting, folder, ...(isSoundAlone ? ['sound'] : [])];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as BuildFigures;
}

/** The graph alone, by ef, for tracks and for points between two tracks; and exact search for the same. */
function measureGraph(files: SimilarityFiles): void {
  const { graph, vectors, dim } = files;
  if (!graph) throw new Error('There is no graph to measure.');
  const vectorOf = (label: number) => Array.from(vectors.subarray(label * dim, (label + 1) * dim));
  const pick = () => Math.floor(random.next() * count);
  // A track is held back from its own answer: finding itself is no achievement.
  const kinds = {
    'one track': Array.from({ length: QUERIES }, pick).map((label) => ({ label, query: vectorOf(label) })),
    'between two': Array.from({ length: QUERIES / 3 }, () => {
      const [one, other] = [vectorOf(pick()), vectorOf(pick())];
      return { label: -1, query: toUnit(one.map((value, i) => value + (other[i] ?? 0))) };
    }),
  };
  console.log(
    '| question | ef | recall@10 | median us | p99 us | exact us | times |\n|---|--:|--:|--:|--:|--:|--:|',
  );
  for (const [kind, queries] of Object.entries(kinds)) {
    const exact: number[] = [];
    const truths = queries.map(({ query, label }) => {
      const { distance } = cosineMeasure(files, query, null);
      const started = performance.now();
      const found = searchExact({ count, distance, k: 10, accept: (other) => other !== label });
      exact.push(performance.now() - started);
      return { distance, limit: (found.at(-1)?.distance ?? 0) + 1e-6 };
    });
    for (const ef of [32, 64, 128, 512, 1_024]) {
      const times: number[] = [];
      let hits = 0;
      for (const [at, { query, label }] of queries.entries()) {
        const started = performance.now();
        const found = graph.search(query, 11, ef);
        times.push(performance.now() - started);
        const truth = truths[at];
        const others = found.filter((neighbor) => neighbor.label !== label).slice(0, 10);
        hits += others.filter((neighbor) => truth && truth.distance(neighbor.label) <= truth.limit).length;
      }
      const ratio = quantile(exact, 0.5) / quantile(times, 0.5);
      console.log(
        `| ${kind} | ${ef} | ${Math.min(1, hits / (10 * queries.length)).toFixed(4)} | ${us(times, 0.5)} | ${us(times, 0.99)} | ${us(exact, 0.5)} | ${ratio.toFixed(0)} |`,
      );
    }
  }
}

/** Whole answers, explanations included: plain, and with filters; how long the event loop stood still meanwhile. */
async function measureFind(files: SimilarityFiles): Promise<void> {
  const similarity = createSimilarity(files, {
    scanBelow: 50_000,
    scanFilteredBelow: 10_000,
    filtersKept: 0,
  });
  console.log(
    '\n| answer of ten | recall@10 | median ms | p99 ms | longest block ms |\n|---|--:|--:|--:|--:|',
  );
  for (const share of [1, 0.5, 0.17, 0.1, 0.01]) {
    const among = share < 1 ? chooseLabels(share) : null;
    const times: number[] = [];
    let hits = 0;
    let wanted = 0;
    const watch = watchLoop();
    for (let n = 0; n < QUERIES; n++) {
      const label = Math.floor(random.next() * count);
      const request = {
        to: [{ trackId: files.trackIds.at(label), weight: 1 }],
        among,
        maxPerArtist: 10,
        includeSeedArtists: true,
        first: 10,
      };
      const started = performance.now();
      const [answer] = await similarity.findMany([request]);
      times.push(performance.now() - started);
      await new Promise((done) => setImmediate(done));
      watch.skip();
      const query = Array.from(files.vectors.subarray(label * files.dim, (label + 1) * files.dim));
      const { distance } = cosineMeasure(files, query, null);
      const exact = searchExact({ count, distance, k: 10, among, accept: (other) => other !== label });
      const limit = (exact.at(-1)?.distance ?? 0) + 1e-6;
      hits += answer?.neighbors.filter((neighbor) => neighbor.distance <= limit).length ?? 0;
      wanted += exact.length;
      await new Promise((done) => setImmediate(done));
      watch.resume();
    }
    const name = share === 1 ? 'all tracks' : `filter of ${100 * share} %`;
    console.log(
      `| ${name} | ${(hits / wanted).toFixed(4)} | ${quantile(times, 0.5).toFixed(2)} | ${quantile(times, 0.99).toFixed(2)} | ${watch.stop().toFixed(2)} |`,
    );
  }
  console.log('');
}

function chooseLabels(share: number): LabelSet {
  const labels = Array.from({ length: count }, (_, label) => label).filter(() => random.next() < share);
  return labelSetOf(labels, count);
}

/** The longest time between two turns of the event loop while it is on. */
function watchLoop() {
  let last = performance.now();
  let longest = 0;
  let isOn = true;
  let isOver = false;
  const turn = () => {
    const now = performance.now();
    if (isOn) longest = Math.max(longest, now - last);
    last = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  return {
    skip: () => {
      isOn = false;
    },
    resume: () => {
      last = performance.now();
      isOn = true;
    },
    stop: () => {
      isOver = true;
      return longest;
    },
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function us(times: readonly number[], share: number): string {
  return (1_000 * quantile(times, share)).toFixed(0);
}

function mb(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
