// Columns of the engine as columns of Arrow, without loss: 64-bit whole numbers, 38-digit decimals, microseconds.
import {
  type DuckDBBlobValue,
  type DuckDBDateValue,
  type DuckDBDecimalType,
  type DuckDBDecimalValue,
  type DuckDBListType,
  type DuckDBListValue,
  type DuckDBStructType,
  type DuckDBStructValue,
  type DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import {
  Binary,
  Bool,
  type Data,
  type DataType,
  DateDay,
  Decimal,
  Field,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  List,
  makeData,
  Struct,
  TimestampMicrosecond,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow';

type Values = readonly DuckDBValue[];

/** How one type of the engine is written. */
interface ArrowKind {
  readonly type: DataType;
  readonly toData: (values: Values) => Data;
}

/** Null for a type that has to be cast first: INTERVAL, MAP, UUID, ... */
export function findArrowKind(type: DuckDBType): ArrowKind | null {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return kind(new Bool(), toBits);
    case DuckDBTypeId.TINYINT:
      return kind(new Int8(), numbersInto(Int8Array));
    case DuckDBTypeId.SMALLINT:
      return kind(new Int16(), numbersInto(Int16Array));
    case DuckDBTypeId.INTEGER:
      return kind(new Int32(), numbersInto(Int32Array));
    case DuckDBTypeId.UTINYINT:
      return kind(new Uint8(), numbersInto(Uint8Array));
    case DuckDBTypeId.USMALLINT:
      return kind(new Uint16(), numbersInto(Uint16Array));
    case DuckDBTypeId.UINTEGER:
      return kind(new Uint32(), numbersInto(Uint32Array));
    case DuckDBTypeId.FLOAT:
      return kind(new Float32(), numbersInto(Float32Array));
    case DuckDBTypeId.DOUBLE:
      return kind(new Float64(), numbersInto(Float64Array));
    case DuckDBTypeId.BIGINT:
      return kind(new Int64(), (values) => BigInt64Array.from(values, (value) => (value ?? 0n) as bigint));
    case DuckDBTypeId.UBIGINT:
      return kind(new Uint64(), (values) => BigUint64Array.from(values, (value) => (value ?? 0n) as bigint));
    case DuckDBTypeId.DATE:
      return kind(new DateDay(), (values) =>
        Int32Array.from(values, (value) => (value as DuckDBDateValue | null)?.days ?? 0),
      );
    case DuckDBTypeId.TIMESTAMP:
      return kind(new TimestampMicrosecond(), toMicros);
    case DuckDBTypeId.TIMESTAMP_TZ:
      return kind(new TimestampMicrosecond('UTC'), toMicros);
    case DuckDBTypeId.DECIMAL: {
      const { width, scale } = type as DuckDBDecimalType;
      return kind(new Decimal(scale, width, 128), toDecimals);
    }
    case DuckDBTypeId.VARCHAR:
      return bytesKind(new Utf8(), (value) => Buffer.from(value as string, 'utf8'));
    case DuckDBTypeId.BLOB:
      return bytesKind(new Binary(), (value) => (value as DuckDBBlobValue).bytes);
    case DuckDBTypeId.LIST:
      return listKind(type as DuckDBListType);
    case DuckDBTypeId.STRUCT:
      return structKind(type as DuckDBStructType);
    default:
      return null;
  }
}

function kind(type: DataType, toBuffer: (values: Values) => ArrayBufferView): ArrowKind {
  return { type, toData: (values) => build({ type, data: toBuffer(values), ...nullsOf(values) }) };
}

function bytesKind(type: DataType, toBytes: (value: DuckDBValue) => Uint8Array): ArrowKind {
  return {
    type,
    toData: (values) => {
      const pieces = values.map((value) => (value === null ? EMPTY : toBytes(value)));
      const valueOffsets = toOffsets(pieces.map((piece) => piece.length));
      return build({ type, valueOffsets, data: Buffer.concat(pieces), ...nullsOf(values) });
    },
  };
}

function listKind({ valueType }: DuckDBListType): ArrowKind | null {
  const item = findArrowKind(valueType);
  if (!item) return null;
  const type = new List(new Field('item', item.type, true));
  return {
    type,
    toData: (values) => {
      const lists = values.map((value) => (value as DuckDBListValue | null)?.items ?? []);
      const valueOffsets = toOffsets(lists.map((list) => list.length));
      return build({ type, valueOffsets, child: item.toData(lists.flat(1)), ...nullsOf(values) });
    },
  };
}

function structKind({ entryNames, entryTypes }: DuckDBStructType): ArrowKind | null {
  const kinds = entryTypes.map(findArrowKind);
  if (!kinds.every((each) => each !== null)) return null;
  const type = new Struct(kinds.map((each, at) => new Field(entryNames[at] ?? '', each.type, true)));
  return {
    type,
    toData: (values) => {
      const children = kinds.map((each, at) =>
        each.toData(
          values.map((value) => (value as DuckDBStructValue | null)?.entries[entryNames[at] ?? ''] ?? null),
        ),
      );
      return build({ type, children, ...nullsOf(values) });
    },
  };
}

const EMPTY = new Uint8Array(0);

/** makeData's overloads cannot follow a type that is known only as the query is. */
function build(parts: { type: DataType; [part: string]: unknown }): Data {
  return makeData(parts as never);
}

function nullsOf(values: Values): { length: number; nullCount: number; nullBitmap: Uint8Array } {
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8));
  let nullCount = 0;
  values.forEach((value, at) => {
    if (value === null) nullCount += 1;
    else setBit(nullBitmap, at);
  });
  return { length: values.length, nullCount, nullBitmap };
}

function toBits(values: Values): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((value, at) => {
    if (value === true) setBit(bits, at);
  });
  return bits;
}

function setBit(bits: Uint8Array, at: number): void {
  bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
}

function numbersInto(
  array: new (length: number) => ArrayBufferView & { [at: number]: number },
): (values: Values) => ArrayBufferView {
  return (values) => {
    const numbers = new array(values.length);
    values.forEach((value, at) => {
      numbers[at] = (value as number | null) ?? 0;
    });
    return numbers;
  };
}

function toMicros(values: Values): BigInt64Array {
  return BigInt64Array.from(values, (value) => (value as DuckDBTimestampValue | null)?.micros ?? 0n);
}

/** 128 bits each, two's complement, low word first. */
function toDecimals(values: Values): Uint32Array {
  const words = new BigUint64Array(values.length * 2);
  values.forEach((each, at) => {
    const value = (each as DuckDBDecimalValue | null)?.value ?? 0n;
    words[at * 2] = BigInt.asUintN(64, value);
    words[at * 2 + 1] = BigInt.asUintN(64, value >> 64n);
  });
  return new Uint32Array(words.buffer);
}

function toOffsets(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  lengths.forEach((length, at) => {
    offsets[at + 1] = (offsets[at] ?? 0) + length;
  });
  return offsets;
}
