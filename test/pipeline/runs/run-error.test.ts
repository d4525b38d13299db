import { describe, expect, it } from 'vitest';
import { GroovelakeError, TransformError } from '../../../src/errors.ts';
import { toRunError } from '../../../src/pipeline/runs/run-error.ts';

describe('toRunError(error, step)', () => {
  it('keeps code, hint and retryability of an error of ours', () => {
    const error = new TransformError('gold.tracks', '"gold.tracks" failed', {
      hint: 'Mend it.',
      isRetryable: true,
    });
    expect(toRunError(error, 'gold')).toEqual({
      code: 'TRANSFORM',
      message: '"gold.tracks" failed',
      isRetryable: true,
      step: 'gold',
      hint: 'Mend it.',
    });
  });

  it('makes others INTERNAL and keeps their text, without secrets and not without end', () => {
    const error = toRunError(new Error(`Authorization: Bearer abcdefgh12345 ${'x'.repeat(5_000)}`), null);
    expect(error).toMatchObject({ code: 'INTERNAL', isRetryable: false, step: null });
    expect(error.message).toMatch(/^Authorization: Bearer \*\*\* x+$/);
    expect(error.message).toHaveLength(2_000);
    expect(toRunError('a text', null).message).toBe('a text');
    expect(toRunError(new RangeError(), null).message).toBe('RangeError');
  });

  it('tells when the disk or the memory is used up, and what to do', () => {
    const disk = Object.assign(new Error('write'), { code: 'ENOSPC' });
    expect(toRunError(disk, 'bronze')).toMatchObject({
      code: 'DISK_FULL',
      hint: expect.stringContaining('Free space'),
    });
    expect(toRunError(new Error('Out of Memory Error: could not allocate block'), 'gold')).toMatchObject({
      code: 'OUT_OF_MEMORY',
      hint: expect.stringContaining('GROOVELAKE_BUILD_MEMORY_MB'),
    });
    expect(toRunError(new GroovelakeError('DISK_FULL', 'full'), null).hint).toContain('Free space');
  });
});
