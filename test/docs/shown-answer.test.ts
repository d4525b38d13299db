import { describe, expect, it } from 'vitest';
import { listDifferences, listMisshapen } from './shown-answer.ts';

const live = {
  tracks: { totalCount: 5, nodes: [1, 2, 3, 4, 5].map((n) => ({ name: `t${n}`, energy: n / 3 })) },
};
const shown = {
  tracks: {
    totalCount: 5,
    nodes: [{ name: 't1', energy: 0.3333333333333 }, { name: 't2', energy: 2 / 3 }, '... and 3 more'],
  },
};

describe('listDifferences', () => {
  it('finds none in an answer that is shown by its beginning, with figures to nine places', () => {
    expect(listDifferences(live, shown)).toEqual([]);
  });

  it.each([
    [{ tracks: { ...live.tracks, totalCount: 6 } }, 'data.tracks.totalCount: 6, the page shows 5'],
    [
      { tracks: { ...live.tracks, nodes: live.tracks.nodes.slice(0, 4) } },
      'data.tracks.nodes: 4 items, the page shows 5',
    ],
    [
      { tracks: { ...live.tracks, nodes: live.tracks.nodes.with(1, { name: 't2', energy: 0.66 }) } },
      'data.tracks.nodes[1].energy: 0.66, the page shows 0.6666666666666666',
    ],
    [{ tracks: { ...live.tracks, nodes: null } }, /^data.tracks.nodes: null, the page shows /],
    [{ ...live, artists: 1 }, 'data.artists: 1, the page shows undefined'],
    [null, /^data: null/],
  ])('names what differs: %#', (other, difference) => {
    expect(listDifferences(other, shown)).toEqual([
      typeof difference === 'string' ? difference : expect.stringMatching(difference),
    ]);
  });
});

describe('listMisshapen', () => {
  it('lets other values, and other numbers of them, pass', () => {
    const grown = { tracks: { totalCount: 99, nodes: [{ name: 'other', energy: 0.1 }] } };
    expect(listMisshapen(grown, shown)).toEqual([]);
    expect(listMisshapen({ run: 'r1', error: 'x' }, { run: 'r2', error: null })).toEqual([]);
  });

  it.each([
    [{ tracks: { totalCount: 0, nodes: [] } }, 'data.tracks.nodes: is empty, the page shows 2'],
    [{ tracks: { totalCount: 1, nodes: [{ name: 't' }] } }, 'data.tracks.nodes[0].energy: is not there'],
    [
      { tracks: { totalCount: 1, nodes: [{ name: null, energy: 1 }] } },
      'data.tracks.nodes[0].name: null, the page shows "t1"',
    ],
    [{ tracks: null }, 'data.tracks: null, the page shows an object'],
    [{ tracks: { ...live.tracks, more: 1 } }, 'data.tracks.more: the page lacks it'],
  ])('names what has another shape: %#', (other, difference) => {
    expect(listMisshapen(other, shown)).toEqual([difference]);
  });
});
