// The operations generated for TypeScript are those of the schema as it is now. What they were made with is not installed here: npm run
// examples generates them again and compares.
import { readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { fingerprint, listUsed } from '../../examples/typescript/used-schema.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const text = read('schema.graphql');
const schema = buildSchema(text);
const operations = parse(read('examples/typescript/operations.graphql'));

describe('examples/typescript', () => {
  it('asks what the schema has', () => {
    expect(validate(schema, operations)).toEqual([]);
  });

  it('was generated from what it uses of the schema; else run "npm ci && npm run generate" in examples/typescript', () => {
    const [header] = read('examples/typescript/operations.generated.ts').split('\n');
    expect(header).toContain(`: ${fingerprint(schema, operations)}.`);
  });
});

describe('fingerprint', () => {
  const changed = (from: string | RegExp, to: string) => {
    const other = text.replace(from, to);
    expect(other).not.toBe(text);
    return fingerprint(buildSchema(other), operations);
  };
  const own = fingerprint(schema, operations);

  it.each([
    ['a field that may be null now', /(type Track \{[\s\S]*?\n {2}name: String)!/, '$1'],
    ['a field of another type', 'totalCount: Int!', 'totalCount: Long!'],
    [
      'an input of a filter deep within a variable',
      /(input StringFilter \{[\s\S]*?startsWith: )String/,
      '$1ID',
    ],
    ['a new value of an enum in an answer', /(enum RunStatus \{)/, '$1\n  PAUSED\n'],
    ['a new member of a union', 'union SearchNode = ', 'union SearchNode = Genre | '],
    ['an argument of another type', /(similarTracks\([\s\S]*?to: \[ID!\])\n/, '$1!\n'],
  ])('changes with %s', (_name, from, to) => {
    expect(changed(from, to)).not.toBe(own);
  });

  it.each([
    ['a description', /"""[^"]*?"""\ntype Track /, '"""Another text."""\ntype Track '],
    ['a field that nobody asks for', 'type Playlist {', 'type Playlist {\n  covers: Int\n'],
  ])('stays with %s', (_name, from, to) => {
    expect(changed(from, to)).toBe(own);
  });

  it('is of lines that a reader can compare', () => {
    expect(listUsed(schema, operations)).toEqual(
      expect.arrayContaining([
        'AlbumType = ALBUM | COMPILATION | SINGLE',
        'SearchNode = Album | Artist | Track',
        'Track.name: String!',
        'TrackFilter.artists: ArtistListFilter',
      ]),
    );
  });
});
