// Columns as typed arrays. Most have few different values (a score has three digits, a year is one of a hundred), so a row is two bytes:
// the place of its value in a list. A test is then decided once per value, and a column of texts is a column of groups.
import { GroovelakeError } from '../../errors.ts';
import { findUnits, type Units } from '../exact-sums.ts';

/** Each row's place in `values`, where null is for the rows without a text. */
export interface TextColumn {
  readonly codes: Uint16Array;
  readonly values: readonly (string | null)[];
}

interface Numbers {
  /** Whether every row has a number. */
  readonly isWhole: boolean;
  /** What its numbers are added up in; null where they cannot be, exactly. */
  readonly units: Units | null;
}

/** Each row's place in `values`, where NaN is for the rows without a number. */
export interface CodedColumn extends Numbers {
  readonly codes: Uint16Array;
  readonly values: Float64Array;
}

/** A column of numbers with many different ones; NaN where a row has none. */
export interface PlainColumn extends Numbers {
  readonly plain: Float64Array;
}

/** The values of row i lie at `starts[i]` to before `starts[i + 1]`; a row has at least one, which may be null. */
export interface ListColumn extends TextColumn {
  readonly starts: Int32Array;
}

export type NumberColumn = CodedColumn | PlainColumn;

export interface Columns {
  readonly rows: number;
  readonly numbers: ReadonlyMap<string, NumberColumn>;
  readonly texts: ReadonlyMap<string, TextColumn>;
  readonly lists: ReadonlyMap<string, ListColumn>;
}

/** Arrays that the rows of columns are kept in: threads read the same ones. */
export const shared = {
  bytes2: (length: number) => new Uint16Array(new SharedArrayBuffer(2 * length)),
  words: (length: number) => new Int32Array(new SharedArrayBuffer(4 * length)),
  doubles: (length: number) => new Float64Array(new SharedArrayBuffer(8 * length)),
};

export function isPlain(column: NumberColumn): column is PlainColumn {
  return 'plain' in column;
}

/** Bytes of the arrays; the lists of values are few beside them. */
export function sizeOf({ numbers, texts, lists }: Columns): number {
  const arrays = [
    ...[...numbers.values()].map((column) => (isPlain(column) ? column.plain : column.codes)),
    ...[...texts.values()].map(({ codes }) => codes),
    ...[...lists.values()].flatMap(({ codes, starts }) => [codes, starts]),
  ];
  return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

const MAX_CODES = 65_536;
/** With fewer rows to a value than this the values take as much as the rows would, and cost a step more to read. */
const ROWS_TO_A_VALUE = 4;

/** Takes values one by one and gives each its code; null once there are more different ones than codes. */
class Coder<V extends number | string> {
  readonly #codes = new Map<V | null, number>();

  code(value: V | null): number | null {
    const known = this.#codes.get(value);
    if (known !== undefined) return known;
    if (this.#codes.size === MAX_CODES) return null;
    this.#codes.set(value, this.#codes.size);
    return this.#codes.size - 1;
  }

  get values(): (V | null)[] {
    return [...this.#codes.keys()];
  }
}

/** Builds a column of numbers row by row: coded as long as that goes. */
export class NumberColumnBuilder {
  readonly #coder = new Coder<number>();
  readonly #codes: Uint16Array;
  #plain: Float64Array | null = null;
  #isWhole = true;

  constructor(rows: number) {
    this.#codes = shared.bytes2(rows);
  }

  /** @throws GroovelakeError for NaN, which stands for "no value" here and is one to DuckDB */
  set(row: number, given: unknown): void {
    const value = given === null ? null : Number(given);
    if (value !== null && !Number.isFinite(value)) {
      throw new GroovelakeError(
        'INTERNAL',
        `A number is ${value}; statistics in memory take finite ones only.`,
      );
    }
    if (value === null) this.#isWhole = false;
    if (this.#plain) {
      this.#plain[row] = value ?? Number.NaN;
      return;
    }
    const code = this.#coder.code(value);
    if (code !== null) {
      this.#codes[row] = code;
      return;
    }
    this.#plain = this.#toPlain();
    this.#plain[row] = value ?? Number.NaN;
  }

  build(): NumberColumn {
    const rows = this.#codes.length;
    const values = this.#listValues();
    const known = { isWhole: this.#isWhole, units: findUnits(this.#plain ?? values, rows) };
    if (this.#plain) return { plain: this.#plain, ...known };
    if (values.length > rows / ROWS_TO_A_VALUE) return { plain: this.#toPlain(), ...known };
    return { codes: this.#codes, values, ...known };
  }

  #listValues(): Float64Array {
    return Float64Array.from(this.#coder.values, (value) => value ?? Number.NaN);
  }

  #toPlain(): Float64Array {
    const values = this.#listValues();
    const plain = shared.doubles(this.#codes.length);
    for (let row = 0; row < plain.length; row++) plain[row] = values[this.#codes[row] as number] as number;
    return plain;
  }
}

/** Builds a column of texts; null when it has more different ones than codes. */
export class TextColumnBuilder {
  readonly #coder = new Coder<string>();
  readonly #codes: Uint16Array;
  #isFull = false;

  constructor(rows: number) {
    this.#codes = shared.bytes2(rows);
  }

  set(row: number, value: unknown): void {
    const code = this.#isFull ? null : this.#coder.code(value as string | null);
    if (code === null) this.#isFull = true;
    else this.#codes[row] = code;
  }

  build(): TextColumn | null {
    return this.#isFull ? null : { codes: this.#codes, values: this.#coder.values };
  }
}

/** Builds a column of lists of texts, which come in any order; null when it has more different texts than codes. With one in each row: of texts. */
export class ListColumnBuilder {
  readonly #rows: number;
  readonly #coder = new Coder<string>();
  #rowOf = new Int32Array(16);
  #codes = new Uint16Array(16);
  #length = 0;
  #isFull = false;

  constructor(rows: number) {
    this.#rows = rows;
  }

  add(row: number, text: string | null): void {
    const code = this.#isFull ? null : this.#coder.code(text);
    if (code === null) {
      this.#isFull = true;
      return;
    }
    if (this.#length === this.#codes.length) {
      this.#rowOf = lengthen(this.#rowOf);
      this.#codes = lengthen(this.#codes);
    }
    this.#rowOf[this.#length] = row;
    this.#codes[this.#length] = code;
    this.#length += 1;
  }

  build(): ListColumn | TextColumn | null {
    const counts = this.#countByRow();
    for (let row = 0; row < this.#rows; row++) {
      if (counts[row] !== 0) continue;
      this.add(row, null);
      counts[row] = 1;
    }
    if (this.#isFull) return null;
    const starts = shared.words(this.#rows + 1);
    for (let row = 0; row < this.#rows; row++)
      starts[row + 1] = (starts[row] as number) + (counts[row] as number);
    const next = starts.slice();
    const codes = shared.bytes2(this.#length);
    for (let at = 0; at < this.#length; at++) {
      const row = this.#rowOf[at] as number;
      codes[next[row] as number] = this.#codes[at] as number;
      next[row] = (next[row] as number) + 1;
    }
    const { values } = this.#coder;
    return this.#length === this.#rows ? { codes, values } : { codes, values, starts };
  }

  #countByRow(): Int32Array {
    const counts = new Int32Array(this.#rows);
    for (const row of this.#rowOf.subarray(0, this.#length)) counts[row] = (counts[row] as number) + 1;
    return counts;
  }
}

function lengthen<A extends Int32Array | Uint16Array>(array: A): A {
  const longer = new (array.constructor as new (length: number) => A)(array.length * 2);
  longer.set(array);
  return longer;
}
