/** Writes a table as CSV, quoting every cell that needs it. */
export function stringify(table: readonly (readonly string[])[]): string {
  const quote = (cell: string) =>
    /[",\n\r]/.test(cell) || cell === '' ? `"${cell.replaceAll('"', '""')}"` : cell;
  return `${table.map((row) => row.map(quote).join(',')).join('\n')}\n`;
}
