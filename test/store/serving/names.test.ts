import { describe, expect, it } from 'vitest';
import { toTrigrams } from '../../../src/store/serving/names.ts';

describe('toTrigrams', () => {
  it.each([
    ['love', '"lov" AND "ove"'],
    ['aaaa', '"aaa"'],
    ['yesterday', '"yes" AND "ter" AND "day"'],
    ['beatles', '"bea" AND "tle" AND "les"'],
    ['a"b', '"a""""" AND """""b"'],
    ['東京', '"東東東" AND "京京京"'],
    ['ab', null],
    ['', null],
  ])('says what holds for every text with %j in it', (text, match) => {
    expect(toTrigrams(text)).toBe(match);
  });

  it('looks for a very long text by its beginning', () => {
    const text = Array.from({ length: 20_000 }, (_, at) => String.fromCodePoint(0x100 + at)).join('');
    const match = toTrigrams(text) ?? '';
    expect(match.split(' AND ')).toHaveLength(100);
    expect(toTrigrams(text.slice(0, 300))).toBe(match);
  });
});
