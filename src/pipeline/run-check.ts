// Runs one check: counts what it finds, and keeps a sample.
import type { DuckDb } from '../store/duckdb.ts';
import type { ManifestCheck } from '../store/snapshots/manifest.ts';
import { readField } from './relation-facts.ts';

const SAMPLE = 5;

/** Runs one check; its header says relation and severity. */
export async function runCheck(db: DuckDb, check: { name: string; sql: string }): Promise<ManifestCheck> {
  const [counted] = await db.all<{ n: number }>(`select count(*) as n from (${check.sql})`);
  const failures = counted?.n ?? 0;
  const sample =
    failures > 0 ? await db.all<Record<string, unknown>>(`select * from (${check.sql}) limit ${SAMPLE}`) : [];
  return {
    name: check.name,
    relation: readField(check.sql, 'relation')[0] ?? '',
    severity: readField(check.sql, 'severity')[0] === 'WARN' ? 'WARN' : 'BLOCK',
    passed: failures === 0,
    failures,
    sample,
  };
}
