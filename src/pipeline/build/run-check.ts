// Runs checks: counts what each finds, and keeps a sample. A build of new batches looks at what it changed only.
import { type DuckDb, quoteText } from '../../store/duckdb.ts';
import type { ManifestCheck } from '../../store/snapshots/manifest.ts';
import type { BuildSession } from './build-session.ts';
import { hasChanged, listChangesRead } from './changed-relations.ts';
import { type CheckSql, FRESH_ROWS, type ReferenceCheck } from './key-checks.ts';
import { readField } from './relation-facts.ts';

const SAMPLE = 5;

/** Runs one check; its header says relation and severity. */
export async function runCheck(
  db: DuckDb,
  check: { name: string; sql: string },
  signal?: AbortSignal,
): Promise<ManifestCheck> {
  const [counted] = await db.all<{ n: number }>(`select count(*) as n from (${check.sql})`, [], { signal });
  const failures = counted?.n ?? 0;
  const sample =
    failures > 0
      ? await db.all<Record<string, unknown>>(`select * from (${check.sql}) limit ${SAMPLE}`, [], { signal })
      : [];
  return { ...passCheck(check), passed: failures === 0, failures, sample };
}

/** What there is to say of a check that found nothing. */
export function passCheck({ name, sql }: { name: string; sql: string }): ManifestCheck {
  return {
    name,
    relation: readField(sql, 'relation')[0] ?? '',
    severity: readField(sql, 'severity')[0] === 'WARN' ? 'WARN' : 'BLOCK',
    passed: true,
    failures: 0,
    sample: [],
  };
}

/**
 * Prepares to run the checks of a build. Where the parent's check found nothing, an incremental build looks at what it changed only.
 *
 * @param resolve what an incremental build does with SQL that reads relations
 */
export async function openChecks(
  session: BuildSession,
  resolve: (sql: string) => string,
  signal?: AbortSignal,
): Promise<(check: CheckSql) => Promise<ManifestCheck>> {
  const { plan, db, foundAhead } = session;
  if (plan.how !== 'INCREMENTAL') {
    const whole = await listWhole(session, signal);
    return async (check) =>
      foundAhead.get(check.name) ?? (whole.has(check.name) ? passCheck(check) : runCheck(db, check, signal));
  }
  const run = ({ name }: CheckSql, sql: string) => runCheck(db, { name, sql: resolve(sql) }, signal);
  const lost = await listLost(session);
  const settled = await listSettled(session);
  return async (check) => {
    const { name, incrementalSql, reference } = check;
    const before = plan.parent.checks.find((other) => other.name === name);
    if (!before?.passed || incrementalSql === null) return run(check, check.sql);
    const ahead = foundAhead.get(name);
    if (ahead) return ahead;
    const relation = readField(check.sql, 'relation')[0] ?? '';
    // A reference whose keys are all still there can be broken by rows of its own relation only.
    const isOwn = reference !== undefined && !lost.has(keyOf(reference));
    const looksAt = [relation, ...(isOwn ? [] : listChangesRead(incrementalSql))];
    if (!looksAt.some((each) => hasChanged(session, each))) return before;
    if (isOwn && settled.has(name)) return passCheck(check);
    const sql = isOwn ? reference.newRowsSql : incrementalSql;
    return run(check, sql.includes(FRESH_ROWS) ? check.sql : sql);
  };
}

/** References of changed relations that no row breaks, since every key has come along with the rows that name it; found in one statement. */
async function listSettled(session: BuildSession): Promise<ReadonlySet<string>> {
  const selects = session.lakehouse.checks.flatMap(({ name, sql, reference }) =>
    reference && hasChanged(session, readField(sql, 'relation')[0] ?? '')
      ? [`select ${quoteText(name)} as name where not exists (${reference.openSql})`]
      : [],
  );
  if (selects.length === 0) return new Set();
  const found = await session.db.all<{ name: string }>(selects.join(' union all '));
  return new Set(found.map(({ name }) => name));
}

/**
 * Names of references of which every row leads somewhere. Those that lead to one column are looked up together: its values are read, and
 * made ready to be found, once and not once for each.
 */
async function listWhole(
  { db, lakehouse }: BuildSession,
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const references = lakehouse.checks.flatMap(({ name, reference }) =>
    reference ? [{ name, ...reference }] : [],
  );
  const whole = new Set<string>();
  const targets = new Map(references.map((reference) => [keyOf(reference), reference]));
  for (const { to, toColumn } of targets.values()) {
    const alike = references.filter((other) => other.to === to && other.toColumn === toColumn);
    const values = alike.map(
      ({ name, from, column }) =>
        `select ${quoteText(name)} as name, ${column} as value from ${from} where ${column} is not null`,
    );
    const broken = await db.all<{ name: string }>(
      `select distinct r.name from (${values.join(' union all ')}) r anti join ${to} t on t.${toColumn} = r.value`,
      [],
      { signal },
    );
    for (const { name } of alike) if (!broken.some((found) => found.name === name)) whole.add(name);
  }
  return whole;
}

/** Keys that references lead to (layer.name.column) of which this build took some away for good. */
async function listLost(session: BuildSession): Promise<ReadonlySet<string>> {
  const references = session.lakehouse.checks.flatMap(({ reference }) => (reference ? [reference] : []));
  const targets = new Map(references.map((reference) => [keyOf(reference), reference]));
  const selects = [...targets]
    .filter(([, { to }]) => hasChanged(session, to))
    .map(
      ([key, { to, toColumn }]) => `select ${quoteText(key)} as key where exists (
        select ${toColumn} from changed.${to.replace('.', '_')} group by ${toColumn} having not bool_or(is_new))`,
    );
  if (selects.length === 0) return new Set();
  const found = await session.db.all<{ key: string }>(selects.join(' union all '));
  return new Set(found.map(({ key }) => key));
}

function keyOf({ to, toColumn }: ReferenceCheck): string {
  return `${to}.${toColumn}`;
}
