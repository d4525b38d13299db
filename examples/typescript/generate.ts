// Makes operations.generated.ts of schema.graphql and operations.graphql: node generate.ts [where to write it]
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import * as typedDocuments from '@graphql-codegen/typed-document-node';
import * as operationTypes from '@graphql-codegen/typescript-operations';
import { buildASTSchema, parse } from 'graphql';
import { fingerprint } from './used-schema.ts';

const here = import.meta.dirname;
const path = process.argv[2] ?? join(here, 'operations.generated.ts');
const schema = parse(readFileSync(join(here, '../../schema.graphql'), 'utf8'));
const document = parse(readFileSync(join(here, 'operations.graphql'), 'utf8'));

const code = await codegen({
  filename: path,
  schema,
  documents: [{ location: 'operations.graphql', document }],
  config: {
    // Descriptions are one look into GraphiQL away, and would change this file with every word of them.
    disableDescriptions: true,
    enumType: 'string-literal',
    immutableTypes: true,
    useTypeImports: true,
    // Text, so that the program needs no library to send it.
    documentMode: 'string',
    scalars: { ID: 'string', DateTime: 'string', PartialDate: 'string', Long: 'number', JSON: 'unknown' },
  },
  plugins: [{ operations: {} }, { documents: {} }],
  pluginMap: { operations: operationTypes, documents: typedDocuments },
});

writeFileSync(
  path,
  `// Made by "npm run generate" of operations.graphql and what it uses of schema.graphql: ${fingerprint(buildASTSchema(schema), document)}. Do not edit.\n${code}`,
);
