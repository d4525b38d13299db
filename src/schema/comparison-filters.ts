// Inputs that compare one value. Null is the same as leaving a comparison out; all that are given must hold.
import type { DateFilter } from '../store/catalog/date-filter.ts';
import type { IdFilter, NumberFilter, StringFilter } from '../store/catalog/predicates.ts';
import { builder } from './builder.ts';

const ALL_HOLD = 'All comparisons given must hold; null is the same as leaving one out.';
const NO_VALUE = 'A row without a value passes none of them but isNull.';

export const IDFilterInput = builder.inputRef<IdFilter>('IDFilter').implement({
  description: `Compares an id, case-sensitively. ${ALL_HOLD}`,
  fields: (t) => ({
    eq: t.id({ description: 'Is this id.' }),
    ne: t.id({ description: 'Is another id.' }),
    in: t.idList({ description: 'Is one of these ids; none is in an empty list.' }),
  }),
});

export const IntFilterInput = numberFilter('IntFilter', 'Int', 'a whole number');
export const LongFilterInput = numberFilter('LongFilter', 'Long', 'a whole number of up to 2^53');
export const FloatFilterInput = numberFilter('FloatFilter', 'Float', 'a number');

export const StringFilterInput = builder.inputRef<StringFilter>('StringFilter').implement({
  description: `Compares a text without regard to case. ${ALL_HOLD} ${NO_VALUE}`,
  fields: (t) => ({
    eq: t.string({ description: 'Is this text.' }),
    ne: t.string({ description: 'Is another text; a missing one is not.' }),
    in: t.stringList({ description: 'Is one of these texts; none is in an empty list.' }),
    contains: t.string({ description: 'Has this text somewhere in it, taken literally.' }),
    startsWith: t.string({ description: 'Begins with this text.' }),
    endsWith: t.string({ description: 'Ends with this text.' }),
    matches: t.string({
      description:
        'Has a part that this regular expression (RE2: no look-around, no back-references; at most 1,000 characters) describes; anchor with ^ and $.',
    }),
    isNull: t.boolean({ description: 'true: the source gives no value; false: it gives one.' }),
  }),
});

export const PartialDateFilterInput = builder.inputRef<DateFilter>('PartialDateFilter').implement({
  description: `Compares a date that may be a year or a month only. A date stands for all of its days, and a row passes where all days of its date do: eq: "1997-05" is all of that month, gte: "1997-05" what begins on its first day or later; a row that says 1997 alone passes neither. ${ALL_HOLD} ${NO_VALUE}`,
  fields: (t) => ({
    eq: t.field({ type: 'PartialDate', description: 'Lies in this year, month or day.' }),
    ne: t.field({ type: 'PartialDate', description: 'Does not lie in it; a missing date does not either.' }),
    gt: t.field({ type: 'PartialDate', description: 'Begins after the last day of this.' }),
    gte: t.field({ type: 'PartialDate', description: 'Begins on the first day of this or later.' }),
    lt: t.field({ type: 'PartialDate', description: 'Ends before the first day of this.' }),
    lte: t.field({ type: 'PartialDate', description: 'Ends on the last day of this or earlier.' }),
    between: t.field({
      type: ['PartialDate'],
      description: 'Two dates, the earlier first; all days of both are included.',
    }),
    in: t.field({ type: ['PartialDate'], description: 'Lies in one of these; none does in an empty list.' }),
    isNull: t.boolean({ description: 'true: the source gives no date; false: it gives one.' }),
  }),
});

function numberFilter(name: string, type: 'Int' | 'Float' | 'Long', what: string) {
  return builder.inputRef<NumberFilter>(name).implement({
    description: `Compares ${what}. ${ALL_HOLD} ${NO_VALUE}`,
    fields: (t) => ({
      eq: t.field({ type, description: 'Equals this.' }),
      ne: t.field({ type, description: 'Is another number; a missing value is not.' }),
      gt: t.field({ type, description: 'Is greater than this.' }),
      gte: t.field({ type, description: 'Is greater than this or equal to it.' }),
      lt: t.field({ type, description: 'Is less than this.' }),
      lte: t.field({ type, description: 'Is less than this or equal to it.' }),
      between: t.field({
        type: [type],
        description: 'Two values, the smaller first; both ends are included.',
      }),
      in: t.field({ type: [type], description: 'Is one of these; none is in an empty list.' }),
      isNull: t.boolean({ description: 'true: the source gives no value; false: it gives one.' }),
    }),
  });
}
