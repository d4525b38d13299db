// What the events of subscriptions lead to. No field of it may read the catalogue: a subscription would read that of its first day, and
// hold it open (http/snapshot-plugin.ts).
import { type GraphQLNamedType, getNamedType, isObjectType } from 'graphql';
import { expect, it } from 'vitest';
import { buildSchema } from '../../src/schema/schema.ts';

it('events lead to runs, to what has landed and to what manifests say, and to nothing that the catalogue is read for', () => {
  const found = new Set<string>();
  const follow = (type: GraphQLNamedType) => {
    if (!isObjectType(type) || found.has(type.name)) return;
    found.add(type.name);
    for (const field of Object.values(type.getFields())) follow(getNamedType(field.type));
  };
  follow(buildSchema().getSubscriptionType() as GraphQLNamedType);
  expect([...found].sort()).toEqual([
    'Batch',
    'BatchConnection',
    'BatchCount',
    'BatchEdge',
    'ChangedKey',
    'ChangedValue',
    'CheckResult',
    'Column',
    'ColumnCoverage',
    'FamilyRequests',
    'PageInfo',
    'Relation',
    'RelationDiff',
    'Run',
    'RunError',
    'RunEvent',
    'RunEventConnection',
    'RunEventEdge',
    'RunProgress',
    'RunStep',
    'Snapshot',
    'Subscription',
  ]);
});
