// What the events of subscriptions lead to. No field of it may read the catalogue: a subscription would read that of its first day, and
// hold it open (http/snapshot-plugin.ts).
import { type GraphQLNamedType, getNamedType, isObjectType, parse, subscribe } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../../src/schema/context.ts';
import { buildSchema } from '../../../src/schema/schema.ts';
import { createNotifier, SNAPSHOT_TOPIC } from '../../../src/store/runs/notifier.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';

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

describe('snapshotPublished(after)', () => {
  /** @param kept ids, oldest first */
  const open = (kept: readonly string[], first: string) => {
    let served = first;
    const notifier = createNotifier();
    const contextValue = {
      clock: createVirtualClock(),
      notifier,
      signal: new AbortController().signal,
      requireAccess: async () => {},
      findServedSnapshot: () => ({ id: served }),
      snapshots: { listManifests: async () => [...kept].reverse().map((id) => ({ id })) },
    } as unknown as Context;
    const serve = (id: string) => {
      served = id;
      notifier.notify(SNAPSHOT_TOPIC);
    };
    /** The ids that come until the server drains, which it does once everything has been said. */
    const listen = async (after: string | null, meanwhile: () => void = () => {}) => {
      const document = parse('subscription ($after: ID) { snapshotPublished(after: $after) { id } }');
      const told = await subscribe({
        schema: buildSchema(),
        document,
        contextValue,
        variableValues: { after },
      });
      const seen: string[] = [];
      setImmediate(() => {
        meanwhile();
        setImmediate(() => notifier.close());
      });
      for await (const { data } of told as AsyncIterable<{ data: { snapshotPublished: { id: string } } }>)
        seen.push(data.snapshotPublished.id);
      return seen;
    };
    return { listen, serve };
  };

  it('brings what was published since, once each, and what is served from then on', async () => {
    const { listen, serve } = open(['s1', 's2', 's3', 's4'], 's4');
    expect(await listen('s2', () => serve('s5'))).toEqual(['s3', 's4', 's5']);
  });

  it('brings the served snapshot where a rollback went back behind the one that was seen', async () => {
    expect(await open(['s3', 's4', 's5'], 's3').listen('s5')).toEqual(['s3']);
  });

  it('brings nothing where nothing is new, and without an id nothing of before', async () => {
    expect(await open(['s1', 's2'], 's2').listen('s2')).toEqual([]);
    expect(await open(['s1', 's2'], 's2').listen(null)).toEqual([]);
  });
});
