import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashLine } from '../../../src/store/landing/batch-hash.ts';

describe('hashLine', () => {
  it('spells a document as batches that were sealed before have it', () => {
    const line = hashLine('spotify', 'track', 'abc', '0f');

    expect(Buffer.from(line).toString('hex')).toBe('73706f7469667900747261636b006162630030660a');
  });

  it('tells apart documents whose texts together are the same', () => {
    const digest = (line: string) => createHash('sha256').update(line).digest('hex');

    expect(digest(hashLine('a', 'bc', 'd', '0f'))).not.toBe(digest(hashLine('ab', 'c', 'd', '0f')));
  });
});
