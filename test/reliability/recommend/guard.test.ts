// RELIABILITY c 10: hnswlib-node ends the process on a bad value (5.2); nothing that gets past the guard may.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isHnswAvailable } from '../../../src/recommend/hnsw-index.ts';

const CHILD = fileURLToPath(new URL('guard-child.ts', import.meta.url));
const CALLS = 10_000 * Number(process.env.GROOVELAKE_TEST_ROUNDS ?? 1);
const SEED = Number(process.env.GROOVELAKE_TEST_SEED ?? 20261126);

describe.skipIf(!isHnswAvailable())('the guard of the native index', () => {
  it(`lets no value of ${CALLS} random calls end the process (seed ${SEED})`, async () => {
    const child = spawn(process.execPath, [CHILD, String(SEED), String(CALLS)]);
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    const [code, signal] = await new Promise<[number | null, string | null]>((done) =>
      child.on('exit', (...end) => done(end)),
    );
    expect({ code, signal, errors: Buffer.concat(errors).toString() }).toEqual({
      code: 0,
      signal: null,
      errors: '',
    });
    const { answered, refused, first } = JSON.parse(Buffer.concat(output).toString());
    expect(answered + refused).toBe(CALLS);
    // Both kinds of call were among them, and the index is what it was.
    expect(answered).toBeGreaterThan(CALLS / 50);
    expect(refused).toBeGreaterThan(CALLS / 2);
    expect(first).toBe(0);
  });
});
