// The command line's words, checked.
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { InvalidInputError } from '../errors.ts';
import { findNearMiss } from '../near-miss.ts';

export interface Parsed {
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
}

/**
 * @param most words beside options and their values; more would be passed over. Infinity where the command looks at each itself
 * @throws InvalidInputError naming the word and what is accepted
 */
export function parseWords(
  words: readonly string[],
  most: number,
  options: NonNullable<ParseArgsConfig['options']>,
): Parsed {
  const parsed = parseOrExplain(words, options);
  refuseMore(parsed.positionals, most);
  return parsed;
}

/** @throws InvalidInputError for a word beyond so many */
export function refuseMore(positionals: readonly string[], most: number): void {
  const given = positionals[most];
  if (given === undefined) return;
  const expected =
    most === 0
      ? 'no word but options'
      : `no more than ${most === 1 ? 'one word' : `${most} words`} beside options`;
  const advice = most === 0 ? '' : ' Give one after the other, and one with spaces in quotes.';
  throw new InvalidInputError(`"${given}" is not accepted here; ${expected} is expected.${advice}`, {
    field: 'arguments',
    given,
    expected,
  });
}

function parseOrExplain(words: readonly string[], options: NonNullable<ParseArgsConfig['options']>): Parsed {
  try {
    const { values, positionals } = parseArgs({
      args: words.map(hideText),
      options,
      allowPositionals: true,
      strict: true,
    });
    const shown = Object.entries(values).map(([name, value]) => [name, show(value)]);
    return { values: Object.fromEntries(shown), positionals: positionals.map(showText) };
  } catch (error) {
    throw explainWords(error as NodeJS.ErrnoException, words, options);
  }
}

/** No option has a space in its name: a question of SQL, say, may begin with a comment. */
const TEXT = /^--[^=]*\s/;

function hideText(word: string): string {
  return TEXT.test(word) ? ` ${word}` : word;
}

function showText(word: string): string {
  return word.startsWith(' ') && TEXT.test(word.slice(1)) ? word.slice(1) : word;
}

function show(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(show);
  return typeof value === 'string' ? showText(value) : value;
}

/** What was wrong with the words, of what Node says in a sentence of its own. */
function explainWords(
  error: NodeJS.ErrnoException,
  words: readonly string[],
  options: NonNullable<ParseArgsConfig['options']>,
): InvalidInputError {
  const known = Object.keys(options).map((name) => `--${name}`);
  const given = /'(?:-\w, )?(-[^' ]+)/.exec(error.message)?.[1] ?? words.join(' ');
  const bare = given.replace(/^--?/, '');
  const option = options[bare] ?? Object.values(options).find(({ short }) => short === bare);
  if (error.code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' && option) {
    const expected = option.type === 'string' ? 'a value behind it' : 'no value';
    const advice = option.type === 'string' ? ` One that begins with "-" is given as ${given}=VALUE.` : '';
    return new InvalidInputError(
      `"${given}" is not accepted like that; ${expected} is expected.${advice}`,
      { field: given.replace(/^--/, ''), expected },
      { cause: error },
    );
  }
  const near = findNearMiss(given, known);
  return new InvalidInputError(
    `"${given}" is not accepted here; ${known.length ? known.join(', ') : 'no option'} is expected.${near && near !== given ? ` Did you mean "${near}"?` : ''}`,
    { field: 'arguments', given, expected: known.join(', ') },
    { cause: error },
  );
}

/** A whole number from an option, or undefined where it is not given. @throws InvalidInputError */
export function readWholeNumber(parsed: Parsed, name: string): number | undefined {
  const given = parsed.values[name];
  if (typeof given !== 'string') return undefined;
  if (/^\d+$/.test(given)) return Number(given);
  throw new InvalidInputError(`--${name} is "${given}"; a whole number is expected.`, {
    field: name,
    given,
    expected: 'a whole number',
  });
}

/** A port from --port, or undefined where it is not given. @throws InvalidInputError */
export function readPort(parsed: Parsed): number | undefined {
  const port = readWholeNumber(parsed, 'port');
  if (port === undefined || port <= 65_535) return port;
  const expected = 'a port from 0 to 65535';
  throw new InvalidInputError(`--port is "${port}"; ${expected} is expected.`, {
    field: 'port',
    given: String(port),
    expected,
  });
}

/** One of a few words, in whatever case, as they are written here. @throws InvalidInputError with the nearest one */
export function readWord<const T extends string>(given: string, words: readonly T[], field: string): T {
  const known = words.find((word) => word.toLowerCase() === given.toLowerCase());
  if (known) return known;
  const near = findNearMiss(given, words);
  const advice = near ? ` Did you mean "${near}"?` : '';
  throw new InvalidInputError(`${field} is "${given}"; one of ${words.join(', ')} is expected.${advice}`, {
    field,
    given,
    expected: words.join(', '),
  });
}

/** A text from an option, or undefined where it is not given. */
export function readText(parsed: Parsed, name: string): string | undefined {
  const given = parsed.values[name];
  return typeof given === 'string' ? given : undefined;
}

/** The object of --parameters, or undefined where it is not given. @throws InvalidInputError */
export function readParameters(parsed: Parsed): Readonly<Record<string, unknown>> | undefined {
  const given = readText(parsed, 'parameters');
  if (given === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(given);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below.
  }
  throw new InvalidInputError(`--parameters is "${given}"; a JSON object is expected, e.g. '{"top": 20}'.`, {
    field: 'parameters',
    given,
    expected: 'a JSON object',
  });
}
