// Whether a measured server computes statistics from its columns in memory: then it makes no statement for them.
import type { MeasuredServer } from './servers.ts';

const PATIENCE_MS = 180_000;

/** Asks statistics until one is made without a statement. @throws Error when none is, so that DuckDB's figures are not taken for the columns' */
export async function waitForColumns(server: MeasuredServer): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let asked = 0; performance.now() < deadline; asked++) {
    const before = await countStatements(server);
    // Each another question, so that none is answered from memory.
    await server.ask({
      query: `{ trackStats(where: { energy: { gte: ${asked / 1e6} } }) { nodes { count } } }`,
    });
    if ((await countStatements(server)) === before) return;
    await new Promise((done) => setTimeout(done, 250));
  }
  throw new Error(`${server.name}: statistics are not computed from columns; is there a warning in its log?`);
}

/** Statements of DuckDB since the snapshot was opened. */
export async function countStatements({ port }: MeasuredServer): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/^groovelake_statements_total (\d+)$/m.exec(text)?.[1]);
}
