import { describe, expect, it } from 'vitest';
import { fitOfCredit, shareTerm } from '../../../src/store/catalog/credit-fit.ts';
import { withoutSigns } from '../../../src/store/catalog/search-term.ts';

/** A name that is folded already, as a search text. */
function textOf(name: string): string {
  const plain = withoutSigns(name);
  return plain === name || plain === '' ? ` ${name} ` : ` ${name}  ${plain} `;
}

describe('shareTerm', () => {
  it.each([
    ['the beatles - yesterday', ['beatles', 'yesterday']],
    ['hello by adele', ['hello', 'adele']],
    ['queen, bohemian rhapsody', ['queen', 'bohemian', 'rhapsody']],
    ['love feat. rihanna & eminem', ['love', 'rihanna', 'eminem']],
    ['!!! heart of hearts', ['!!!', 'heart', ' of', 'hearts']],
    ['queen queen', ['queen']],
    ['the the', []],
  ])('shares out the words of %s', (term, words) => {
    expect(shareTerm(term).words.map(({ text }) => text)).toEqual(words);
  });
});

describe('fitOfCredit', () => {
  it.each([
    ['beatles yesterday', 'yesterday', ['the beatles'], 90],
    ['beatles yesterday', 'yesterday - remastered 2009', ['the beatles'], 90],
    ['beatles yesterday', 'yesterday (live) [mono]', ['the beatles'], 90],
    ['yesterday live beatles', 'yesterday - live', ['the beatles'], 90],
    ['beatles yesterday', 'yesterday once more', ['the beatles'], 70],
    ['beatles yesterday', 'yesterday', ['the beatles revival band'], 70],
    ['beatles yesterday', 'yesterday once more', ['beatles revival'], 50],
    ['beatles sterday', 'yesterday', ['beatles'], 35],
    ['jay z alicia keys empire', 'empire', ['jay-z', 'alicia keys'], 90],
    ['jay z alicia keys empire', 'empire', ['jay-z', 'alicia keys junior'], 70],
    ['acdc thunderstruck', 'thunderstruck', ['ac/dc'], 90],
    ['ac dc thunderstruck', 'thunderstruck', ['ac/dc'], 90],
    [
      'i cant get no satisfaction rolling stones',
      "(i can't get no) satisfaction",
      ['the rolling stones'],
      90,
    ],
    // Either must add something.
    ['beatles yesterday', 'beatles yesterday', ['somebody'], null],
    ['beatles yesterday', 'yesterday', ['yesterday beatles'], null],
    ['beatles yesterday', 'yesterday', ['the rolling stones'], null],
    ['ed sheeran', 'eden', ['ed sheeran'], null],
    ['beatles yesterday', 'yesterday', [], null],
  ])('of "%s" and %s by %j is %j', (term, name, artists, fit) => {
    expect(fitOfCredit(shareTerm(term), textOf(name), artists.map(textOf))).toBe(fit);
  });

  it('is low where a word has a slip', () => {
    const term = shareTerm('beatels yesterday');
    const words = term.words.map((word) =>
      word.text === 'beatels' ? { ...word, variants: ['beatles'] } : word,
    );
    expect(fitOfCredit({ ...term, words }, textOf('yesterday'), [textOf('the beatles')])).toBe(10);
    expect(fitOfCredit(term, textOf('yesterday'), [textOf('the beatles')])).toBe(null);
  });
});
