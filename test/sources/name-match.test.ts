import { describe, expect, it } from 'vitest';
import { matchName, scoreNames } from '../../src/sources/name-match.ts';

const hits = (...names: string[]) => names.map((name, at) => ({ id: `id${at}`, name }));

describe('scoreNames', () => {
  it.each([
    ['Beyoncé', 'BEYONCE', 1],
    ['  The  Who ', 'the who', 1],
    ['Ｆｕｌｌ', 'full', 1],
    ['Simon & Garfunkel', 'Simon and Garfunkel', 0.97],
    ["Guns N' Roses", 'Guns N Roses', 0.97],
    ['Beatles', 'The Beatles', 0.97],
    ['Metalica', 'Metallica', 0.862],
    ['', '', 1],
    ['abc', 'xyz', 0],
    ['???', '!!!', 0],
  ])('of "%s" and "%s" is %d, whichever comes first', (a, b, score) => {
    expect([scoreNames(a, b), scoreNames(b, a)]).toEqual([score, score]);
  });
});

describe('matchName', () => {
  it.each([
    ['Rush', hits('Rush Hour', 'Rush'), 'id1'],
    ['The Band', hits('Band', 'The Band'), 'id1'],
    ['Simon and Garfunkel', hits('Simon & Garfunkel', 'Art Garfunkel'), 'id0'],
    ['東京サンドボックス', hits('東京サンドボックス'), 'id0'],
  ])('takes the one hit that "%s" means, wherever it stands', (name, found, id) => {
    expect(matchName(name, found)).toMatchObject({ status: 'MATCHED', hit: { id } });
  });

  it('never chooses between two of the same name, nor takes the nearest of strangers', () => {
    expect(
      matchName('The Twin Lanterns', hits('The Twin Lanterns', 'Twin', 'The Twin Lanterns')),
    ).toMatchObject({
      status: 'AMBIGUOUS',
      hit: null,
      candidates: [{ id: 'id0', score: 1 }, { id: 'id2', score: 1 }, { id: 'id1' }],
    });
    expect(matchName('Metalica', hits('Metallica'))).toMatchObject({ status: 'UNKNOWN', hit: null });
    expect(matchName('Nobody', [])).toEqual({ status: 'UNKNOWN', hit: null, candidates: [] });
  });

  it('counts an artist that a search shows twice once', () => {
    const twice = [...hits('Rush'), ...hits('Rush')];
    expect(matchName('rush', twice)).toMatchObject({ status: 'MATCHED', hit: { id: 'id0' } });
  });
});
