// Arrays of numbers that are filled one by one.

/** An array of the same kind, twice as long or as long as is needed, that begins with the same numbers; the rest is 0. */
export function grow<T extends Uint8Array | Int32Array | Uint32Array | Float64Array>(
  from: T,
  atLeast = 0,
): T {
  const Kind = from.constructor as new (length: number) => T;
  const longer = new Kind(Math.max(atLeast, 2 * from.length));
  longer.set(from);
  return longer;
}
