// The kinds of settings: each knows what it accepts, and how its default is shown.
import { resolve } from 'node:path';

export interface Setting<T> {
  readonly variable: string;
  readonly meaning: string;
  readonly unit: string;
  readonly accepts: string;
  /** The default as docs/configuration.md shows it. */
  readonly shown: string;
  readonly isSecret: boolean;
  readonly parse: (text: string | undefined) => T | undefined;
}

export function setting<T>(
  variable: string,
  shown: string,
  about: { meaning: string; unit?: string; accepts: string; isSecret?: boolean },
  parse: (text: string | undefined) => T | undefined,
): Setting<T> {
  return { variable, shown, unit: '', isSecret: false, ...about, parse };
}

export function wholeNumber(
  variable: string,
  fallback: number,
  min: number,
  max: number,
  unit: string,
  meaning: string,
): Setting<number> {
  const accepts = `a whole number from ${min} to ${max}`;
  return setting(variable, String(fallback), { meaning, unit, accepts }, (text) => {
    if (text === undefined) return fallback;
    const value = Number(text);
    return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined;
  });
}

export function text(variable: string, fallback: string, meaning: string): Setting<string> {
  return setting(variable, fallback, { meaning, accepts: 'a text' }, (given) => given ?? fallback);
}

export function path(variable: string, fallback: string, meaning: string): Setting<string> {
  return setting(variable, fallback, { meaning, accepts: 'a folder' }, (given) => resolve(given ?? fallback));
}

export function optional(variable: string, meaning: string): Setting<string | undefined> {
  return setting<string | undefined>(variable, '', { meaning, accepts: 'a text' }, (given) => given);
}

export function secret(variable: string, meaning: string, minLength: number): Setting<string | undefined> {
  const accepts = `a secret of at least ${minLength} characters`;
  return setting<string | undefined>(variable, '', { meaning, accepts, isSecret: true }, (given) =>
    given === undefined || given.length < minLength ? undefined : given,
  );
}

/** An address with a password in it, so no message repeats it. */
export function mongodbUri(variable: string, meaning: string): Setting<string | undefined> {
  const accepts = 'an address that begins with mongodb:// or mongodb+srv://';
  return setting<string | undefined>(variable, '', { meaning, accepts, isSecret: true }, (given) =>
    given !== undefined && /^mongodb(\+srv)?:\/\/[^/]/.test(given) ? given : undefined,
  );
}

/** Without userinfo: fetch refuses to ask such an address, and it would be shown in errors and to browsers. */
export function url(variable: string, shown: string, meaning: string): Setting<string | undefined> {
  return setting<string | undefined>(
    variable,
    shown,
    { meaning, accepts: 'an http or https address without user and password' },
    (given) => {
      if (given === undefined || !URL.canParse(given)) return undefined;
      const { protocol, username, password } = new URL(given);
      if (!/^https?:$/.test(protocol) || username !== '' || password !== '') return undefined;
      return given.replace(/\/+$/, '');
    },
  );
}

export function yesNo(variable: string, fallback: boolean, meaning: string): Setting<boolean> {
  return setting(variable, fallback ? 'true' : 'false', { meaning, accepts: 'true or false' }, (given) => {
    if (given === undefined) return fallback;
    return given === 'true' || given === '1' ? true : given === 'false' || given === '0' ? false : undefined;
  });
}

export function oneOf<const T extends string>(
  variable: string,
  fallback: T,
  options: readonly T[],
  meaning: string,
): Setting<T> {
  return setting(variable, fallback, { meaning, accepts: `one of ${options.join(', ')}` }, (given) =>
    given === undefined ? fallback : options.find((option) => option === given),
  );
}

/** Whole numbers by a name, as `name=1,other=2`; what is given is laid over the default. */
export function numbersByName(
  variable: string,
  fallback: string,
  { names, min, max, unit }: { names: readonly string[]; min: number; max: number; unit: string },
  meaning: string,
): Setting<Readonly<Record<string, number>>> {
  const accepts = `name=number pairs with commas between them: names of ${names.join(', ')}, numbers from ${min} to ${max}`;
  const read = (text: string): [string, number][] | undefined => {
    const pairs = text.split(',').map((pair) => /^\s*([\w-]+)\s*=\s*(\d+)\s*$/.exec(pair));
    const numbers = pairs.map((pair) => [pair?.[1] ?? '', Number(pair?.[2])] as [string, number]);
    return numbers.every(([name, value]) => names.includes(name) && value >= min && value <= max)
      ? numbers
      : undefined;
  };
  return setting<Readonly<Record<string, number>>>(variable, fallback, { meaning, unit, accepts }, (text) => {
    const given = text === undefined ? [] : read(text);
    return given && Object.freeze(Object.fromEntries([...(read(fallback) ?? []), ...given]));
  });
}

/** Texts with commas between them, each checked; an empty text is an empty list. */
export function listOf(
  variable: string,
  fallback: string,
  accepts: string,
  check: (text: string) => boolean,
  meaning: string,
  isSecret = false,
): Setting<readonly string[]> {
  return setting<readonly string[]>(variable, fallback, { meaning, accepts, isSecret }, (given) => {
    const parts = (given ?? fallback)
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    return parts.every(check) ? Object.freeze(parts) : undefined;
  });
}
