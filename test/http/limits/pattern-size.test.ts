import { describe, expect, it } from 'vitest';
import { countExpanded } from '../../../src/http/limits/pattern-size.ts';

describe('countExpanded', () => {
  it.each([
    ['rock$', 5],
    ['a{3}(bc){2,4}', 11],
    ['((a?){10}){20}', 400],
    ['a{2,}', 2],
    ['a{x}', 4],
    ['\\{\\}', 2],
    ['(.?){100}(.?){100}(.?){100}zq', 602],
    ['(\\pL?){30}', 3_060],
    ['\\p{Greek}{2}', 202],
    ['[\\pL[:alpha:]]{10}', 1_140],
    ['[]{9}]{2}', 12],
    // Written so that RE2 reads something else than meets the eye.
    ['\\Q[\\E(\\pL?){100}q', 10_202],
    ['[[:](\\pL?){100}q', 10_205],
    ['[!-[:x](\\pL?){100}:]]q', 10_211],
    ['[\\d-[:alpha:]\\pL]{100}q', 11_701],
    ['[a-\u{1f600}-[:alpha:]\\pL]{100}q', 11_901],
    ['(\\pL)?(?i){100}q', 10_201],
    ['(\\pL?)\\Q\\E{100}q', 10_201],
    ['a{10}(?i){10}(?-i){10}', 1_000],
    ['a(?i:b){3}', 13],
    ['\\x{2019}\\x{5d}', 2],
    [`${'('.repeat(90)}a${'){9999}'.repeat(90)}(?i){1}`, 1e9],
    ['[a-z', 4],
    ['((', 0],
    ['))', 0],
    ['{3}', 0],
    ['', 0],
  ])('%s: %i', (pattern, count) => {
    expect(countExpanded(pattern)).toBe(count);
  });

  it('ends for whatever stands there, as soon as a filter would refuse it', () => {
    const cpu = process.cpuUsage();
    for (const part of ['[[:', '(', '[', '\\p{', '{1,', '[^]', 'a{999}'])
      expect(Number.isFinite(countExpanded(part.repeat(30_000)))).toBe(true);
    expect(process.cpuUsage(cpu).user / 1_000).toBeLessThan(500);
  });
});
