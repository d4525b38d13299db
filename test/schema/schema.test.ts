import { readFileSync } from 'node:fs';
import {
  buildSchema as buildFromSdl,
  findBreakingChanges,
  type GraphQLEnumType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  printSchema,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildExplainedSchema } from '../../src/schema/explained.ts';
import { renderSchema } from '../../src/schema/print.ts';
import { buildSchema } from '../../src/schema/schema.ts';
import type { FigureExtensions } from '../../src/schema/stats/selected-figures.ts';

const schema = buildSchema();

describe('schema.graphql', () => {
  it('is what the code says (npm run schema:print prints it anew)', () => {
    expect(readFileSync('schema.graphql', 'utf8')).toBe(renderSchema());
  });
});

it('a query is explained by the same schema, directives too', () => {
  expect(printSchema(buildExplainedSchema())).toBe(printSchema(schema));
});

describe('the contract', () => {
  // What open issues have not reached yet. A name that has been reached must leave this list.
  const NOT_REACHED: string[] = [];

  it('is kept: no breaking change from it to the schema, apart from what is not reached yet', () => {
    const contract = buildFromSdl(readFileSync('test/contract.graphql', 'utf8'));
    const changes = findBreakingChanges(contract, schema).map((change) => change.description);
    expect(changes.sort()).toEqual([...NOT_REACHED].sort());
  });
});

describe('descriptions', () => {
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => !type.name.startsWith('__') && !['String', 'Int', 'Float', 'Boolean', 'ID'].includes(type.name),
  );

  it('are on every type, field, argument and enum value', () => {
    expect(types.flatMap(listUndescribed)).toEqual([]);
    expect(types.length).toBeGreaterThan(80);
  });
});

describe.each(['Track', 'Album', 'Artist'])('statistics of the type %s', (type) => {
  it('show every measure that groups can be ordered and filtered by', () => {
    const measures = (schema.getType(`${type}Measure`) as GraphQLEnumType).getValues();
    const fields = (schema.getType(`${type}Stats`) as GraphQLObjectType).getFields();
    const shown = Object.values(fields)
      .filter((field) => String(field.type) === 'NumberStats!')
      .map((field) => (field.extensions as FigureExtensions).measure);
    expect(shown.sort()).toEqual(measures.map(({ name }) => name).sort());
  });
});

function listUndescribed(type: GraphQLNamedType): string[] {
  const missing = type.description ? [] : [type.name];
  if (isEnumType(type))
    missing.push(
      ...type.getValues().flatMap((value) => (value.description ? [] : `${type.name}.${value.name}`)),
    );
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      if (!field.description) missing.push(`${type.name}.${field.name}`);
      missing.push(
        ...field.args.flatMap((arg) => (arg.description ? [] : `${type.name}.${field.name}(${arg.name})`)),
      );
    }
  }
  if (isInputObjectType(type)) {
    missing.push(
      ...Object.values(type.getFields()).flatMap((field) =>
        field.description ? [] : `${type.name}.${field.name}`,
      ),
    );
  }
  return missing;
}
