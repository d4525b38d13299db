// Hands anything to the index, as a process of its own: the library ends the process on what it does not like. Prints what came of it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { buildHnsw, type HnswIndex, loadHnsw } from '../../../src/recommend/hnsw-index.ts';

const [seed = 0, runs = 0] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'groovelake-guard-'));
const DIM = 6;
const COUNT = 60;
const vectors = Float32Array.from({ length: DIM * COUNT }, (_, at) => Math.sin(at * 7.3));
const options = { dim: DIM, m: 8, efConstruction: 32, seed: 1 };
const path = join(folder, 'index.hnsw');
const built = await buildHnsw(vectors, options, path, () => {});
const contents = { vectors, next: built.next, count: built.count, dim: DIM };
const index = await loadHnsw(path, contents);
const tally = { answered: 0, refused: 0 };

/** Runs one call; whatever it throws must be an error of ours, or of the file system. */
async function attempt(call: () => unknown): Promise<void> {
  try {
    await call();
    tally.answered += 1;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== 'ANN_INDEX' && !/^E[A-Z]+$/.test(code ?? '')) throw error;
    tally.refused += 1;
  }
}

const size = fc.oneof(fc.integer({ min: -5, max: 1e12 }), fc.double(), fc.anything());
const component = fc.oneof(
  { weight: 6, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0, null, undefined, '1', 1n, {}, [1], Symbol('x')),
);
const query = fc.oneof(
  fc.array(component, { minLength: DIM, maxLength: DIM }),
  fc.array(component, { maxLength: 12 }),
  fc.constantFrom(new Float32Array(DIM), new Float64Array(DIM).fill(Number.NaN), new Array(DIM), 'abcdef', {
    length: DIM,
  }),
  fc.anything(),
);
const search = (target: HnswIndex) =>
  fc
    .record({ query, k: size, ef: size })
    .map((input) => () => target.search(input.query as never, input.k as never, input.ef as never));
const build = fc
  .record({
    vectors: fc.oneof(query, fc.float32Array({ maxLength: 24 })),
    dim: size,
    m: size,
    efConstruction: size,
  })
  .map(
    (input) => () =>
      buildHnsw(
        input.vectors as never,
        {
          dim: input.dim,
          m: Math.min(Number(input.m), 64),
          efConstruction: input.efConstruction,
          seed: 1,
        } as never,
        join(folder, 'other.hnsw'),
        () => {},
      ),
  );
const damaged = fc.uint8Array({ maxLength: 400 }).map((bytes) => async () => {
  const other = join(folder, 'damaged.hnsw');
  writeFileSync(other, bytes);
  await loadHnsw(other, contents);
});
/** A search while a load of the same file and a save are under way: each has an object of its own. */
const during = fc
  .array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: DIM, maxLength: DIM })
  .map((vector) => async () => {
    const loading = loadHnsw(path, contents);
    const saving = buildHnsw(vectors, options, join(folder, 'saved.hnsw'), () => {});
    index.search(vector, 3, 10);
    await Promise.all([loading, saving]);
  });

await fc.assert(
  fc.asyncProperty(
    fc.oneof(
      { weight: 85, arbitrary: search(index) },
      { weight: 10, arbitrary: build },
      { weight: 3, arbitrary: damaged },
      { weight: 2, arbitrary: during },
    ),
    attempt,
  ),
  { seed, numRuns: runs, endOnFailure: true },
);
const first = index.search(vectors.subarray(0, DIM), 1, 10)[0]?.label;
rmSync(folder, { recursive: true });
console.log(JSON.stringify({ ...tally, first }));
