// What relations and columns mean, as lakehouse/dictionary.md says. No manifest keeps it: a snapshot of before is described by the words of now,
// where it has relations and columns of these names.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ManifestColumn, ManifestRelation } from './manifest.ts';

/** By layer.name, and EVERY_RELATION for columns that mean the same wherever they stand. */
export type Dictionary = ReadonlyMap<string, DictionaryEntry>;

interface DictionaryEntry {
  /** What the relation is, in one line; null where nothing is written down. */
  readonly description: string | null;
  /** What columns mean, by name. */
  readonly columns: ReadonlyMap<string, string>;
}

export const EVERY_RELATION = 'every relation';

export interface DescribedColumn extends ManifestColumn {
  /** Null where nothing is written down. */
  readonly description: string | null;
}

export interface DescribedRelation {
  readonly description: string | null;
  readonly columns: readonly DescribedColumn[];
}

/** Reads the file once; it does not change while a process runs. */
export function readDictionary(
  file = fileURLToPath(new URL('../../../lakehouse/dictionary.md', import.meta.url)),
): Dictionary {
  return parseDictionary(readFileSync(file, 'utf8'));
}

/** Reads `## layer.name`, its first line, and `- column: meaning` lines; what comes before the first heading is for who reads the file. */
export function parseDictionary(text: string): Dictionary {
  const [, ...sections] = text.split(/^## /m);
  return new Map(
    sections.map((section) => {
      const [heading = '', ...lines] = section.split('\n').map((line) => line.trim());
      const columns = lines.flatMap((line) => {
        const [, name, meaning] = /^- (\w+): (.+)$/.exec(line) ?? [];
        return name && meaning ? [[name, meaning] as const] : [];
      });
      const description = lines.find((line) => line !== '' && !line.startsWith('- ')) ?? null;
      return [heading, { description, columns: new Map(columns) }];
    }),
  );
}

/** What a relation and its columns mean; what a relation itself says of a column goes before what is said of every relation's. */
export function describeRelation(
  { layer, name, columns }: Pick<ManifestRelation, 'name' | 'columns'> & { readonly layer: string },
  dictionary: Dictionary,
): DescribedRelation {
  const own = dictionary.get(`${layer}.${name}`);
  const every = dictionary.get(EVERY_RELATION);
  return {
    description: own?.description ?? null,
    columns: columns.map((column) => ({
      ...column,
      description: own?.columns.get(column.name) ?? every?.columns.get(column.name) ?? null,
    })),
  };
}
