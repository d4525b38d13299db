// The relations as their SQL files say: what each reads, its key, what it refers to, and the order in which they can be built.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TransformError } from '../../errors.ts';
import { LAYER_FOLDERS, type LayerFolder } from '../../store/snapshots/manifest.ts';
import type { TakenColumn } from '../../store/snapshots/take-columns.ts';
import { type CheckSql, makeKeyChecks } from './key-checks.ts';
import { type RelationFacts, readFacts, readField } from './relation-facts.ts';

/** `staging` holds typed documents while a build goes on; it is read by silver and never published. */
export type BuildLayer = 'staging' | LayerFolder;

export interface RelationSql extends RelationFacts {
  readonly layer: BuildLayer;
  readonly name: string;
  /** The select over everything, comments included. */
  readonly sql: string;
  /** layer.name of what it reads, sorted; bronze.documents among them. */
  readonly reads: readonly string[];
  /** The same select over what a new batch touches (docs/decisions/0007); equal to `sql` where the relation is built whole. */
  readonly incrementalSql: string;
  /** What builds of new batches wait for: `reads`, and what only that select reads. */
  readonly incrementalReads: readonly string[];
  /** The same select over one slice, where what is shared out has its rows alone (slices.ts). */
  readonly slicedSql: string;
  /** What has to be found of all rows before the first slice: the columns that slices read as `sliced.ahead`. Null: nothing. */
  readonly aheadSql: string | null;
  /** Where every row is a row of another relation, and every column one of its columns: a full build takes them from its files as they lie. */
  readonly columnsOf: { readonly of: string; readonly columns: readonly TakenColumn[] } | null;
  /** Select of the values of one column whose rows a new batch may change; null: the relation is built whole every time. */
  readonly touchedSql: string | null;
}

export interface Lakehouse {
  readonly macros: string;
  /** In build order. */
  readonly relations: readonly RelationSql[];
  /** Those that follow from the headers of relations, then those of lakehouse/checks. */
  readonly checks: readonly CheckSql[];
  /** SHA-256 over all files: what is built changes only when it does. */
  readonly hash: string;
}

export const BRONZE = 'bronze.documents';
const LAYERS: readonly BuildLayer[] = ['staging', ...LAYER_FOLDERS];
/** What each layer may read besides itself. */
const MAY_READ: Readonly<Record<BuildLayer, readonly string[]>> = {
  staging: ['bronze'],
  silver: ['bronze', 'staging'],
  gold: ['silver'],
  warehouse: ['gold'],
};

/** Reads lakehouse/. @throws TransformError for a cycle, an unknown relation, a layer read against the order, or two checks of one name */
export function readLakehouse(
  folder = fileURLToPath(new URL('../../../lakehouse/', import.meta.url)),
): Lakehouse {
  const read = (path: string) => readFileSync(`${folder}/${path}`, 'utf8');
  const list = (layer: string) =>
    readdirSync(`${folder}/${layer}`)
      .filter((file) => file.endsWith('.sql'))
      .sort()
      .map((file) => ({ name: file.slice(0, -'.sql'.length), sql: read(`${layer}/${file}`) }));
  const macros = read('macros.sql');
  const files = LAYERS.flatMap((layer) => list(layer).map((file) => ({ layer, ...file })));
  const checks = list('checks');
  const hash = createHash('sha256').update(macros);
  for (const { name, sql } of [...files, ...checks]) hash.update(`\u0000${name}\u0000${sql}`);
  const touched = new Map(
    files.filter(isTouched).map((file) => [`${file.layer}.${file.name.slice(0, -TOUCHED.length)}`, file.sql]),
  );
  const relations = orderRelations(
    files
      .filter((file) => !isTouched(file))
      .map((file) => ({ ...file, touchedSql: touched.get(`${file.layer}.${file.name}`) ?? null })),
  );
  const published = relations.filter(({ layer }) => layer !== 'staging');
  return {
    macros,
    relations,
    checks: namedApart([...published.flatMap(makeKeyChecks), ...checks.map(toCheck)]),
    hash: hash.digest('hex'),
  };
}

/** What a check found is known by its name. @throws TransformError */
function namedApart(checks: readonly CheckSql[]): readonly CheckSql[] {
  const names = new Set<string>();
  for (const { name } of checks) {
    if (names.has(name)) {
      throw new TransformError(
        name,
        `Two checks are named "${name}"; those of lakehouse/checks/ and those of the keys and references in headers share their names. Rename one.`,
      );
    }
    names.add(name);
  }
  return checks;
}

function toCheck({ name, sql }: { name: string; sql: string }): CheckSql {
  const whole = leaveOut(sql, 'incremental');
  return { name, sql: whole, incrementalSql: whole === sql ? null : leaveOut(sql, 'whole') };
}

/** `tracks.touched.sql` stands beside `tracks.sql`. */
const TOUCHED = '.touched';
const isTouched = ({ name }: { name: string }) => name.endsWith(TOUCHED);

/** Sorts relations so that each comes after what it reads; among equals by layer and name. @throws TransformError */
export function orderRelations(
  files: readonly (Pick<RelationSql, 'layer' | 'name' | 'sql'> & Partial<Pick<RelationSql, 'touchedSql'>>)[],
): RelationSql[] {
  const byName = new Map(files.map((file) => [`${file.layer}.${file.name}`, describeRelation(file)]));
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
    if (!MAY_READ[relation.layer].includes('bronze') && relation.reads.includes(BRONZE))
      checkLayer(`${relation.layer}.${relation.name}`, relation.layer, BRONZE);
  }
  return ordered;
}

