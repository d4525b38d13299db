// CSV for programs that do not take it as RFC 4180 has it.

export interface CsvDialect {
  readonly delimiter: ',' | ';';
  /** In numbers of their own; lists and structs are JSON, whose numbers have a point. */
  readonly decimal: '.' | ',';
  /** Whether a byte order mark says that it is UTF-8. */
  readonly hasMark: boolean;
}

/**
 * Excel takes a file without a mark for one of the old encodings, and separators and numbers for those of its machine's language:
 * excel-semicolon is for those in which the decimal sign is a comma.
 */
export const CSV_DIALECTS = {
  plain: { delimiter: ',', decimal: '.', hasMark: false },
  excel: { delimiter: ',', decimal: '.', hasMark: true },
  'excel-semicolon': { delimiter: ';', decimal: ',', hasMark: true },
} as const satisfies Record<string, CsvDialect>;

export type DialectName = keyof typeof CSV_DIALECTS;
