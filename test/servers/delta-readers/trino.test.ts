// The same tables read by Trino: rows, and for each column how many values it has and what they add up to, at several versions.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { selectFiles } from '../../../src/store/snapshots/relation-writer.ts';
import { openPublisher, type Publisher } from '../../fixtures/published.ts';
import { crawlAndPublish } from '../../fixtures/two-crawls.ts';
import { publishThings } from './things.ts';
import { isTrinoInstalled, startTrino, type Trino } from './trino.ts';

if (!isTrinoInstalled)
  console.log('trino: skipped, .ci/servers/trino.sh has not been run, or found no Java 25');

interface Column {
  readonly column_name: string;
  readonly column_type: string;
}

/** What a column adds up to, in the SQL of both engines: texts and lists by their length, times in
 * milliseconds, which is all that Trino reads of them. */
function sumOf({ column_name, column_type }: Column, engine: 'duckdb' | 'trino'): string | null {
  const name = `"${column_name}"`;
  const isOurs = engine === 'duckdb';
  if (column_type.endsWith('[]')) return `sum(${isOurs ? 'len' : 'cardinality'}(${name}))`;
  if (column_type.startsWith('STRUCT')) return null;
  if (column_type === 'VARCHAR') return `sum(length(${name}))`;
  if (column_type === 'BLOB') return `sum(${isOurs ? 'octet_length' : 'length'}(${name}))`;
  if (column_type === 'BOOLEAN') return `sum(if(${name}, 1, 0))`;
  if (column_type === 'DATE') return `sum(date_diff('day', date '1970-01-01', ${name}))`;
  if (column_type.startsWith('TIMESTAMP'))
    return isOurs ? `sum(epoch_ms(${name}))` : `sum(round(to_unixtime(${name}) * 1000))`;
  return `sum(cast(${name} as double))`;
}

const figures = (columns: readonly Column[], engine: 'duckdb' | 'trino') =>
  [
    'count(*)',
    ...columns.flatMap((column) => [`count("${column.column_name}")`, sumOf(column, engine) ?? '0']),
  ]
    .map((expression, at) => `coalesce(cast(${expression} as double), 0) as f${at}`)
    .join(', ');

describe.skipIf(!isTrinoInstalled)('the tables of the data folder, read by Trino', () => {
  let dataDir: string;
  let publisher: Publisher;
  let trino: Trino;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
    publisher = await openPublisher(dataDir);
    trino = await startTrino();
    for (const layer of ['silver', 'gold', 'warehouse']) await trino.ask(`create schema ${layer}`);
  });
  afterAll(async () => {
    await trino?.close();
    await publisher.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const registered = new Set<string>();

  /** Compares every relation of a snapshot with what Trino finds at the snapshot's version. @returns relations that have rows */
  async function compare({ relations }: Pick<Manifest, 'relations'>): Promise<number> {
    let filled = 0;
    for (const relation of relations) {
      const { layer, name, deltaVersion } = relation;
      if (!registered.has(`${layer}.${name}`)) {
        await trino.ask(
          `call system.register_table('${layer}', '${name}', 'local://${join(dataDir, layer, name)}')`,
        );
        registered.add(`${layer}.${name}`);
      }
      const files = selectFiles(dataDir, relation);
      const columns = await publisher.db.all<Column>(
        `select column_name, column_type from (describe ${files})`,
      );
      const [row] = await publisher.db.all<Record<string, number>>(
        `select ${figures(columns, 'duckdb')} from (${files})`,
      );
      const ours = Object.values(row ?? {});
      const [theirs] = await trino.ask(
        `select ${figures(columns, 'trino')} from "${layer}"."${name}" for version as of ${deltaVersion}`,
      );
      for (const [at, value] of ours.entries())
        expect(Number(theirs?.[at]), `${layer}.${name}@${deltaVersion}, figure ${at}`).toBeCloseTo(
          Number(value),
          3,
        );
      expect(theirs).toHaveLength(ours.length);
      if ((ours[0] ?? 0) > 0) filled++;
    }
    return filled;
  }

  it('are what we published, relation for relation, after each of two crawls', async () => {
    const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir });
    const manifests: Manifest[] = [];
    for (const n of [0, 1] as const) {
      const { snapshotId } = await crawlAndPublish(config, n);
      const manifest = await publisher.store.findManifest(snapshotId);
      if (manifest) manifests.push(manifest);
    }
    for (const manifest of manifests) expect(await compare(manifest)).toBeGreaterThan(10);
    expect(await trino.ask('show columns from gold.tracks')).toContainEqual([
      'tempo',
      'double',
      '',
      'Tempo in beats per minute (BPM), above 0; null when undetected.',
    ]);
    expect(
      await trino.ask(
        `select comment from system.metadata.table_comments
         where catalog_name = 'groovelake' and schema_name = 'gold' and table_name = 'tracks'`,
      ),
    ).toEqual([[expect.stringMatching(/^One row per track/)]]);
  });

  it('are read before, at and behind a checkpoint, with every type, and after a rollback', async () => {
    for (const manifest of await publishThings(publisher)) expect(await compare(manifest)).toBe(1);
    expect(await trino.ask('select max(streams) from warehouse.things')).toEqual([[1]]);
    expect(await trino.ask('select nested.b.c, images[1].url from warehouse.things where id = 7')).toEqual([
      ['x', 'http://x/7'],
    ]);
  });
});