function describeRelation({
  layer,
  name,
  sql,
  touchedSql = null,
}: Parameters<typeof orderRelations>[0][number]): RelationSql {
  const whole = leaveOut(sql, 'incremental', 'sliced', 'ahead');
  const incremental = leaveOut(sql, 'whole', 'sliced', 'ahead');
  return {
    layer,
    name,
    ...readFacts(sql),
    sql: whole,
    incrementalSql: incremental,
    incrementalReads: findReads(`${whole}\n${incremental}`),
    slicedSql: leaveOut(sql, 'incremental', 'unsliced', 'ahead'),
    columnsOf: readColumnsOf(`${layer}.${name}`, whole),
    aheadSql: cutAhead(leaveOut(sql, 'incremental', 'sliced')),
    touchedSql,
    reads: findReads(whole),
  };
}

type Lines = 'incremental' | 'whole' | 'sliced' | 'unsliced' | 'ahead';

/**
 * A line that ends in `-- incremental` is of builds of new batches only, one that ends in `-- whole` of the others only; `-- sliced` is of
 * what is written in slices, `-- unsliced` of everything else.
 */
export function leaveOut(sql: string, ...lines: readonly Lines[]): string {
  const found = lines.filter((each) => sql.includes(`-- ${each}`));
  if (found.length === 0) return sql;
  return sql.replace(new RegExp(`^.*-- (?:${found.join('|')})[^\\S\\n]*\\n`, 'gm'), '');
}

/** Up to the line that ends in `-- ahead`, a select of its own; the others go on without it. */
function cutAhead(sql: string): string | null {
  if (!sql.includes(' -- ahead')) return null;
  return /^[\s\S]*? -- ahead$/m.exec(sql)?.[0] ?? null;
}

/** A build of new batches without the lines that read the parent's rows, for values that the parent has no row of. */
export function leaveOutStale(incrementalSql: string): string {
  return incrementalSql.replace(/^.*\bfrom stale\b.*-- incremental[^\S\n]*\n/gm, '');
}

/** The name of the column that a select of touched values has: of the first select that is within no parentheses. @throws TransformError */
export function readTouchedColumn(sql: string): string {
  let rest = sql.replace(/--.*$/gm, '');
  for (let outer = ''; outer !== rest; ) {
    outer = rest;
    rest = outer.replace(/\([^()]*\)/g, '#');
  }
  const [, columns = ''] = /\bselect\s+(.+?)\s+from\b/s.exec(rest) ?? [];
  const [, column] = /^(?:[^,]*\s)?(\w+)$/.exec(columns) ?? [];
  if (column) return column;
  throw new TransformError(
    'touched',
    `A select of touched values names its one column ("select a as b from ..."), and this does not: ${sql.slice(0, 200)}`,
  );
}

/** What `-- columns of: layer.name` says, and the select with it. @throws TransformError for a select that says more than columns */
function readColumnsOf(relation: string, sql: string): RelationSql['columnsOf'] {
  const [of] = readField(sql, 'columns of');
  if (of === undefined) return null;
  const code = sql.replace(/--.*$/gm, '').trim();
  const [, list, from] = /^select\s+([\w\s,]+?)\s+from\s+(\w+\.\w+)$/.exec(code) ?? [];
  const columns = (from === of ? (list ?? '') : '').split(',').map((text) => {
    const [, column, name = column] = /^\s*(\w+)(?:\s+as\s+(\w+))?\s*$/.exec(text) ?? [];
    if (column && name) return { from: column, name };
    throw new TransformError(
      relation,
      `"${relation}" says that it has columns of "${of}" and nothing else; "select a, b as c from ${of}" is expected, and "${code.slice(0, 200)}" found. Mend the select, or leave out the line "columns of".`,
    );
  });
  return { of, columns };
}

/** Relations that a select names, sorted. Comments and texts do not count. */
export function findReads(sql: string): string[] {
  const code = sql.replace(/--.*$/gm, '').replace(/'(?:[^']|'')*'/g, "''");
  const found = code.matchAll(/\b(bronze|staging|silver|gold|warehouse)\.([a-z_][a-z0-9_]*)/g);
  return [...new Set([...found].map(([name]) => name))].sort();
}

/** What each published relation reads, with bronze in the place of staging, which nobody but the build ever sees. */
export function listLineage(relations: readonly RelationSql[]): { relation: string; reads: string[] }[] {
  return [
    ...relations
      .filter(({ layer }) => layer !== 'staging')
      .map(({ layer, name, reads }) => ({
        relation: `${layer}.${name}`,
        reads: [...new Set(reads.map((read) => (read.startsWith('staging.') ? BRONZE : read)))].sort(),
      })),
    { relation: BRONZE, reads: [] },
  ];
}

function checkLayer(reader: string, layer: BuildLayer | undefined, name: string): void {
  const other = name.slice(0, name.indexOf('.'));
  if (!layer || reader === name || other === layer || MAY_READ[layer].includes(other)) return;
  throw new TransformError(
    reader,
    `"${reader}" reads "${name}"; ${layer} may read ${MAY_READ[layer].join(', ')}. Go through that layer.`,
  );
}
