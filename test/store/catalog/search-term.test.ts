import { describe, expect, it } from 'vitest';
import { createNameFit } from '../../../src/store/catalog/name-fit.ts';
import {
  boundNames,
  exactKeys,
  splitTerm,
  toMatch,
  type Word,
} from '../../../src/store/catalog/search-term.ts';

const withVariants = (text: string, count: number): Word => ({
  text,
  others: [],
  variants: Array.from({ length: count }, (_, at) => `${text}${at}`),
});

describe('splitTerm', () => {
  it.each([
    ['queen', [['queen']]],
    ['queen queen', [['queen']]],
    ["don't", [["don't", ' dont ', ' don t ']]],
    ['jay-z', [['jay-z', ' jayz ', ' jay z ']]],
    ['yesterday,', [['yesterday,', 'yesterday']]],
    ['dc', [[' dc', '-dc', '.dc', '/dc', '&dc', ':dc', '+dc']]],
    ['x', [[' x ']]],
    ['x y', [[' x '], [' y ']]],
    ['rock & roll', [['rock'], ['&', ' and ', '+'], ['roll']]],
    ['&', [['&']]],
    ['!!!', [['!!!']]],
    ['東京', [['東京']]],
    ['', []],
  ])('spells the words of %j', (term, spellings) => {
    expect(splitTerm(term).map(({ text, others }) => [text, ...others])).toEqual(spellings);
  });

  it('looks for a letter beside signs, where there are longer words', () => {
    const [, letter] = splitTerm('jay z');
    expect(letter?.others).toEqual(expect.arrayContaining(['-z ', " z'", '.z.']));
  });
});

describe('exactKeys', () => {
  it.each([
    ['queen', ['queen', 'the queen']],
    ['the queen', ['the queen', 'queen']],
    ['the', ['the', 'the the']],
    ['r e', ['r e', 'the r e', 're', 'r-e', 'r.e', 'r/e', 'r&e', 'r:e', 'r+e', 'r.e.']],
  ])('names %j: %j', (term, keys) => {
    expect(exactKeys(term)).toEqual(keys);
  });
});

describe('toMatch', () => {
  it('finds candidates by the longest words, and leaves letters out beside two of them', () => {
    expect(toMatch(splitTerm('i of in bad love'))).toBe('(("lov" AND "ove")) AND (("bad"))');
    expect(toMatch(splitTerm('in it'))?.split(')) AND ((')).toHaveLength(2);
  });

  it('needs no more than six words, nor sixty spellings', () => {
    const seven = ['aaa', 'bbb', 'ccc', 'ddd', 'eee', 'fff', 'ggg'].map((text) => withVariants(text, 0));
    expect(toMatch(seven)?.split(' AND ')).toHaveLength(6);
    const many = Array.from({ length: 25 }, (_, at) => withVariants(`word${at}`, 50));
    expect(toMatch(many)?.split(' OR ')).toHaveLength(51);
  });

  it('has nothing to say of words without a trigram', () => {
    expect(toMatch([{ text: 'ab', others: [], variants: [] }])).toBe(null);
    expect(toMatch([])).toBe(null);
  });
});

describe('boundNames', () => {
  it('looks at fewer names, the more spellings each is compared with', () => {
    expect(boundNames(splitTerm('love you'), 20_000)).toBe(20_000);
    const many = Array.from({ length: 25 }, (_, at) => withVariants(`word${at}`, 6));
    expect(boundNames(many, 20_000)).toBe(Math.floor(400_000 / 175));
    expect(boundNames(many, 20_000, 4)).toBe(Math.floor(100_000 / 175));
  });
});

describe('createNameFit', () => {
  it.each([
    ['beatles', ' the beatles ', 100],
    ['the beatles', ' beatles ', 100],
    ['the beat', ' beatles ', 80],
    ['ac dc', ' ac/dc  acdc ', 100],
    ['acdc', ' ac/dc  acdc ', 100],
    ['dont', " don't  dont ", 100],
    ["don't stop", " don't stop believin'  dont stop believin ", 80],
    ['the', ' the ', 100],
    ['the', ' the the ', 100],
    ['hall and oates', ' daryl hall & john oates  daryl hall john oates ', 40],
    ['mumford and sons', ' mumford & sons  mumford sons ', 100],
    ['queen', ' killer queen ', 60],
    ['killer qu', ' my killer queen ', 60],
    ['queen killer', ' killer queen ', 40],
    ['quean', ' killer queen ', 20],
  ])('of %j in %j is %d', (term, text, fit) => {
    expect(createNameFit(term, splitTerm(term))(text)).toBe(fit);
  });
});
