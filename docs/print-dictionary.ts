// Prints every column with its type and meaning into docs/data-dictionary.md: `npm run docs:dictionary`.
import { writeFileSync } from 'node:fs';
import { describeRelation, readDictionary } from '../src/store/snapshots/dictionary.ts';
import { lakehouse, listPublished, type PublishedRelation } from '../test/lakehouse/build-in-memory.ts';

export function renderDictionary(relations: readonly PublishedRelation[]): string {
  const layers = Map.groupBy(relations, ({ layer }) => layer);
  const contents = [...layers].map(
    ([layer, own]) => `| ${layer} | ${own.map(({ name }) => `[${name}](#${layer}${name})`).join(', ')} |`,
  );
  return `# Data dictionary

What each relation of the lakehouse is, and what its columns mean. Types are DuckDB's. A column of the key is never null unless its meaning says so.
The same words are in GraphQL (\`{ snapshot { relations { name description columns { name type description } } } }\`), in \`groovelake sql "describe gold.tracks"\`,
and in the Delta tables, where delta-rs, Trino and others show them. Printed from \`lakehouse/dictionary.md\` by \`npm run docs:dictionary\`; change that file.

| layer | relations |
|---|---|
${contents.join('\n')}

${relations.map(renderRelation).join('\n')}`;
}

function renderRelation(relation: PublishedRelation): string {
  const { layer, name } = relation;
  const { description, columns } = describeRelation(relation, readDictionary());
  const rows = columns.map(
    (column) => `| ${column.name} | \`${column.type}\` | ${column.description ?? ''} |`,
  );
  return `## ${layer}.${name}

${description ?? ''}${renderKey(relation)}

| column | type | meaning |
|---|---|---|
${rows.join('\n')}
`;
}

function renderKey({ layer, name }: PublishedRelation): string {
  const key = lakehouse.relations.find((each) => each.layer === layer && each.name === name)?.key ?? [];
  return key.length > 0 ? ` Key: ${key.join(', ')}.` : '';
}

if (process.argv[1] === import.meta.filename)
  writeFileSync('docs/data-dictionary.md', renderDictionary(await listPublished()));
