// SQL as DuckDB's own parser reads it: the parts of its syntax tree (json_serialize_sql) that decide where columns come from.
import type { DuckDb } from '../../../store/duckdb.ts';
import { UnsettledError } from './value.ts';

export type QueryNode = SelectNode | SetOperationNode;

interface WithCtes {
  readonly cte_map: { readonly map: readonly { readonly key: string; readonly value: Cte }[] };
}

export interface Cte {
  readonly aliases: readonly string[];
  readonly query: { readonly node: QueryNode };
}

export interface SelectNode extends WithCtes {
  readonly type: 'SELECT_NODE';
  readonly select_list: readonly Expression[];
  /** Empty for `group by all`, which forces aggregates. */
  readonly group_expressions: readonly Expression[];
  readonly aggregate_handling: 'STANDARD_HANDLING' | 'FORCE_AGGREGATES' | 'NO_AGGREGATES_ALLOWED';
  readonly from_table: TableRef;
}

export interface SetOperationNode extends WithCtes {
  readonly type: 'SET_OPERATION_NODE';
  readonly setop_type: 'UNION' | 'UNION_BY_NAME' | 'EXCEPT' | 'INTERSECT';
  readonly left: QueryNode;
  readonly right: QueryNode;
}

interface Aliased {
  /** Empty for none. */
  readonly alias: string;
}

export type TableRef =
  | (Aliased & {
      readonly type: 'BASE_TABLE';
      readonly schema_name: string;
      readonly table_name: string;
      readonly column_name_alias: readonly string[];
    })
  | (Aliased & {
      readonly type: 'SUBQUERY';
      readonly subquery: { readonly node: QueryNode };
      readonly column_name_alias: readonly string[];
    })
  | (Aliased & {
      readonly type: 'JOIN';
      readonly left: TableRef;
      readonly right: TableRef;
      readonly join_type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'SEMI' | 'ANTI';
      readonly ref_type: 'REGULAR' | 'NATURAL' | 'CROSS' | 'POSITIONAL' | 'ASOF';
      readonly using_columns: readonly string[];
    })
  | (Aliased & { readonly type: 'EMPTY' })
  | (Aliased & { readonly type: 'TABLE_FUNCTION' | 'EXPRESSION_LIST' | 'PIVOT' });

export interface OrderedBy {
  readonly expression: Expression;
}

export type Expression =
  | (Aliased & { readonly class: 'COLUMN_REF'; readonly column_names: readonly string[] })
  | (Aliased & { readonly class: 'CONSTANT'; readonly value: { readonly value?: unknown } })
  | (Aliased & {
      readonly class: 'STAR';
      readonly relation_name: string;
      readonly exclude_list: readonly string[];
      readonly qualified_exclude_list: readonly { readonly column: string }[];
      readonly replace_list: readonly { readonly key: string; readonly value: Expression }[];
      readonly rename_list: readonly unknown[];
      /** COLUMNS(...), whose columns a pattern chooses. */
      readonly columns: boolean;
    })
  | (Aliased & {
      readonly class: 'FUNCTION';
      readonly function_name: string;
      readonly children: readonly Expression[];
      readonly filter: Expression | null;
      readonly order_bys: { readonly orders: readonly OrderedBy[] };
    })
  | (Aliased & {
      readonly class: 'WINDOW';
      readonly type: string;
      readonly children: readonly Expression[];
      readonly partitions: readonly Expression[];
      readonly orders: readonly OrderedBy[];
      readonly arg_orders: readonly OrderedBy[];
      readonly filter_expr: Expression | null;
      readonly offset_expr: Expression | null;
      readonly default_expr: Expression | null;
    })
  | (Aliased & {
      readonly class: 'CASE';
      readonly case_checks: readonly { readonly when_expr: Expression; readonly then_expr: Expression }[];
      readonly else_expr: Expression;
    })
  | (Aliased & { readonly class: 'LAMBDA'; readonly lhs: Expression; readonly expr: Expression })
  | (Aliased & {
      readonly class: 'SUBQUERY';
      readonly subquery_type: 'SCALAR' | 'EXISTS' | 'NOT_EXISTS' | 'ANY';
      readonly subquery: { readonly node: QueryNode };
      readonly child: Expression | null;
    })
  | (Aliased & { readonly class: 'CAST'; readonly child: Expression })
  | (Aliased & { readonly class: 'COMPARISON'; readonly left: Expression; readonly right: Expression })
  | (Aliased & {
      readonly class: 'BETWEEN';
      readonly input: Expression;
      readonly lower: Expression;
      readonly upper: Expression;
    })
  | (Aliased & {
      readonly class: 'CONJUNCTION' | 'OPERATOR';
      readonly type: string;
      readonly children: readonly Expression[];
    });

export interface Macro {
  readonly parameters: readonly string[];
  readonly body: Expression;
}

/** What a database knows about the functions that its SQL calls. Names are in lower case. */
export interface Functions {
  readonly macros: ReadonlyMap<string, Macro>;
  readonly aggregates: ReadonlySet<string>;
}

/** @throws UnsettledError for SQL whose tree the engine does not hand out, or that is no single select */
export async function parseSelect(db: DuckDb, sql: string): Promise<QueryNode> {
  const [row] = await db.all<{ tree: string }>('select json_serialize_sql($1::varchar) as tree', [sql]);
  const tree = JSON.parse(row?.tree ?? '{}') as {
    error_message?: string;
    statements?: readonly { node: QueryNode }[];
  };
  const [statement, ...others] = tree.statements ?? [];
  if (statement && others.length === 0) return statement.node;
  throw new UnsettledError(tree.error_message ?? `it holds ${others.length + 1} statements`);
}

/** The macros that were made in this database, and the names of its aggregates. */
export async function readFunctions(db: DuckDb): Promise<Functions> {
  const rows = await db.all<{ name: string; type: string; parameters: string[]; body: string | null }>(
    `select distinct lower(function_name) as name, function_type as type, parameters, macro_definition as body from duckdb_functions()
      where function_type = 'aggregate' or (function_type = 'macro' and not internal)`,
  );
  const macros = new Map<string, Macro>();
  for (const { name, body, parameters } of rows.filter(({ type }) => type === 'macro')) {
    const select = await parseSelect(db, `select ${body}`);
    const expression = select.type === 'SELECT_NODE' ? select.select_list[0] : undefined;
    if (expression)
      macros.set(name, { parameters: parameters.map((p) => p.toLowerCase()), body: expression });
  }
  const aggregates = rows.filter(({ type }) => type === 'aggregate').map(({ name }) => name);
  return { macros, aggregates: new Set(aggregates) };
}
