// The formats that an export may have.

export const EXPORT_FORMATS = ['csv', 'jsonl', 'parquet', 'arrow'] as const;

/** Also the ending of a file's name. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** As registered with IANA, where it is. */
export const CONTENT_TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  jsonl: 'application/x-ndjson; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.stream',
};

/** Null for a format that there is none of. */
export function findExportFormat(name: string): ExportFormat | null {
  return EXPORT_FORMATS.find((format) => format === name) ?? null;
}
