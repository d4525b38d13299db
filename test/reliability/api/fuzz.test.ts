// 20,000 random operations over HTTP: no unmasked error, no fault of ours, no hang, no death.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPageQueries } from '../../../docs/queries.ts';
import { seededRandomness, systemClock } from '../../../src/clock.ts';
import { EXAMPLE_OPERATIONS } from '../../../src/http/graphiql.ts';
import { buildSchema } from '../../../src/schema/schema.ts';
import { createDraw, drawModel, toGoldRows } from '../../fixtures/catalogue-model.ts';
import { type FixtureServer, post, serveFixture } from '../../http/serve-fixture.ts';
import { createRandomOperations } from './random-operations.ts';

const SEED = Number(process.env.GROOVELAKE_TEST_SEED ?? 20261126);
const OPERATIONS = 20_000 * Number(process.env.GROOVELAKE_TEST_ROUNDS ?? 1);
const CLIENTS = 8;
/** Ten times the limit of a statement: nothing may take longer, whatever else the machine does. */
const HANG_MS = 50_000;

/** What no answer may hold: paths, stacks, SQL, the engine's own words, names of files. */
const LEAK =
  /node_modules|\bat \w+ \(|\.ts:\d|\/(?:home|root|tmp|work|usr)\/|(?:Binder|Parser|Catalog|Conversion|Invalid Input|IO|Out of Memory|Constraint) Error:|\b(?:select|SELECT) .{1,80} (?:from|FROM) gold\.|read_parquet|SQLITE_|\bECONN|undefined is not|Cannot read propert/;

/** The errors as text, without what they quote of the operation: strings that were sent may come back. */
function withoutSent(errors: readonly object[], operation: object): string {
  const sent = JSON.stringify(operation);
  /** A text stands in an operation as it is, or as a string of GraphQL; and that in JSON. */
  const isSent = (text: string) => {
    const shown = text.replace(/(?:…|\.\.\.)$/, '');
    const written = JSON.stringify(shown);
    return [written, JSON.stringify(written.slice(1, -1))].some((form) => sent.includes(form.slice(1, -1)));
  };
  const withoutQuoted = (text: string) =>
    text.replace(/"((?:[^"\\]|\\.)+)"/g, (quoted, inner: string) => (isSent(inner) ? '""' : quoted));
  return JSON.stringify(errors, (_key, value) => {
    if (typeof value !== 'string') return value;
    return isSent(value) ? '' : withoutQuoted(value);
  });
}

let server: FixtureServer;
beforeAll(async () => {
  const draw = createDraw(seededRandomness(SEED));
  server = await serveFixture(toGoldRows(drawModel(draw)));
});
afterAll(() => server?.close());

describe('20,000 random operations', () => {
  it('are answered, each with data or with errors that have a code and say nothing of the inside', async () => {
    const corpus = [
      ...EXAMPLE_OPERATIONS.map(({ query }) => query),
      ...readPageQueries('docs/parity.md').map(({ query }) => query),
    ]
      // A mutation of the corpus may wait a minute for its run, which nobody executes here.
      .filter((query) => !query.includes('waitSeconds'));
    const makeOperation = createRandomOperations(
      buildSchema(),
      corpus,
      createDraw(seededRandomness(SEED + 1)),
    );
    console.log(
      `fuzz: seed ${SEED} (GROOVELAKE_TEST_SEED), ${OPERATIONS} operations (GROOVELAKE_TEST_ROUNDS)`,
    );
    const codes = new Map<string, number>();
    let made = 0;
    let slowest = 0;
    const client = async () => {
      while (made < OPERATIONS) {
        const operation = makeOperation();
        // Whoever makes a key closes an open server to everybody without one.
        if (/waitSeconds|createApiKey/.test(operation.query)) continue;
        made += 1;
        const started = systemClock.monotonic();
        const { status, body, text } = await post(server.url, operation, {
          signal: AbortSignal.timeout(HANG_MS),
        });
        slowest = Math.max(slowest, systemClock.monotonic() - started);
        const what = `${JSON.stringify(operation).slice(0, 2_000)}\n${status} ${text.slice(0, 1_000)}`;
        expect(LEAK.test(withoutSent(body.errors ?? [], operation)), what).toBe(false);
        expect(body.data !== undefined || (body.errors?.length ?? 0) > 0, what).toBe(true);
        for (const { extensions } of body.errors ?? []) {
          const code = String(extensions?.code);
          codes.set(code, (codes.get(code) ?? 0) + 1);
          expect(code, what).toMatch(/^[A-Z_]+$/);
          expect(code, `${what}\n${server.logged.at(-1)}`).not.toBe('INTERNAL');
        }
        if (!body.errors) codes.set('data', (codes.get('data') ?? 0) + 1);
        expect(
          status < 500 ||
            (body.errors ?? []).some(({ extensions }) =>
              ['OVERLOADED', 'TIMEOUT'].includes(String(extensions?.code)),
            ),
          what,
        ).toBe(true);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    console.log(
      `fuzz: ${made} operations, slowest ${Math.round(slowest)} ms; ${[...codes]
        .sort((x, y) => y[1] - x[1])
        .map(([code, n]) => `${code} ${n}`)
        .join(', ')}`,
    );
    // Where nearly everything is refused, nothing is shown of what is answered.
    expect(codes.get('data') ?? 0).toBeGreaterThan(OPERATIONS / 20);
    expect((await post(server.url, { query: '{ tracks { totalCount } }' })).body.data).toEqual({
      tracks: { totalCount: 240 },
    });
    expect(server.open.active).toBe(0);
  }, 900_000);
});
