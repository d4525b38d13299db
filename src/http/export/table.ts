// A query answered as CSV, JSON lines, Parquet or Arrow: the same document, filters, keys and limits, and a limit of its own for rows.
import {
  execute,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  specifiedRules,
  validate,
} from 'graphql';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import type { Scope } from '../../store/access/access-store.ts';
import type { ExportForm } from '../../store/export/export-form.ts';
import type { Export } from '../../store/export/open-export.ts';
import { openRowsExport, type RowValues } from '../../store/export/open-rows-export.ts';
import { type ClientCode, makeRefusal } from '../error-codes.ts';
import type { OperationSize } from '../limits/cost.ts';
import {
  checkDocument,
  checkOperation,
  checkVariables,
  findOperation,
  type NamedOperation,
  parseWithin,
} from '../limits/limits.ts';
import { type RateLimit, READING_POINTS } from '../limits/rate-limit.ts';
import { checkScope } from '../scopes.ts';
import { PAGE_AFTER, PAGE_SIZE } from './table-document.ts';
import { planTable, type TablePlan } from './table-plan.ts';

/** A query as a client sends it. */
export interface TableParams {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface TableRequest {
  readonly params: TableParams;
  readonly form: ExportForm;
  readonly caller: string | null;
  /** What the caller may do. */
  readonly scope: Scope;
  readonly signal: AbortSignal;
  /** A context for one page, whose lists may be as long as PAGE_ROWS. */
  readonly createContext: () => object;
}

export interface TableParts {
  readonly schema: GraphQLSchema;
  readonly config: Config;
  readonly clock: Clock;
  readonly rate: RateLimit;
}

/** Rows of one page at most: few statements, and little memory. */
const PAGE_ROWS = 5_000;

/** A query that passed every check and may run. */
export interface CheckedTable {
  readonly plan: TablePlan;
  /** As the rows depend on them: coerced, defaults of the text among them. What executes takes them as they were sent. */
  readonly variables: Record<string, unknown>;
  /** Of a page as large as the largest of an ordinary answer. */
  readonly cost: number;
  /** Rows of a page at most: as many as GROOVELAKE_MAX_ROWS and GROOVELAKE_MAX_COST leave room for, with all that hangs on them. */
  readonly pageRows: number;
  /** The operation's own; null for none. */
  readonly name: string | null;
}

/** The point for reading it is paid. @throws GraphQLError for what cannot be read, is refused, or makes no table */
export function checkTable(
  { params, caller, scope }: Pick<TableRequest, 'params' | 'caller' | 'scope'>,
  parts: TableParts,
): CheckedTable {
  const { schema, config, rate } = parts;
  const tooWide = checkVariables(params.variables, config);
  if (tooWide) throw tooWide;
  const document = parseWithin(params.query, undefined, config);
  const tooMuch = checkDocument(document, config);
  if (tooMuch) throw tooMuch;
  const [invalid] = validate(schema, document, specifiedRules);
  if (invalid) throw withCode(invalid, 'GRAPHQL_VALIDATION_FAILED');
  const refusal = checkScope(schema, document, scope);
  if (refusal) throw refusal;
  const found = findOperation(document, params.operationName);
  if (!found)
    throw makeRefusal('OPERATION_RESOLUTION_FAILURE', 'Could not determine what operation to execute.');
  const variables = coerce(schema, found, params.variables);
  // Fragments that spread one another are counted without being spread. How much may be read is a question of pages.
  checkOperation(schema, found, params.variables, { ...config, ...ANY_SIZE });
  const plan = planTable({ schema, ...found, variables });
  const paged = findOperation(plan.document, params.operationName) ?? found;
  // Each page is charged like the largest page that an ordinary answer may have.
  const size = checkOperation(schema, paged, pageVariables(params, config.maxPageSize, null), config);
  rate.spend(caller, Math.max(READING_POINTS, size.cost), READING_POINTS);
  return {
    plan,
    variables,
    cost: size.cost,
    pageRows: countPageRows(size, config),
    name: found.operation.name?.value ?? null,
  };
}

const ANY_SIZE = { maxCost: Number.POSITIVE_INFINITY, maxRows: Number.POSITIVE_INFINITY };

function countPageRows(
  { objects, cost }: Pick<OperationSize, 'objects' | 'cost'>,
  { maxPageSize, maxRows, maxCost }: Config,
): number {
  const times = Math.min(maxRows / Math.max(1, objects), maxCost / Math.max(1, cost));
  return Math.min(PAGE_ROWS, Math.max(maxPageSize, Math.floor(maxPageSize * times)));
}

/**
 * Runs a checked query page by page and opens the rows as an export.
 *
 * @throws GraphQLError TOO_MANY_ROWS beyond GROOVELAKE_TABLE_MAX_ROWS, or the first error of a page
 */
export async function openTable(
  request: TableRequest,
  { plan, cost, pageRows }: CheckedTable,
  parts: TableParts,
): Promise<Export> {
  const { config, clock, rate } = parts;
  const run = createRun(request, parts);
  const limit = plan.isPaged ? await readLimit(plan, run, config.tableMaxRows) : config.tableMaxRows;
  // A page is paid for.
  if (plan.isPaged) rate.spend(request.caller, cost + Math.ceil((cost * limit) / config.maxPageSize), cost);
  return openRowsExport({
    columns: plan.columns,
    pages: readPages(plan, run, { items: limit, pageRows, most: config.tableMaxRows }),
    form: request.form,
    dataDir: config.dataDir,
    config,
    clock,
    signal: request.signal,
  });
}

/** What was sent, with the page in the place of whatever goes by the names of its variables. */
function pageVariables({ variables }: TableParams, size: number | null, after: string | null) {
  return { ...variables, [PAGE_SIZE]: size, [PAGE_AFTER]: after };
}

type Run = (
  document: TablePlan['document'],
  size?: number | null,
  after?: string | null,
) => Promise<Record<string, unknown>>;

function createRun({ createContext, params }: TableRequest, { schema }: TableParts): Run {
  return async (document, size = null, after = null) => {
    const { data, errors } = await execute({
      schema,
      document,
      contextValue: createContext(),
      operationName: params.operationName,
      variableValues: pageVariables(params, size, after),
    });
    if (errors?.[0]) throw errors[0];
    return data ?? {};
  };
}

/** Rows to come: those asked for, all unless stated. */
async function readLimit(plan: TablePlan, run: Run, most: number): Promise<number> {
  const total = plan.countDocument ? plan.readCount(await run(plan.countDocument)) : 0;
  if (plan.first !== null && plan.first < 1) {
    throw makeRefusal('INVALID_INPUT', `first is ${plan.first}; 1 to ${most} rows are expected.`, {
      field: 'first',
      given: String(plan.first),
    });
  }
  const wanted = Math.min(plan.first ?? total, total);
  if (wanted <= most) return wanted;
  throw tooManyRows(String(wanted), wanted, most);
}

/** @param items of a paged list at most @param most rows at most, of which an item may have several */
async function* readPages(
  plan: TablePlan,
  run: Run,
  { items, pageRows, most }: { items: number; pageRows: number; most: number },
): AsyncGenerator<readonly RowValues[]> {
  let after = plan.after;
  let [left, count, size] = [items, 0, pageRows];
  while (left > 0) {
    const wanted = Math.min(left, size);
    let data: Record<string, unknown>;
    try {
      data = await (plan.isPaged ? run(plan.document, wanted, after) : run(plan.document));
    } catch (error) {
      if (!plan.isPaged || wanted === 1 || !isTooMuch(error)) throw error;
      size = Math.ceil(wanted / 2);
      continue;
    }
    // Longer again by a quarter, so that one long list does not make all pages after it short, and few are asked for in vain.
    size = Math.min(pageRows, Math.ceil(1.25 * size));
    const { rows, taken, next } = plan.read(data);
    count += rows.length;
    if (count > most) throw tooManyRows(`more than ${most}`, count, most);
    yield rows;
    left -= taken;
    if (next === null || taken === 0) return;
    after = next;
  }
}

/** Whether lists without a size (list-budget.ts) held more than an answer may. */
function isTooMuch(error: unknown): boolean {
  return (
    error instanceof GraphQLError && ['TOO_MANY_ROWS', 'TOO_COSTLY'].includes(`${error.extensions.code}`)
  );
}

function tooManyRows(rows: string, given: number, limit: number): GraphQLError {
  return makeRefusal(
    'TOO_MANY_ROWS',
    `The table has ${rows} rows; the limit is ${limit}. Narrow the filter, ask for "first: ${limit}" or less, or take the whole relation from /export.`,
    { given, limit },
  );
}

/** A configuration whose pages may be as long as a table's. */
export function withTablePages(config: Config): Config {
  return { ...config, maxPageSize: Math.max(config.maxPageSize, PAGE_ROWS) };
}

function coerce(
  schema: GraphQLSchema,
  { operation }: NamedOperation,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], given);
  if (errors?.[0]) throw withCode(errors[0], 'BAD_USER_INPUT');
  return coerced ?? {};
}

function withCode(error: GraphQLError, code: ClientCode): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    path: error.path ?? null,
    extensions: { ...makeRefusal(code, '').extensions, ...error.extensions },
  });
}
