import { readdirSync, readFileSync } from 'node:fs';
import { parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildSchema } from '../../src/schema/schema.ts';

/** The constants of a module that are GraphQL, with the constants that they are put together from filled in. */
function listOperations(text: string): [name: string, operation: string][] {
  const constants = new Map(
    [...text.matchAll(/^const ([A-Z_]+) =\s*(?:`([^`]*)`|'([^']*)');/gm)].map((m) => [
      m[1] ?? '',
      m[2] ?? m[3] ?? '',
    ]),
  );
  const fill = (value: string): string =>
    value.replace(/\$\{([A-Z_]+)\}/g, (_, name: string) => fill(constants.get(name) ?? ''));
  return [...constants]
    .map(([name, value]): [string, string] => [name, fill(value)])
    .filter(([, value]) => /^\s*(query|mutation|subscription|\{)/.test(value));
}

const operations = readdirSync('studio')
  .filter((file) => file.endsWith('.js'))
  .flatMap((file) =>
    listOperations(readFileSync(`studio/${file}`, 'utf8')).map(
      ([name, operation]) => [`${file} ${name}`, operation] as const,
    ),
  );

describe('the operations of the studio', () => {
  const schema = buildSchema();

  it('are found in its pages', () => {
    expect(operations.length).toBeGreaterThan(10);
  });

  it.each(operations)('%s is one that the schema answers', (_name, operation) => {
    expect(validate(schema, parse(operation)).map((error) => error.message)).toEqual([]);
  });
});
