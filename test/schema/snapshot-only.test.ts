import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildSchema } from '../../src/schema/schema.ts';
import { isSnapshotOnly, SNAPSHOT_FIELDS } from '../../src/schema/snapshot-only.ts';

const schema = buildSchema();
/** What reads runs, pipelines, sources, the list of snapshots, keys, or what depends on who asks. */
const OTHERS = [
  'pipelines',
  'run',
  'runs',
  'batch',
  'batches',
  'snapshot',
  'snapshots',
  'sources',
  'lineage',
  'similarityIndex',
  'runTotals',
  'viewer',
  'apiKeys',
  'auditLog',
  'me',
  'listener',
];

describe('isSnapshotOnly(schema, document)', () => {
  it('knows of every field of Query whether it reads the snapshot alone', () => {
    const fields = Object.keys(schema.getQueryType()?.getFields() ?? {});
    expect(fields.filter((name) => !SNAPSHOT_FIELDS.has(name) && !OTHERS.includes(name))).toEqual([]);
    expect(OTHERS.filter((name) => SNAPSHOT_FIELDS.has(name))).toEqual([]);
  });

  it.each([
    ['{ track(id: "x") { name artists { name } } }', true],
    ['{ __typename search(term: "x") { nodes { node { ... on Track { name } } } } }', true],
    ['query ($a: Boolean!) { track(id: "x") { name @include(if: $a) } }', true],
    ['{ runs { nodes { id } } }', false],
    ['{ track(id: "x") { name } snapshot { id } }', false],
    ['{ track(id: "x") { ...F } } fragment F on Track { provenance { source } }', false],
    ['mutation { cancelRun(input: { runId: "x" }) { __typename } }', false],
    ['subscription { snapshotPublished { id } }', false],
    ['{ __schema { queryType { name } } }', false],
    ['{ track(id: "x") @asOf(snapshot: "s") { name } }', false],
  ])('says of %s: %s', (text, expected) => {
    expect(isSnapshotOnly(schema, parse(text))).toBe(expected);
  });
});
