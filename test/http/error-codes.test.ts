import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ErrorCode, GroovelakeError } from '../../src/errors.ts';
import { CLIENT_CODES, makeRefusal, statusOf } from '../../src/http/error-codes.ts';
import { toGraphQLError } from '../../src/schema/errors.ts';

/** All codes of errors of ours, and whether clients are told them. */
const OURS: Readonly<Record<ErrorCode, boolean>> = {
  INVALID_INPUT: true,
  NOT_FOUND: true,
  STARTING: true,
  SNAPSHOT: true,
  DISK_FULL: true,
  ANN_INDEX: true,
  RUN_STATE: true,
  CANCELLED: true,
  TIMEOUT: true,
  OUT_OF_MEMORY: true,
  OVERLOADED: true,
  CONFIG: false,
  EXTRACT: false,
  SOURCE_DEFERRED: false,
  TRANSFORM: false,
  CHECK_FAILED: false,
  STORE: false,
  FENCED: false,
  FORMAT: false,
  RATE_LIMITED: false,
  UNAVAILABLE: false,
  FORBIDDEN: false,
  INTERNAL: false,
};

/** Files whose answers are errors of the API: not health, whose reasons have codes of their own, and not the pages of the studio. */
const SOURCES = readdirSync('src/http', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .filter((name) => !['error-codes.ts', 'health-reasons.ts', 'studio.ts'].includes(name))
  .map((name) => readFileSync(`src/http/${name}`, 'utf8'));

describe('CLIENT_CODES', () => {
  it.each(Object.entries(OURS))('lists %s if clients are told it (%s)', (code, isTold) => {
    const shown = toGraphQLError(new GroovelakeError(code as ErrorCode, 'Not now.'));
    expect(shown?.extensions.code).toBe(isTold ? code : undefined);
    if (isTold) expect(Object.keys(CLIENT_CODES)).toContain(code);
  });

  it('lists every code that an answer is given', () => {
    const given = SOURCES.flatMap((text) =>
      [...text.matchAll(/\bcode: '([A-Z_]+)'/g)].map(([, code]) => code),
    );
    expect(given.length).toBeGreaterThan(10);
    expect(given.filter((code) => !(code && code in CLIENT_CODES))).toEqual([]);
  });

  it('lists none that nothing is given', () => {
    const text = [...SOURCES, readFileSync('src/schema/errors.ts', 'utf8')].join('\n');
    expect(Object.keys(CLIENT_CODES).filter((code) => !text.includes(`'${code}'`))).toEqual([]);
  });
});

describe('makeRefusal(code, message, details, http)', () => {
  it('has the status of its code unless another is stated', () => {
    expect(makeRefusal('PERSISTED_ONLY', 'No.', { limit: 1 }).extensions).toEqual({
      code: 'PERSISTED_ONLY',
      limit: 1,
      http: { status: 403 },
    });
    const headers = { 'retry-after': '1' };
    expect(makeRefusal('OVERLOADED', 'No.', {}, { status: 200, headers }).extensions.http).toEqual({
      status: 200,
      headers,
    });
    expect([statusOf('SNAPSHOT'), statusOf('CANCELLED'), statusOf('toString')]).toEqual([500, null, null]);
  });
});
