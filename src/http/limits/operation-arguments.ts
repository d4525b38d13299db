// What the text of an operation says by its arguments, wherever they stand: how long its lists are, whether it filters, and which variables its
// size depends on.
import {
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type ValueNode,
  visit,
} from 'graphql';
import { FILTER, nameUnder } from './filter-cost.ts';

/** Arguments that say how long a list is. */
export const SIZES = ['first', 'last', 'sample', 'bins', 'periods', 'days'] as const;
/** The argument without which statistics have one group. */
export const GROUP_BY = 'groupBy';
/** Arguments of statistics with a term for each figure of the groups that they ask for beyond those of the answer. */
export const TERMS = ['orderBy', 'having'] as const;

type Definitions = readonly (OperationDefinitionNode | FragmentDefinitionNode)[];

/** The arguments of its text that say how long a list is, each once: what could be lowered. */
export function listSizeArguments(definitions: Definitions): string[] {
  const names = listArguments(definitions);
  return SIZES.filter((size) => names.has(size));
}

/** Whether a field of it filters. */
export function hasFilter(definitions: Definitions): boolean {
  return listArguments(definitions).has(FILTER);
}

function listArguments(definitions: Definitions): Set<string> {
  const names = new Set<string>();
  for (const definition of definitions)
    visit(definition, { Argument: ({ name }) => void names.add(name.value) });
  return names;
}

const SIZED: ReadonlySet<string> = new Set([...SIZES, ...TERMS, GROUP_BY]);

/** The variables that a size depends on: those that say how long a list is, whether statistics are grouped, or how many terms order them. */
export function listSizeVariables(definitions: Definitions): string[] {
  const names = new Set<string>();
  for (const definition of definitions) {
    visit(definition, {
      Argument: ({ name, value }) => {
        if (SIZED.has(name.value) && value.kind === Kind.VARIABLE) names.add(value.name.value);
      },
    });
  }
  return [...names];
}

/** The variables that @skip and @include look at. */
export function listConditionVariables(definitions: Definitions): string[] {
  const names = new Set<string>();
  for (const definition of definitions) {
    visit(definition, {
      Directive: ({ name, arguments: given = [] }) => {
        if (name.value !== 'skip' && name.value !== 'include') return;
        for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
      },
    });
  }
  return [...names];
}

/** A variable in a filter, and the field of the filter whose value it is; empty where it is the whole filter. */
export interface FilterVariable {
  readonly name: string;
  readonly under: string;
}

/** The variables that filters depend on, each once for each field it is the value of. */
export function listFilterVariables(definitions: Definitions): FilterVariable[] {
  const found = new Map<string, FilterVariable>();
  const look = (value: ValueNode, under: string): void => {
    if (value.kind === Kind.VARIABLE)
      found.set(`${value.name.value} ${under}`, { name: value.name.value, under });
    else if (value.kind === Kind.LIST) for (const item of value.values) look(item, under);
    else if (value.kind === Kind.OBJECT)
      for (const field of value.fields) look(field.value, nameUnder(under, field.name.value));
  };
  for (const definition of definitions)
    visit(definition, {
      Argument: ({ name, value }) => {
        if (name.value === FILTER) look(value, '');
      },
    });
  return [...found.values()];
}
