// What is known of a value within a select: the columns it comes from, how, and the fields it has.
import {
  COLUMN_DERIVATIONS,
  type ColumnDerivation,
  type ManifestColumnSource,
} from '../../../store/snapshots/manifest.ts';

export interface Value {
  readonly sources: readonly ManifestColumnSource[];
  /** Null: a single value, or nothing is known of its fields. */
  readonly shape: Shape | null;
  /** Why the sources cannot be told; they are then worth nothing. */
  readonly reason: string | null;
}

export type Shape =
  | { readonly kind: 'STRUCT'; readonly fields: ReadonlyMap<string, Value> }
  | { readonly kind: 'LIST'; readonly item: Value };

/** Where the parse does not settle where something comes from. The message says why. */
export class UnsettledError extends Error {}

/** A constant, or a count of all rows: from no column. */
export const NOTHING: Value = { sources: [], shape: null, reason: null };

export function unsettled(reason: string): Value {
  return { sources: [], shape: null, reason };
}

/** The value of a column of a relation, with the fields that its type names, e.g. STRUCT(url VARCHAR, width INTEGER)[]. */
export function columnValue(relation: string, column: string, type: string): Value {
  return shaped([{ relation, column, path: null, how: 'IDENTITY' }], readType(type));
}

/** One value from several: every source once, by its most direct way; the fields that all of them have. */
export function merge(...values: readonly Value[]): Value {
  const found = new Map<string, ManifestColumnSource>();
  for (const source of values.flatMap(({ sources }) => sources)) {
    const key = `${source.relation}.${source.column} ${source.path ?? ''}`;
    const known = found.get(key);
    if (!known || place(source.how) < place(known.how)) found.set(key, source);
  }
  const sources = [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, source]) => source);
  const reason = values.find((value) => value.reason !== null)?.reason ?? null;
  // A constant beside the others, an empty list say, has no fields of its own.
  const shapes = values.filter((value) => value.sources.length > 0).map(({ shape }) => shape);
  return { sources, shape: shapes.reduce(mergeShapes, shapes[0] ?? null), reason };
}

/** The value of something made of it: no source is more direct than `how`. The fields are those of something else. */
export function derive(value: Value, how: ColumnDerivation): Value {
  return { ...merge({ ...value, sources: value.sources.map((s) => viaStep(s, how)) }), shape: null };
}

/** The same with its fields: one of several values is taken, whole. */
export function deriveWhole(value: Value, how: ColumnDerivation): Value {
  const inner = (part: Value) => deriveWhole(part, how);
  const { shape } = value;
  const derived: Shape | null =
    shape?.kind === 'STRUCT'
      ? { kind: 'STRUCT', fields: new Map([...shape.fields].map(([name, field]) => [name, inner(field)])) }
      : shape && { kind: 'LIST', item: inner(shape.item) };
  return { ...derive(value, how), shape: derived };
}

function mergeShapes(a: Shape | null, b: Shape | null): Shape | null {
  if (a === b) return a;
  if (a?.kind === 'LIST' && b?.kind === 'LIST') return { kind: 'LIST', item: merge(a.item, b.item) };
  if (a?.kind !== 'STRUCT' || b?.kind !== 'STRUCT') return null;
  const names = [...a.fields.keys()].filter((name) => b.fields.has(name));
  if (names.length !== a.fields.size || names.length !== b.fields.size) return null;
  const both = (name: string) => [a, b].flatMap(({ fields }) => fields.get(name) ?? []);
  return { kind: 'STRUCT', fields: new Map(names.map((name) => [name, merge(...both(name))])) };
}

/** What stands in for the sources of a value: each is replaced by what it comes from itself. */
export function replaceSources(value: Value, find: (source: ManifestColumnSource) => Value): Value {
  const found = value.sources.map((source) => derive(find(source), source.how));
  return merge({ ...value, sources: [] }, ...found);
}

