/** Calls `make` at the first call, and gives what came of it from then on, a promise that was rejected too. */
export function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
