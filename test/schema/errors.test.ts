import { describe, expect, it } from 'vitest';
import { GroovelakeError, InvalidInputError, NotFoundError, TimeoutError } from '../../src/errors.ts';
import { toGraphQLError } from '../../src/schema/errors.ts';

describe('toGraphQLError', () => {
  it('shows what a client can mend, with the field, what was given and what is expected', () => {
    const error = new InvalidInputError('m', { field: 'first', given: '0', expected: '1 to 100' });
    expect(toGraphQLError(error)?.toJSON()).toEqual({
      message: 'm',
      extensions: {
        code: 'INVALID_INPUT',
        isRetryable: false,
        field: 'first',
        given: '0',
        expected: '1 to 100',
      },
    });
    const bare = toGraphQLError(new InvalidInputError('m', { expected: 'x' }));
    expect(bare?.extensions).toMatchObject({ field: null, given: null });
  });

  it('shows that the disk is full, and none of the files that it met', () => {
    const error = new GroovelakeError('DISK_FULL', 'The disk of "/data/access.sqlite" is full.');
    const shown = toGraphQLError(error);
    expect(shown?.extensions).toEqual({ code: 'DISK_FULL', isRetryable: true });
    expect(shown?.message).toMatch(/is full.*Free space/);
    expect(shown?.message).not.toContain('/data');
  });

  it('shows what is missing, and what may go better later', () => {
    expect(toGraphQLError(new NotFoundError('run', 'r1'))?.toJSON()).toEqual({
      message: 'There is no run "r1".',
      extensions: { code: 'NOT_FOUND', isRetryable: false, id: 'r1' },
    });
    expect(toGraphQLError(new TimeoutError('slow'))?.extensions).toEqual({
      code: 'TIMEOUT',
      isRetryable: true,
    });
  });

  it('leaves everything else to be masked', () => {
    expect(toGraphQLError(new GroovelakeError('INTERNAL', 'secret'))).toBeNull();
    expect(toGraphQLError(new Error('secret'))).toBeNull();
    expect(toGraphQLError('secret')).toBeNull();
    expect(toGraphQLError(null)).toBeNull();
  });
});
