import { describe, expect, it } from 'vitest';
import { parseWords } from '../../src/cli/arguments.ts';

const options = { top: { type: 'string' }, json: { type: 'boolean' } } as const;

describe('the words of a command', () => {
  it.each([
    { given: ['--top', '-5'], says: /"--top" .* a value behind it is expected.* --top=VALUE/ },
    { given: ['--top'], says: /"--top" .* a value behind it is expected/ },
    { given: ['--json=3'], says: /"--json" .*; no value is expected/ },
    { given: ['--topp', '3'], says: /"--topp" is not accepted here; .* Did you mean "--top"/ },
    { given: ['-x'], says: /"-x" is not accepted here/ },
  ])('says of $given what is wrong with them', ({ given, says }) => {
    expect(() => parseWords(given, options)).toThrow(says);
  });

  it('takes a value that begins with a dash behind an equals sign', () => {
    expect(parseWords(['--top=-5'], options).values.top).toBe('-5');
  });
});
