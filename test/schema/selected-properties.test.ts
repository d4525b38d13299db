import { type FieldNode, type FragmentDefinitionNode, Kind, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildSchema } from '../../src/schema/schema.ts';
import { listSelectedProperties } from '../../src/schema/selected-properties.ts';

function propertiesOf(source: string): string[] | null {
  const { definitions } = parse(source);
  const [operation] = definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const fragments = definitions.filter(
    (one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION,
  );
  const fieldNodes = (operation as { selectionSet: { selections: readonly FieldNode[] } }).selectionSet
    .selections;
  const returnType = buildSchema().getQueryType()?.getFields().tracks?.type;
  if (!returnType) throw new Error('there is no Query.tracks');
  const found = listSelectedProperties({
    fieldNodes,
    fragments: Object.fromEntries(fragments.map((one) => [one.name.value, one])),
    returnType,
  });
  return found && [...found].sort();
}

describe('listSelectedProperties', () => {
  it.each<[string, string, string[] | null]>([
    [
      'exposed fields',
      '{ tracks { nodes { id n: name releaseYear __typename } } }',
      ['id', 'name', 'releaseYear'],
    ],
    [
      'edges, fragments and conditions',
      `{ tracks { edges { cursor node { ...F } } pageInfo { endCursor } totalCount } }
      fragment F on Track { uri ... @skip(if: true) { isrc } }`,
      ['isrc', 'uri'],
    ],
    [
      'parts',
      '{ tracks { nodes { audioFeatures { energy keyName mode } } } }',
      ['audioFeatures', 'audioFeatures.energy', 'audioFeatures.key', 'audioFeatures.mode'],
    ],
    [
      'a part of which nothing is read',
      '{ tracks { nodes { audioFeatures { __typename } } } }',
      ['audioFeatures'],
    ],
    [
      'lists and objects under a node',
      '{ tracks { nodes { artists { name streams } album { name } genres { name } } } }',
      ['albumId', 'id'],
    ],
    ['nothing', '{ tracks { totalCount } }', []],
    ['a field that does not tell', '{ tracks { nodes { id mapPosition { x } } } }', null],
    ['a field asked for twice', '{ tracks { nodes { id } } tracks { nodes { name } } }', null],
  ])('finds what is read by %s', (_what, source, expected) => {
    expect(propertiesOf(source)).toEqual(expected);
  });
});
