// Where the value of an expression comes from. What decides between values (a condition, the order of a window) is told from what the value is made of.
import type { ColumnDerivation } from '../../../store/snapshots/manifest.ts';
import { type Column, resolveName, type Scope, within } from './scope.ts';
import type { Expression, Functions, OrderedBy, QueryNode } from './sql-tree.ts';
import {
  atPath,
  derive,
  deriveWhole,
  fieldOf,
  itemOf,
  merge,
  NOTHING,
  typedJson,
  UnsettledError,
  type Value,
} from './value.ts';

export interface Reading {
  readonly functions: Functions;
  /** What the rows are grouped by, and so decides how many of them a group has. */
  readonly groups: () => Value;
  /** The columns of a subquery that may name what is in `scope`. */
  readonly readQuery: (query: QueryNode, scope: Scope) => readonly Column[];
}

type FunctionCall = Extract<Expression, { class: 'FUNCTION' }>;

/** @throws UnsettledError for what the parse alone does not settle */
export function readValue(expression: Expression, scope: Scope, reading: Reading): Value {
  const read = (inner: Expression) => readValue(inner, scope, reading);
  const made = (...parts: readonly Expression[]) => derive(merge(...parts.map(read)), 'TRANSFORMATION');
  switch (expression.class) {
    case 'COLUMN_REF':
      return resolveName(scope, expression.column_names);
    case 'CONSTANT':
      return NOTHING;
    case 'CAST':
      return made(expression.child);
    case 'COMPARISON':
      return made(expression.left, expression.right);
    case 'BETWEEN':
      return made(expression.input, expression.lower, expression.upper);
    case 'CONJUNCTION':
      return made(...expression.children);
    case 'OPERATOR':
      return readOperator(expression, read);
    case 'CASE': {
      const conditions = merge(...expression.case_checks.map(({ when_expr }) => read(when_expr)));
      const results = merge(
        ...[...expression.case_checks.map(({ then_expr }) => then_expr), expression.else_expr].map(read),
      );
      return merge(results, derive(conditions, choosing(results)));
    }
    case 'FUNCTION':
      return readCall(expression, scope, reading);
    case 'WINDOW': {
      const { partitions, orders, arg_orders, filter_expr, offset_expr, default_expr } = expression;
      const how = expression.type === 'WINDOW_AGGREGATE' ? 'AGGREGATION' : 'TRANSFORMATION';
      const made = [...expression.children, offset_expr, default_expr]
        .filter((part) => part !== null)
        .map(read);
      const decides = [...partitions, ...[...orders, ...arg_orders].map(toExpression), filter_expr];
      return merge(
        derive(merge(...made), how),
        derive(merge(...decides.filter((part) => part !== null).map(read)), 'WINDOW'),
      );
    }
    case 'SUBQUERY': {
      if (expression.subquery_type !== 'SCALAR')
        throw new UnsettledError('it says whether a subquery has rows, which is not of single columns');
      const [column] = reading.readQuery(expression.subquery.node, scope);
      return column?.value ?? NOTHING;
    }
    default:
      throw new UnsettledError(`an expression of class ${expression.class} stands alone`);
  }
}

function readOperator(
  { type, children }: Extract<Expression, { class: 'OPERATOR' | 'CONJUNCTION' }>,
  read: (inner: Expression) => Value,
): Value {
  const [first, second] = children;
  if (first && second?.class === 'CONSTANT' && type === 'STRUCT_EXTRACT')
    return fieldOf(read(first), String(second.value.value));
  if (first && type === 'ARRAY_EXTRACT') {
    const item = itemOf(read(first));
    const places = children.slice(1).map((inner) => derive(read(inner), choosing(item)));
    return keepShape(item, places);
  }
  // The same value, or null where it cannot be made.
  if (first && type === 'OPERATOR_TRY') return read(first);
  if (type === 'OPERATOR_COALESCE') return deriveWhole(merge(...children.map(read)), 'TRANSFORMATION');
  return derive(merge(...children.map(read)), 'TRANSFORMATION');
}

