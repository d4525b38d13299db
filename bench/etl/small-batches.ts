// What many small batches cost a build of everything, before and after their bronze files are merged: `node bench/etl/small-batches.ts [BATCHES]`.
//
// Each batch has ten tracks and their features. The second publish reads a file per batch and kind, and merges them; the third reads what
// came of it.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LandedDocument } from '../../src/store/landing/landing-store.ts';
import { openSqliteLanding } from '../../src/store/landing/sqlite.ts';
import { publish } from './publish-process.ts';

const batches = Number(process.argv[2] ?? 2_000);
const TRACKS = 10;
const FETCHED_AT = Date.UTC(2026, 10, 20);

const dataDir = mkdtempSync(join(tmpdir(), 'groovelake-bench-'));
try {
  const landing = openSqliteLanding(join(dataDir, 'landing.sqlite'));
  for (let batch = 0; batch < batches; batch++) {
    const id = `batch-${String(batch).padStart(6, '0')}`;
    await landing.openBatch({ id, source: 'spotify', runId: 'bench', openedAt: FETCHED_AT + batch });
    await landing.land(
      id,
      Array.from({ length: TRACKS }, (_, at) => makeDocuments(batch * TRACKS + at)).flat(),
    );
    await landing.sealBatch(id, FETCHED_AT + batch + 1);
  }
  await landing.close();
  console.log(
    '| publish | files in bronze before | bronze and staging, s | processor s | everything, s | processor s |',
  );
  console.log('|---|--:|--:|--:|--:|--:|');
  for (const name of ['first', 'anew, many files', 'anew, merged files']) {
    const files = countFiles();
    const { total, steps } = publish(dataDir, {
      env: { BENCH_FORCE: '1', GROOVELAKE_SWEEP_GRACE_MINUTES: '0' },
    });
    const reading = (pick: 'seconds' | 'cpuSeconds') =>
      (steps.bronze?.[pick] ?? 0) + (steps.silver?.[pick] ?? 0);
    const figures = [reading('seconds'), reading('cpuSeconds'), total.seconds, total.cpuSeconds];
    console.log(`| ${name} | ${files} | ${figures.map((figure) => figure.toFixed(2)).join(' | ')} |`);
  }
} finally {
  rmSync(dataDir, { recursive: true });
}

function countFiles(): number {
  try {
    return readdirSync(join(dataDir, 'bronze'), { recursive: true }).filter((path) =>
      /parquet$/.test(String(path)),
    ).length;
  } catch {
    return 0;
  }
}

function makeDocuments(n: number): LandedDocument[] {
  const id = `1t${n}`.padEnd(22, 'x');
  const artists = [{ id: `1a${n % 500}`.padEnd(22, 'x'), name: `Artist ${n % 500}` }];
  const album = { id: `1b${n % 3_000}`.padEnd(22, 'x'), name: `Album ${n % 3_000}`, artists };
  const track = { id, name: `Track ${n}`, artists, album, duration_ms: 180_000, popularity: n % 100 };
  const features = {
    id,
    danceability: 0.5,
    energy: (n % 100) / 100,
    tempo: 120,
    loudness: -7,
    key: 1,
    mode: 1,
  };
  const about = { source: 'spotify', id, fetchedAt: FETCHED_AT } as const;
  return [
    { ...about, kind: 'track', body: JSON.stringify(track) },
    { ...about, kind: 'audio_features', body: JSON.stringify(features) },
  ];
}
