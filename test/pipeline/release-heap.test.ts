import { execFileSync } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';
import { releaseHeap } from '../../src/pipeline/release-heap.ts';

const MB = 1024 * 1024;

const MEASURED = `
  import { getHeapStatistics } from 'node:v8';
  import { releaseHeap } from '${new URL('../../src/pipeline/release-heap.ts', import.meta.url)}';
  const measure = () => getHeapStatistics().total_heap_size;
  let rows = Array.from({ length: 1_000_000 }, (_, at) => ({ at, name: 'row ' + at }));
  const before = rows.length > 0 ? measure() : 0;
  rows = [];
  releaseHeap();
  console.log(JSON.stringify({ before, after: measure() }));`;

const runNode = (flags: readonly string[], code: string) =>
  execFileSync(process.execPath, [...flags, '--eval', code], { encoding: 'utf8' });

describe('releaseHeap', () => {
  it('collects what a large step has left', () => {
    const collect = vi.fn();
    releaseHeap({ measure: () => 200 * MB, collect });
    expect(collect).toHaveBeenCalledTimes(1);
  });

  it('leaves the heap of a small batch alone', () => {
    const collect = vi.fn();
    releaseHeap({ measure: () => 12 * MB, collect });
    expect(collect).not.toHaveBeenCalled();
  });

  it('does nothing in a process whose collector cannot be asked', () => {
    expect(() => releaseHeap({ measure: () => 200 * MB })).not.toThrow();
  });

  it('gives the pages of a large heap back to the system', () => {
    const flags = ['--expose-gc', '--input-type=module-typescript'];
    // In a process of its own: this one has garbage of other tests.
    const said = JSON.parse(runNode(flags, MEASURED)) as { before: number; after: number };
    expect(said.before).toBeGreaterThan(100 * MB);
    expect(said.after).toBeLessThan(said.before / 3);
  });
});
