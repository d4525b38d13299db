// Columns as typed arrays. Most have few different values (a score has three digits, a year is one of a hundred), so a row is two bytes:
// the place of its value in a list. A test is then decided once per value, and a column of texts is a column of groups.
import { GroovelakeError } from '../../errors.ts';

/** Each row's place in `values`, where null is for the rows without a text. */
export interface TextColumn {
  readonly codes: Uint16Array;
  readonly values: readonly (string | null)[];
}

/** Each row's place in `values`, where NaN is for the rows without a number. */
export interface CodedColumn {
  readonly codes: Uint16Array;
  readonly values: Float64Array;
  /** Whether every row has a number. */
  readonly isWhole: boolean;
}

/** A column of numbers with many different ones; NaN where a row has none. */
export interface PlainColumn {
  readonly plain: Float64Array;
  readonly isWhole: boolean;
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
    this.#codes = new Uint16Array(rows);
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
    const isWhole = this.#isWhole;
    if (this.#plain) return { plain: this.#plain, isWhole };
    const values = this.#listValues();
    if (values.length > this.#codes.length / ROWS_TO_A_VALUE) return { plain: this.#toPlain(), isWhole };
    return { codes: this.#codes, values, isWhole };
  }

  #listValues(): Float64Array {
    return Float64Array.from(this.#coder.values, (value) => value ?? Number.NaN);
  }

  #toPlain(): Float64Array {
    const values = this.#listValues();
    return Float64Array.from(this.#codes, (at) => values[at] as number);
  }
}

/** Builds a column of texts; null when it has more different ones than codes. */
export class TextColumnBuilder {
  readonly #coder = new Coder<string>();
  readonly #codes: Uint16Array;
  #isFull = false;

  constructor(rows: number) {
    this.#codes = new Uint16Array(rows);
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
    const starts = new Int32Array(this.#rows + 1);
    for (let row = 0; row < this.#rows; row++)
      starts[row + 1] = (starts[row] as number) + (counts[row] as number);
    const next = starts.slice();
    const codes = new Uint16Array(this.#length);
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
