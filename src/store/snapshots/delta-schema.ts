// The columns of a relation as Delta's schema. https://github.com/delta-io/delta/blob/master/PROTOCOL.md#schema-serialization-format
import { SnapshotError } from '../../errors.ts';
import type { DescribedColumn } from './dictionary.ts';
import type { ManifestColumn } from './manifest.ts';

/** What readers show beside a column. */
interface DeltaFieldMetadata {
  readonly comment?: string;
}

/** The columns as Delta's schema, in JSON. @throws SnapshotError for a type that Delta does not have */
export function toSchemaString(columns: readonly DescribedColumn[]): string {
  return JSON.stringify(toStruct(columns));
}

interface DeltaStruct {
  readonly type: 'struct';
  readonly fields: readonly { name: string; type: DeltaType; nullable: true; metadata: DeltaFieldMetadata }[];
}
type DeltaType = string | DeltaStruct | { type: 'array'; elementType: DeltaType; containsNull: true };

const SIMPLE: Readonly<Record<string, string>> = {
  VARCHAR: 'string',
  INTEGER: 'integer',
  BIGINT: 'long',
  SMALLINT: 'short',
  TINYINT: 'byte',
  DOUBLE: 'double',
  FLOAT: 'float',
  BOOLEAN: 'boolean',
  DATE: 'date',
  BLOB: 'binary',
  'TIMESTAMP WITH TIME ZONE': 'timestamp',
};

function toStruct(columns: readonly (ManifestColumn & Partial<DescribedColumn>)[]): DeltaStruct {
  return {
    type: 'struct',
    fields: columns.map(({ name, type, description }) => ({
      name,
      type: toDeltaType(type),
      nullable: true,
      metadata: description ? { comment: description } : {},
    })),
  };
}

function toDeltaType(type: string): DeltaType {
  if (type.endsWith('[]'))
    return { type: 'array', elementType: toDeltaType(type.slice(0, -2)), containsNull: true };
  const decimal = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(type);
  if (decimal) return `decimal(${decimal[1]},${decimal[2]})`;
  const struct = /^STRUCT\((.*)\)$/s.exec(type);
  if (struct?.[1]) return toStruct(splitFields(struct[1]));
  const simple = SIMPLE[type];
  if (simple) return simple;
  throw new SnapshotError(
    `Delta Lake has no type for "${type}"; cast the column to one of ${Object.keys(SIMPLE).join(', ')}.`,
  );
}

/** The fields of a STRUCT's text: `url VARCHAR, width INTEGER`, with names quoted where they must be. */
function splitFields(text: string): ManifestColumn[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const char of text) {
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    if (char === ',' && depth === 0) {
      parts.push(part);
      part = '';
    } else part += char;
  }
  return [...parts, part].map((field) => {
    const match = /^\s*(?:"((?:[^"]|"")*)"|(\S+))\s+(.*)$/s.exec(field);
    return { name: (match?.[1] ?? match?.[2] ?? '').replaceAll('""', '"'), type: (match?.[3] ?? '').trim() };
  });
}
