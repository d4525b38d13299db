// The rows of a select as typed arrays, a column each.
import type { DuckDb } from '../duckdb.ts';
import type { Arrays, TypedArray } from './array-file.ts';

/**
 * f64: a number, NaN where null; i32, i8: a whole number, -1 where null; text: UTF-8 of all rows one after another under the column's name
 * (u8), and where each begins under `NAME.starts` (u32, one more than rows); null as "".
 */
export type ColumnType = 'f64' | 'i32' | 'i8' | 'text';

/** @param columns in the order of the select */
export async function selectArrays(
  db: DuckDb,
  sql: string,
  columns: Readonly<Record<string, ColumnType>>,
  signal?: AbortSignal,
): Promise<Arrays> {
  const builders = Object.entries(columns).map(([name, type]) => ({ name, builder: BUILDERS[type]() }));
  for await (const chunk of db.stream(sql, [], { signal })) {
    for (const [at, { builder }] of builders.entries()) builder.add(chunk.column(at));
  }
  return new Map(builders.flatMap(({ name, builder }) => builder.finish(name)));
}

interface Builder {
  add(values: readonly unknown[]): void;
  finish(name: string): [string, TypedArray][];
}

const BUILDERS: Readonly<Record<ColumnType, () => Builder>> = {
  f64: () => buildNumbers(Float64Array, Number.NaN),
  i32: () => buildNumbers(Int32Array, -1),
  i8: () => buildNumbers(Int8Array, -1),
  text: buildTexts,
};

type NumberArray = Float64Array | Int32Array | Int8Array;

function buildNumbers<A extends NumberArray>(type: new (length: number) => A, ifNull: number): Builder {
  const pieces: A[] = [];
  let length = 0;
  return {
    add: (values) => {
      const piece = new type(values.length);
      for (let i = 0; i < values.length; i++) piece[i] = (values[i] as number | null) ?? ifNull;
      pieces.push(piece);
      length += values.length;
    },
    finish: (name) => {
      const all = new type(length);
      let at = 0;
      for (const piece of pieces) {
        all.set(piece, at);
        at += piece.length;
      }
      return [[name, all]];
    },
  };
}

function buildTexts(): Builder {
  const pieces: Buffer[] = [];
  const starts: number[] = [0];
  let end = 0;
  return {
    add: (values) => {
      for (const value of values) {
        const piece = Buffer.from((value as string | null) ?? '', 'utf8');
        pieces.push(piece);
        end += piece.length;
        starts.push(end);
      }
    },
    finish: (name) => [
      [name, new Uint8Array(Buffer.concat(pieces))],
      [`${name}.starts`, Uint32Array.from(starts)],
    ],
  };
}
