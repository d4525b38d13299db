// What each pipeline may be told. Whoever triggers a run is told at once what is wrong with his parameters, not by a failed run later.
import { InvalidInputError } from '../../errors.ts';
import { findNearMiss } from '../../near-miss.ts';
import { SANDBOX_ACCOUNT } from '../listening/accounts.ts';
import type { PipelineName } from './run-store.ts';

type Check = (value: unknown) => boolean;

interface Parameter {
  readonly check: Check;
  readonly expected: string;
}

const wholeNumber =
  (min: number, max: number): Check =>
  (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
const listOf =
  (check: Check, max: number): Check =>
  (value) =>
    Array.isArray(value) && value.length > 0 && value.length <= max && value.every(check);
const text: Check = (value) =>
  typeof value === 'string' && value.trim() !== '' && value.length <= 4_096 && !/\p{Cc}/u.test(value);
const spotifyId: Check = (value) => typeof value === 'string' && /^[0-9A-Za-z]{22}$/.test(value);
const GROUPS = ['album', 'single', 'compilation', 'appears_on'];
const SOURCES = ['spotify', 'sandbox'];

const TRUTH: Parameter = { check: (value) => typeof value === 'boolean', expected: 'true or false' };

const CRAWL: Readonly<Record<string, Parameter>> = {
  artistIds: { check: listOf(spotifyId, 10_000), expected: 'a list of ids of 22 base-62 characters' },
  artistNames: { check: listOf(text, 10_000), expected: 'a list of names without control characters' },
  top: { check: wholeNumber(1, 100_000), expected: 'a whole number from 1 to 100000' },
  startIndex: { check: wholeNumber(0, 10_000_000), expected: 'a whole number from 0 to 10000000' },
  batchSize: { check: wholeNumber(1, 1_000), expected: 'a whole number from 1 to 1000' },
  includeGroups: {
    check: listOf((value) => GROUPS.some((group) => group === value), GROUPS.length),
    expected: `a list of ${GROUPS.join(', ')}`,
  },
  market: {
    check: (value) => typeof value === 'string' && /^[A-Z]{2}$/.test(value),
    expected: 'an ISO 3166-1 alpha-2 country in capitals, e.g. DE',
  },
  maxRequests: { check: wholeNumber(1, 100_000_000), expected: 'a whole number from 1 to 100000000' },
  source: {
    check: (value) => SOURCES.some((source) => source === value),
    expected: `one of ${SOURCES.join(', ')}`,
  },
  force: TRUTH,
};

const BATCHES: Parameter = { check: listOf(text, 10_000), expected: 'a list of ids of batches' };

const TRANSFORM: Readonly<Record<string, Parameter>> = {
  force: TRUTH,
  acceptLoss: TRUTH,
  withdraw: BATCHES,
  restore: BATCHES,
};

const FILES: Parameter = {
  check: listOf(text, 1_000),
  expected: 'a list of file names without control characters',
};

const PARAMETERS: Readonly<Record<PipelineName, Readonly<Record<string, Parameter>>>> = {
  CRAWL,
  REFRESH: CRAWL,
  TRANSFORM,
  IMPORT: { files: FILES, force: TRUTH },
  HISTORY: {
    account: {
      check: (value) => typeof value === 'string' && /^[0-9A-Za-z]{7,22}$/.test(value),
      expected: 'the id of an account',
    },
    exports: {
      check: listOf(text, 100),
      expected: 'a list of folders, ZIP or JSON files without control characters',
    },
  },
};

/** The parameters without those left out (null). @throws InvalidInputError naming field, given and expected */
export function checkParameters(
  pipeline: PipelineName,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const known = PARAMETERS[pipeline];
  const checked: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(given)) {
    const parameter = Object.hasOwn(known, field) ? known[field] : undefined;
    if (!parameter) throw unknownParameter(pipeline, field, Object.keys(known));
    if (value === null || value === undefined) continue;
    if (!parameter.check(value)) throw notAcceptable(field, value, parameter.expected);
    checked[field] = value;
  }
  const named = (checked.artistIds as readonly string[] | undefined)?.find((id) => id.startsWith('n'));
  if (named !== undefined)
    throw notAcceptable(
      'artistIds',
      named,
      'an id of the source (one that begins with "n" was made from a name, and no source knows it: give the name in artistNames)',
    );
  // Everybody sees the invented listener: somebody's own plays there would be everybody's.
  if (pipeline === 'HISTORY' && checked.account === SANDBOX_ACCOUNT && checked.exports !== undefined)
    throw notAcceptable(
      'account',
      SANDBOX_ACCOUNT,
      'the account of a person, since everybody sees that one,',
    );
  if (pipeline === 'IMPORT' && checked.files === undefined) {
    throw new InvalidInputError(`files is missing; ${FILES.expected} is expected. Name at least one file.`, {
      field: 'files',
      expected: FILES.expected,
    });
  }
  return checked;
}

/**
 * Files named from afar lie in the inbox of the data folder: nobody reads other files of this machine through the API. Looked at when a
 * run is triggered, since a retry of it is no mutation any more.
 */
export function checkInboxNames({ files, exports }: Readonly<Record<string, unknown>>): void {
  for (const [field, names] of Object.entries({ files, exports })) {
    for (const name of Array.isArray(names) ? names.map(String) : []) {
      const isWithin = !/^[/~]|^[A-Za-z]:|\\/.test(name) && !name.split('/').includes('..');
      if (!isWithin) throw notAcceptable(field, name, 'a name within the inbox of the data folder');
    }
  }
}

function notAcceptable(field: string, value: unknown, expected: string): InvalidInputError {
  const given = (JSON.stringify(value) ?? String(value)).slice(0, 200);
  return new InvalidInputError(`${field} is ${given}; ${expected} is expected.`, { field, given, expected });
}

function unknownParameter(
  pipeline: PipelineName,
  field: string,
  known: readonly string[],
): InvalidInputError {
  const near = findNearMiss(field, known);
  const expected = known.length ? `one of ${known.join(', ')}` : 'no parameter';
  const advice = near ? `Did you mean "${near}"?` : `Expected ${expected}.`;
  return new InvalidInputError(`${pipeline} has no parameter "${field.slice(0, 200)}". ${advice}`, {
    field: field.slice(0, 200),
    expected,
  });
}
