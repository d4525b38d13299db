// A large array that nobody needs any more would stay until the collector finds it out, beside what takes its place.

/** Gives the memory behind an array back at once; the array, and every other over the same memory, is empty from then on. */
export function releaseArray({ buffer }: ArrayBufferView): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
