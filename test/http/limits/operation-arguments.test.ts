import {
  type DefinitionNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { listSizeVariables } from '../../../src/http/limits/operation-arguments.ts';

const isExecutable = (
  definition: DefinitionNode,
): definition is OperationDefinitionNode | FragmentDefinitionNode =>
  definition.kind === 'OperationDefinition' || definition.kind === 'FragmentDefinition';

describe('listSizeVariables', () => {
  it('names the variables that say how long a list is, in fragments too', () => {
    const { definitions } =
      parse(`query ($n: Int, $m: Int, $id: ID!) { tracks(first: $n) { nodes { id } } artist(id: $id) { ...F } }
        fragment F on Artist { tracks(first: $m) { nodes { id } } }`);
    expect(listSizeVariables(definitions.filter(isExecutable))).toEqual(['n', 'm']);
  });
});
