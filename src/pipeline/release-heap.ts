// A step leaves garbage behind, and the collector takes its time: until then it stands beside what the next step needs.
import { getHeapStatistics } from 'node:v8';

/** The collector looks at everything several times: 30 ms of a worker that published five artists, for 12 MB of heap. */
const WORTH_RELEASING_BYTES = 64 * 1024 * 1024;

/** The process's heap. */
export interface Heap {
  /** Bytes that it has from the system, buffers outside of it included. */
  measure(): number;
  /** Collects, and gives free pages back; not there in a process without --expose-gc. */
  readonly collect?: (() => void) | undefined;
}

/**
 * Collects now and gives free pages back to the system: after a million rows have crossed the heap 140 MB of it are empty, and the arrays of
 * an index are as large as the engine. A small heap is left alone. Workers are started with --expose-gc for it; in a process without, nothing
 * happens.
 */
export function releaseHeap(heap: Heap = ownHeap()): void {
  if (heap.collect && heap.measure() >= WORTH_RELEASING_BYTES) heap.collect();
}

function ownHeap(): Heap {
  const { gc } = globalThis;
  return {
    measure: () => {
      const { total_heap_size: heap, external_memory: outside } = getHeapStatistics();
      return heap + outside;
    },
    // The other flavours keep the pages that they have emptied.
    collect: gc && (() => gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })),
  };
}