/** A struct's field; of a value whose fields are not known, all it comes from. */
export function fieldOf(value: Value, name: string): Value {
  if (value.shape?.kind !== 'STRUCT') return derive(value, 'TRANSFORMATION');
  const field = value.shape.fields.get(name.toLowerCase());
  return field ?? unsettled(`"${name}" is no known field`);
}

export function itemOf(value: Value): Value {
  return value.shape?.kind === 'LIST' ? value.shape.item : derive(value, 'TRANSFORMATION');
}

/**
 * The value as json_transform types it: fields by the JSON text of its structure, each from its path in the document,
 * e.g. `{"followers": {"total": "VARCHAR"}}`.
 */
export function typedJson(body: Value, structure: unknown): Value {
  if (Array.isArray(structure)) {
    return {
      ...derive(body, 'TRANSFORMATION'),
      shape: { kind: 'LIST', item: typedJson(atPath(body, '[*]'), structure[0]) },
    };
  }
  if (typeof structure !== 'object' || structure === null) return derive(body, 'TRANSFORMATION');
  const fields = Object.entries(structure).map(
    ([name, inner]) => [name.toLowerCase(), typedJson(atPath(body, `.${quoteStep(name)}`), inner)] as const,
  );
  return { ...derive(body, 'TRANSFORMATION'), shape: { kind: 'STRUCT', fields: new Map(fields) } };
}

/** The value at a JSON path (without its `$`) of each source that is a document as it is. */
export function atPath(body: Value, steps: string): Value {
  const sources = body.sources.map((source) =>
    source.how === 'IDENTITY' ? { ...source, path: `${source.path ?? '$'}${steps}` } : source,
  );
  return { ...body, shape: null, sources };
}

function quoteStep(name: string): string {
  return /^\w+$/.test(name) ? name : `"${name}"`;
}

function viaStep(source: ManifestColumnSource, how: ColumnDerivation): ManifestColumnSource {
  return place(how) > place(source.how) ? { ...source, how } : source;
}

function place(how: ColumnDerivation): number {
  return COLUMN_DERIVATIONS.indexOf(how);
}

type TypeShape =
  | { kind: 'STRUCT'; fields: Map<string, TypeShape> }
  | { kind: 'LIST'; item: TypeShape }
  | null;

function shaped(sources: readonly ManifestColumnSource[], type: TypeShape): Value {
  const part: readonly ManifestColumnSource[] = sources.map((source) => viaStep(source, 'TRANSFORMATION'));
  if (type === null) return { sources, shape: null, reason: null };
  const shape: Shape =
    type.kind === 'LIST'
      ? { kind: 'LIST', item: shaped(part, type.item) }
      : { kind: 'STRUCT', fields: new Map([...type.fields].map(([name, of]) => [name, shaped(part, of)])) };
  return { sources, shape, reason: null };
}

/** The structs and lists of a type as the engine writes it; null for any other. */
function readType(type: string): TypeShape {
  if (type.endsWith('[]')) return { kind: 'LIST', item: readType(type.slice(0, -2)) };
  const inner = /^STRUCT\((.*)\)$/s.exec(type)?.[1];
  if (inner === undefined) return null;
  const fields = splitFields(inner).map((field) => {
    const [, quoted, plain, of = ''] = /^(?:"((?:[^"]|"")*)"|(\w+)) (.*)$/s.exec(field) ?? [];
    return [(quoted?.replaceAll('""', '"') ?? plain ?? '').toLowerCase(), readType(of)] as const;
  });
  return { kind: 'STRUCT', fields: new Map(fields) };
}

/** Splits at the commas that stand within no brackets and no quotes. */
function splitFields(text: string): string[] {
  const fields: string[] = [''];
  let depth = 0;
  for (const [part] of text.matchAll(/"(?:[^"]|"")*"|[(),]|[^"(),]+/g)) {
    if (part === ',' && depth === 0) {
      fields.push('');
      continue;
    }
    if (part === '(') depth += 1;
    if (part === ')') depth -= 1;
    fields.push(`${fields.pop()}${part}`);
  }
  return fields.map((field) => field.trim());
}
