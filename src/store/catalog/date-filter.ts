// Comparisons of dates that are as precise as a source knows them: 1997, 1997-05 or 1997-05-20, as texts. Each stands for all of its days, the
// one that is asked for too, and a row passes where all days of its date do. The SQL means the same to both engines.
import type { SqlFragment } from './catalog.ts';
import { type Given, given, isNull, isOneOf, toEnds } from './predicates.ts';
import { allOf, anyOf, fragment } from './sql-fragment.ts';

export interface DateFilter {
  readonly eq?: Given<string>;
  readonly ne?: Given<string>;
  readonly gt?: Given<string>;
  readonly gte?: Given<string>;
  readonly lt?: Given<string>;
  readonly lte?: Given<string>;
  /** Two dates, the earlier first; all days of both belong to it. */
  readonly between?: Given<readonly string[]>;
  readonly in?: Given<readonly string[]>;
  readonly isNull?: Given<boolean>;
}

/** Behind a date it is the text after everything that the date may go on with: the end of its last day. */
const END = '~';

/** @throws InvalidInputError when `between` is not two dates in order */
export function compileDateFilter(filter: Given<DateFilter>, column: string, path: string): SqlFragment {
  const end = `${column} || '${END}'`;
  const within = (date: string) => [date, date + END] as const;
  const since = (date: string) => fragment(`${column} >= ?`, withoutFirst(date));
  const until = (date: string) => fragment(`${end} <= ?`, withoutLast(date) + END);
  return allOf([
    ...given(filter?.eq, (date) => fragment(`${column} between ? and ?`, ...within(date))),
    ...given(filter?.ne, (date) => fragment(`${column} not between ? and ?`, ...within(date))),
    ...given(filter?.gt, (date) => fragment(`${column} > ?`, date + END)),
    ...given(filter?.gte, since),
    ...given(filter?.lt, (date) => fragment(`${end} < ?`, date)),
    ...given(filter?.lte, until),
    ...given(filter?.between, (ends) => {
      const [from, to] = toEnds(ends, path, (low, high) => low <= high + END, 'the earlier first');
      return allOf([since(from), until(to)]);
    }),
    // A date lies in what it begins with.
    ...given(filter?.in, (dates) =>
      anyOf([column, `substr(${column}, 1, 7)`, `substr(${column}, 1, 4)`].map((sql) => isOneOf(sql, dates))),
    ),
    ...given(filter?.isNull, (wanted) => isNull(column, wanted)),
  ]);
}

/** 1997-05 for its first day, 1997 for its first month: a date begins with both, and comes after neither. */
function withoutFirst(date: string): string {
  return date.replace(/(-01){1,2}$/, '');
}

/** 1997-05 for its last day, 1997 for its last month. */
function withoutLast(date: string): string {
  const [year, month, day] = date.split('-').map(Number);
  if (year === undefined || month === undefined) return date;
  if (day !== undefined && day < new Date(Date.UTC(year, month, 0)).getUTCDate()) return date;
  return date.slice(0, month === 12 ? 4 : 7);
}
