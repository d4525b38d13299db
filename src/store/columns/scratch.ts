// Arrays that a query needs while it is answered, kept for the next one: megabytes made anew for each would keep the collector busy.

/** For one query at a time: `reset` takes all arrays back. What was in them stays in them. */
export class Scratch {
  readonly #bytes = new Shelf(Uint8Array);
  readonly #words = new Shelf(Int32Array);
  readonly #doubles = new Shelf(Float64Array);

  reset(): void {
    this.#bytes.used = 0;
    this.#words.used = 0;
    this.#doubles.used = 0;
  }

  bytes(length: number): Uint8Array {
    return this.#bytes.take(length) as Uint8Array;
  }

  words(length: number): Int32Array {
    return this.#words.take(length) as Int32Array;
  }

  doubles(length: number): Float64Array {
    return this.#doubles.take(length) as Float64Array;
  }
}

type Numbers = Uint8Array | Int32Array | Float64Array;

class Shelf {
  readonly #Kind: new (
    length: number,
  ) => Numbers;
  readonly #arrays: Numbers[] = [];
  used = 0;

  constructor(Kind: new (length: number) => Numbers) {
    this.#Kind = Kind;
  }

  take(length: number): Numbers {
    const known = this.#arrays[this.used];
    const array = known && known.length >= length ? known : new this.#Kind(length);
    this.#arrays[this.used] = array;
    this.used += 1;
    return array.subarray(0, length);
  }
}
