// The relations as their SQL files say: what each reads, and the order in which they can be built.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TransformError } from '../errors.ts';
import type { LayerFolder } from '../store/snapshots/manifest.ts';

export interface RelationSql {
  readonly layer: LayerFolder;
  readonly name: string;
  /** The file's select, comments included. */
  readonly sql: string;
  /** layer.name of what it reads, sorted; bronze.documents among them. */
  readonly reads: readonly string[];
}

export interface Lakehouse {
  readonly macros: string;
  /** In build order. */
  readonly relations: readonly RelationSql[];
  readonly checks: readonly { readonly name: string; readonly sql: string }[];
  /** SHA-256 over all files: what is built changes only when it does. */
  readonly hash: string;
}

export const BRONZE = 'bronze.documents';
const LAYERS: readonly LayerFolder[] = ['silver', 'gold', 'warehouse'];
/** What each layer may read besides itself. */
const MAY_READ: Readonly<Record<LayerFolder, readonly string[]>> = {
  silver: ['bronze'],
  gold: ['silver'],
  warehouse: ['gold'],
};

/** Reads lakehouse/. @throws TransformError for a cycle, an unknown relation, or a layer read against the order */
export function readLakehouse(
  folder = fileURLToPath(new URL('../../lakehouse/', import.meta.url)),
): Lakehouse {
  const read = (path: string) => readFileSync(`${folder}/${path}`, 'utf8');
  const list = (layer: string) =>
    readdirSync(`${folder}/${layer}`)
      .filter((file) => file.endsWith('.sql'))
      .sort()
      .map((file) => ({ name: file.slice(0, -'.sql'.length), sql: read(`${layer}/${file}`) }));
  const macros = read('macros.sql');
  const relations = LAYERS.flatMap((layer) => list(layer).map((file) => ({ layer, ...file })));
  const checks = list('checks');
  const hash = createHash('sha256').update(macros);
  for (const { name, sql } of [...relations, ...checks]) hash.update(`\u0000${name}\u0000${sql}`);
  return { macros, relations: orderRelations(relations), checks, hash: hash.digest('hex') };
}

/** Sorts relations so that each comes after what it reads; among equals by layer and name. @throws TransformError */
export function orderRelations(files: readonly Omit<RelationSql, 'reads'>[]): RelationSql[] {
  const byName = new Map(
    files.map((file) => [`${file.layer}.${file.name}`, { ...file, reads: findReads(file.sql) }]),
  );
  const ordered: RelationSql[] = [];
  const state = new Map<string, 'visiting' | 'done'>();
  const visit = (name: string, path: readonly string[]) => {
    if (state.get(name) === 'done' || name === BRONZE) return;
    const relation = byName.get(name);
    const reader = path.at(-1) ?? name;
    if (!relation)
      throw new TransformError(
        reader,
        `"${reader}" reads "${name}", which has no file in lakehouse/. Add it, or mend the name.`,
      );
    if (state.get(name) === 'visiting') {
      throw new TransformError(
        name,
        `The relations read each other in a circle: ${[...path, name].join(' -> ')}. Break it.`,
      );
    }
    checkLayer(reader, byName.get(reader)?.layer, name);
    state.set(name, 'visiting');
    for (const read of relation.reads) visit(read, [...path, name]);
    state.set(name, 'done');
    ordered.push(relation);
  };
  for (const name of byName.keys()) visit(name, []);
  for (const relation of ordered) {
    if (relation.layer !== 'silver' && relation.reads.includes(BRONZE))
      checkLayer(`${relation.layer}.${relation.name}`, relation.layer, BRONZE);
  }
  return ordered;
}

/** Relations that a select names, sorted. Comments and texts do not count. */
export function findReads(sql: string): string[] {
  const code = sql.replace(/--.*$/gm, '').replace(/'(?:[^']|'')*'/g, "''");
  const found = code.matchAll(/\b(bronze|silver|gold|warehouse)\.([a-z_][a-z0-9_]*)/g);
  return [...new Set([...found].map(([name]) => name))].sort();
}

function checkLayer(reader: string, layer: LayerFolder | undefined, name: string): void {
  const other = name.slice(0, name.indexOf('.'));
  if (!layer || reader === name || other === layer || MAY_READ[layer].includes(other)) return;
  throw new TransformError(
    reader,
    `"${reader}" reads "${name}"; ${layer} may read ${MAY_READ[layer].join(', ')}. Go through that layer.`,
  );
}
