import { describe, expect, it } from 'vitest';
import { describeRelation, parseDictionary } from '../../../src/store/snapshots/dictionary.ts';

const dictionary = parseDictionary(`# Title

- id: what comes before the first heading is no entry

## every relation

- id: Its id: "a" or 'b'.
- energy: Intensity, 0..1; null when not given.

## gold.things

One row per thing.

- id: Id of the thing.
`);

describe('describeRelation', () => {
  it('says what a relation is and what its columns mean, by its own words before those of every relation', () => {
    const columns = ['id', 'energy', 'other'].map((name) => ({ name, type: 'VARCHAR' }));
    expect(describeRelation({ layer: 'gold', name: 'things', columns }, dictionary)).toEqual({
      description: 'One row per thing.',
      columns: [
        { name: 'id', type: 'VARCHAR', description: 'Id of the thing.' },
        { name: 'energy', type: 'VARCHAR', description: 'Intensity, 0..1; null when not given.' },
        { name: 'other', type: 'VARCHAR', description: null },
      ],
    });
  });

  it('knows the columns of a relation that it does not know', () => {
    const columns = [{ name: 'id', type: 'VARCHAR' }];
    expect(describeRelation({ layer: 'silver', name: 'things', columns }, dictionary)).toEqual({
      description: null,
      columns: [{ name: 'id', type: 'VARCHAR', description: `Its id: "a" or 'b'.` }],
    });
  });
});
