import { describe, expect, it } from 'vitest';
import { parseWords } from '../../src/cli/arguments.ts';

const options = {
  top: { type: 'string' },
  json: { type: 'boolean' },
  output: { type: 'string', short: 'o' },
  name: { type: 'string', multiple: true },
} as const;

describe('the words of a command', () => {
  it.each([
    { given: ['--top', '-5'], says: /"--top" .* a value behind it is expected.* --top=VALUE/ },
    { given: ['--top'], says: /"--top" .* a value behind it is expected/ },
    { given: ['--json=3'], says: /"--json" .*; no value is expected/ },
    { given: ['--topp', '3'], says: /"--topp" is not accepted here; .* Did you mean "--top"/ },
    { given: ['file', '-o'], says: /"--output" .* a value behind it is expected/ },
    { given: ['-o', '-5'], says: /"-o" .* a value behind it is expected/ },
    { given: ['-x'], says: /"-x" is not accepted here/ },
  ])('says of $given what is wrong with them', ({ given, says }) => {
    expect(() => parseWords(given, Infinity, options)).toThrow(says);
  });

  it('takes a text that begins with two dashes for a text, as the value of an option too', () => {
    const sql = '-- what is loud\nselect 1';
    expect(parseWords(['--json', sql], Infinity, options)).toEqual({
      values: { json: true },
      positionals: [sql],
    });
    expect(
      parseWords(['--top', '--x\nselect 1', '--name', '-- a', '-oa b', '--name=b c'], Infinity, options),
    ).toEqual({
      values: { top: '--x\nselect 1', name: ['-- a', 'b c'], output: 'a b' },
      positionals: [],
    });
  });

  it('refuses one too many, which would be passed over', () => {
    expect(parseWords(['REFRESH', '--json'], 1, options).positionals).toEqual(['REFRESH']);
    expect(() => parseWords(['REFRESH', 'CRAWL', '--json'], 1, options)).toThrow(
      '"CRAWL" is not accepted here; no more than one word beside options is expected. Give one after the other',
    );
    expect(() => parseWords(['REFRESH'], 0, options)).toThrow(
      '"REFRESH" is not accepted here; no word but options is expected.',
    );
  });

  it('takes a value that begins with a dash behind an equals sign', () => {
    expect(parseWords(['--top=-5'], Infinity, options).values.top).toBe('-5');
  });
});
