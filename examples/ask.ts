// Asks a Groovelake server one question and returns the answer, or ends with what the server said. GROOVELAKE_SERVER_URL names the server, and
// GROOVELAKE_API_KEY the key where it wants one.

export const SERVER_URL = `${(process.env.GROOVELAKE_SERVER_URL ?? 'http://127.0.0.1:4000').replace(/\/+$/, '')}/graphql`;

/** @throws Error with the server's messages when it answers with errors */
export async function ask<T>(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<T> {
  const key = process.env.GROOVELAKE_API_KEY;
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as { data?: T; errors?: { message: string }[] };
  if (answer.errors) throw new Error(answer.errors.map((error) => error.message).join('\n'));
  if (!answer.data) throw new Error(`${url} answered ${response.status} without data.`);
  return answer.data;
}

/** Rows as an aligned text table: numbers to the right. */
export function toTable(
  header: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '' : String(cell))));
  const widths = header.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const isNumeric = header.map((_, i) => rows.every((row) => row[i] === null || typeof row[i] === 'number'));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (isNumeric[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(header), widths.map((width) => '-'.repeat(width)).join('  '), ...cells.map(line)].join('\n');
}
