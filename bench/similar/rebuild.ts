// Whether an index could be added to rather than built anew: how many vectors move when one track in a hundred is new.
// node bench/similar/rebuild.ts [spotify_songs.csv] [tracks]
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type ArtistContext, createContextBuilder } from '../../src/recommend/context.ts';
import { fitRecipe } from '../../src/recommend/fit.ts';
import { buildHnsw } from '../../src/recommend/hnsw-index.ts';
import type { FeatureRow } from '../../src/recommend/recipe.ts';
import { makeVectors, standardiseTable, type VectorSet } from '../../src/recommend/vectors.ts';
import { copyPlaces, copyTracks, makeTable, readCsv } from './tracks.ts';

const csv = readCsv(resolve(process.argv[2] ?? '../shared/data/spotify_songs.csv'));
const count = Number(process.argv[3] ?? 28_000);
const [rows, context] = [[...copyTracks(csv, count)], [...copyPlaces(csv, count)]];
const isNew = (at: number) => at % 100 === 50;
const before = rows.filter((_, at) => !isNew(at));
const fit = fitRecipe(makeTable(rows), 'bench');

for (const isWithContext of [false, true]) {
  const [old, now] = [await makeSet(before, isWithContext), await makeSet(rows, isWithContext)];
  let moved = 0;
  let at = 0;
  for (let label = 0; label < rows.length; label++) {
    if (isNew(label)) continue;
    let square = 0;
    for (let i = 0; i < now.dim; i++)
      square += ((now.vectors[label * now.dim + i] ?? 0) - (old.vectors[at * old.dim + i] ?? 0)) ** 2;
    if (square > 1e-6) moved += 1;
    at += 1;
  }
  console.log(
    `${isWithContext ? 'sound and context' : 'sound alone, fit kept'}: ${((100 * moved) / before.length).toFixed(1)} % of ${before.length} vectors move by over 0.001`,
  );
  await timeInsert(now);
}

/** The same new vectors into a loaded index, beside building it. */
async function timeInsert({ vectors, dim }: VectorSet): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'groovelake-bench-'));
  const path = join(folder, 'index.hnsw');
  const options = { dim, m: 12, efConstruction: 100, seed: 1 };
  const build = await time(() => buildHnsw(vectors, options, path, () => {}));
  const { HierarchicalNSW } = createRequire(import.meta.url)('hnswlib-node');
  const insert = await time(async () => {
    const index = new HierarchicalNSW('ip', dim);
    await index.readIndex(path);
    const extra = Math.floor(count / 100);
    index.resizeIndex(count + extra);
    for (let n = 0; n < extra; n++)
      index.addPoint(
        Array.from(
          vectors.subarray(n * 100 * dim, (n * 100 + 1) * dim),
          (value, i) => value + 0.01 * Math.sin(n + i),
        ),
        count + n,
      );
    await index.writeIndex(path);
  });
  console.log(`  built in ${build.toFixed(1)} s; loaded, 1 % added and written in ${insert.toFixed(1)} s\n`);
  rmSync(folder, { recursive: true });
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1_000;
}

async function makeSet(list: readonly FeatureRow[], isWithContext: boolean): Promise<VectorSet> {
  const table = makeTable(list);
  const builder = createContextBuilder(table.artistIds);
  for (const row of context) builder.add(row);
  const found: ArtistContext | null = isWithContext ? await builder.finish() : null;
  return makeVectors(table, standardiseTable(table, fit), found);
}
