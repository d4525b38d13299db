// A step leaves garbage behind, and the collector takes its time: until then it stands beside what the next step needs.

/**
 * Collects now and gives free pages back to the system: after a million rows have crossed the heap 140 MB of it are empty, and the arrays of
 * an index are as large as the engine. Workers are started with --expose-gc for it; in a process without, nothing happens.
 */
export function releaseHeap(): void {
  // The other flavours keep the pages that they have emptied.
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