function readCall(call: FunctionCall, scope: Scope, reading: Reading): Value {
  const name = call.function_name.toLowerCase();
  const read = (inner: Expression) => readValue(inner, scope, reading);
  const macro = reading.functions.macros.get(name);
  if (macro) {
    const columns = macro.parameters.map((parameter, at) => ({
      name: parameter,
      value: read(call.children[at] ?? raiseMissing(name, parameter)),
    }));
    return readValue(macro.body, within({ inputs: [], visible: [], outer: null }, columns), reading);
  }
  const [first, second] = call.children;
  const constant = second?.class === 'CONSTANT' ? second.value.value : undefined;
  if (first && name === 'json_transform' && typeof constant === 'string')
    return typedJson(read(first), JSON.parse(constant));
  if (first && JSON_GETTERS.has(name) && typeof constant === 'string' && constant.startsWith('$'))
    return derive(atPath(read(first), constant.slice(1)), 'TRANSFORMATION');
  if (first && (name === 'struct_extract' || name === 'array_extract') && typeof constant === 'string')
    return fieldOf(read(first), constant);
  if (first && PICKS.has(name)) {
    const picks = call.children.slice(1).map((inner) => derive(read(inner), 'CONDITIONAL'));
    return merge(derive(read(first), 'AGGREGATION'), ...picks, ...readDeciders(call, read));
  }
  if (name === 'count_star')
    return merge(derive(reading.groups(), 'CONDITIONAL'), ...readDeciders(call, read));
  const how = reading.functions.aggregates.has(name) ? 'AGGREGATION' : 'TRANSFORMATION';
  const lambda = call.children.find((child) => child.class === 'LAMBDA');
  if (lambda && first)
    return readOverList(name, read(first), readLambda(lambda, read(first), scope, reading));
  return merge(derive(merge(...call.children.map(read)), how), ...readDeciders(call, read));
}

const JSON_GETTERS = new Set(['->>', '->', 'json_extract', 'json_extract_string', 'json_type']);
/** Aggregates that hand out one of the values of their first argument, chosen by the others. */
const PICKS = new Set(['arg_min', 'arg_max', 'min_by', 'max_by', 'argmin', 'argmax']);

/** What decides which rows an aggregate takes, and in which order. */
function readDeciders({ filter, order_bys }: FunctionCall, read: (inner: Expression) => Value): Value[] {
  const orders = order_bys.orders.map((order) => derive(read(order.expression), 'WINDOW'));
  return filter ? [...orders, derive(read(filter), 'CONDITIONAL')] : orders;
}

/** A list whose items a lambda keeps or leaves out stays what it was; any other is made of what the lambda makes. */
function readOverList(name: string, list: Value, body: Value): Value {
  const isFilter = name === 'list_filter' || name === 'filter' || name === 'array_filter';
  if (isFilter) return keepShape(deriveWhole(list, 'TRANSFORMATION'), [derive(body, 'CONDITIONAL')]);
  return derive(body.sources.length > 0 ? body : merge(list, body), 'TRANSFORMATION');
}

/** What the body of a lambda names: its first parameter is an item of the list, a second one its place. */
function readLambda(
  { lhs, expr }: Extract<Expression, { class: 'LAMBDA' }>,
  list: Value,
  scope: Scope,
  reading: Reading,
): Value {
  const parameters = lhs.class === 'FUNCTION' ? lhs.children : [lhs];
  const columns = parameters.map((parameter, at) => ({
    name: parameter.class === 'COLUMN_REF' ? (parameter.column_names[0] ?? '') : '',
    value: at === 0 ? itemOf(list) : NOTHING,
  }));
  return readValue(expr, within(scope, columns), reading);
}

/** What chooses between values decides; what chooses between constants is all there is, a word for it. */
function choosing(chosen: Value): ColumnDerivation {
  return chosen.sources.length > 0 ? 'CONDITIONAL' : 'TRANSFORMATION';
}

function keepShape(value: Value, others: readonly Value[]): Value {
  return { ...merge(value, ...others), shape: value.shape };
}

function toExpression({ expression }: OrderedBy): Expression {
  return expression;
}

function raiseMissing(macro: string, parameter: string): never {
  throw new UnsettledError(`the macro ${macro} is called without its ${parameter}`);
}
