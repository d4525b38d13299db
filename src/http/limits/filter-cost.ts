// What a filter adds to the cost of its field: the engine compares each row with each of its parts, values and patterns.
import { Kind, type ValueNode } from 'graphql';
import { isNamedId } from '../../store/catalog/artist-merges.ts';
import { RELATION_PARTS } from '../../store/catalog/filters.ts';
import { LIST_FROM } from '../../store/catalog/predicates.ts';
import { countExpanded } from './pattern-size.ts';

/** The argument that filters. */
export const FILTER = 'where';

/**
 * Hundredths of a point. Parts are those that store/catalog/filters.ts counts, and a few more: by its name alone a field does not tell that it is an
 * album's isPreferred, which compares two columns, or the genre of a place in a playlist, which has it. A few of anything are free, since a filter's
 * points are rounded down.
 */
const PER_VALUE = 1;
const PER_PART = 2;
/** The group of conditions on it, and what it takes besides. */
const PER_RELATION = (1 + RELATION_PARTS) * PER_PART;
/** For each character of a pattern, repetitions written out; 28,356 names take 20 ms for 100 points. */
const PER_CHARACTER = 5;

const PARTS = new Set(['and', 'or', 'not']);
const RELATIONS = new Set(['some', 'none', 'every', 'album', 'genre', 'subgenre']);
/** Conditions of one value that look into another relation. */
const RELATION_VALUES = new Set(['isPreferred', 'isEmpty', 'market']);
/** Comparisons of an id, which look for one that was made from a name among those that artists have left behind. Of other ids few begin so. */
const IDS = new Set(['id.eq', 'id.ne', 'id.in']);

/** What a field of a filter's part is under: comparisons of an id are told from others. */
export function nameUnder(under: string, field: string): string {
  return under === 'id' ? `id.${field}` : field;
}

/**
 * Hundredths of a point of a filter, or of what is given for a part of one.
 *
 * @param under the field of the filter whose value it is; empty for the whole filter
 */
export function weighFilter(value: unknown, under = ''): number {
  if (value === null || value === undefined) return 0;
  if (Array.isArray(value))
    return value.reduce<number>(
      (sum, item) => sum + weighFilter(item, underOfItem(under)),
      ofList(value, under),
    );
  if (typeof value === 'object')
    return Object.entries(value).reduce(
      (sum, [name, part]) => sum + weighFilter(part, nameUnder(under, name)),
      ofGroup(under),
    );
  return ofValue(value, under);
}

type Variables = Readonly<Record<string, unknown>>;

/** The same of a filter as it is written, with what its variables hold. */
export function weighWritten(node: ValueNode, variables: Variables, under = ''): number {
  switch (node.kind) {
    case Kind.VARIABLE:
      return weighVariable(node.name.value, variables, under);
    case Kind.LIST:
      return node.values.reduce(
        (sum, item) => sum + weighWritten(item, variables, underOfItem(under)),
        ofList(
          node.values.map((item) => readText(item, variables)),
          under,
        ),
      );
    case Kind.OBJECT:
      return node.fields.reduce(
        (sum, { name, value }) => sum + weighWritten(value, variables, nameUnder(under, name.value)),
        ofGroup(under),
      );
    case Kind.NULL:
      return 0;
    default:
      return ofValue(readText(node, variables), under);
  }
}

/** By what holds the variables: one that stands in a thousand places is weighed once for each field it is the value of. */
const weighed = new WeakMap<Variables, Map<string, number>>();

/** The same of what a variable holds. */
export function weighVariable(name: string, variables: Variables, under: string): number {
  const known = weighed.get(variables) ?? new Map<string, number>();
  weighed.set(variables, known);
  const place = `${name} ${under}`;
  const weight = known.get(place) ?? weighFilter(variables[name], under);
  known.set(place, weight);
  return weight;
}

function ofGroup(under: string): number {
  return RELATIONS.has(under) ? PER_RELATION : PARTS.has(under) ? PER_PART : 0;
}

/** What a list is besides its values. */
function ofList(values: readonly unknown[], under: string): number {
  if (underOfItem(under) !== 'in') return 0;
  const isNamed = under === 'id.in' && values.some(isNamedText);
  return (values.length >= LIST_FROM ? PER_RELATION : 0) + (isNamed ? PER_RELATION : 0);
}

/** Ids of a list are looked for together. */
function underOfItem(under: string): string {
  return under === 'id.in' ? 'in' : under;
}

function ofValue(value: unknown, under: string): number {
  if (RELATION_VALUES.has(under) || (IDS.has(under) && isNamedText(value))) return PER_RELATION;
  return under === 'matches' && typeof value === 'string' ? PER_CHARACTER * countExpanded(value) : PER_VALUE;
}

function isNamedText(value: unknown): boolean {
  return typeof value === 'string' && isNamedId(value);
}

function readText(node: ValueNode, variables: Variables): unknown {
  if (node.kind === Kind.VARIABLE) return variables[node.name.value];
  return node.kind === Kind.STRING ? node.value : null;
}
