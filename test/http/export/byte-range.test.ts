import { describe, expect, it } from 'vitest';
import { readByteRange } from '../../../src/http/export/byte-range.ts';

describe('readByteRange', () => {
  it.each([
    ['bytes=0-3', { first: 0, last: 3 }],
    ['bytes=90-', { first: 90, last: 99 }],
    ['bytes=-8', { first: 92, last: 99 }],
    ['bytes=-1000', { first: 0, last: 99 }],
    ['bytes=99-1000', { first: 99, last: 99 }],
    [' bytes=5-5 ', { first: 5, last: 5 }],
  ])('finds the bytes of "%s" in a file of 100', (header, range) => {
    expect(readByteRange(header, 100)).toEqual(range);
  });

  it.each([
    'bytes=100-',
    'bytes=100-200',
    'bytes=-0',
    `bytes=${'9'.repeat(400)}-`,
  ])('says that "%s" is beyond it', (header) => {
    expect(readByteRange(header, 100)).toBe('BEYOND');
  });

  it.each([
    undefined,
    '',
    'bytes=-',
    'bytes=3-1',
    'bytes=0-1,5-6',
    'rows=0-1',
    'bytes=a-b',
  ])('takes "%s" for the whole file', (header) => {
    expect(readByteRange(header, 100)).toBeNull();
  });
});
