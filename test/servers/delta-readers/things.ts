import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import type { Publisher } from '../../fixtures/published.ts';

/** Publishes them thirteen times, past a checkpoint, and goes back to the second: the manifests, and last that one at the version after the rollback. */
export async function publishThings({ publish, store }: Publisher): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (let n = 0; n <= 12; n++) manifests.push(await publish({ 'warehouse.things': selectThings(n) }));
  const [, second] = manifests as [Manifest, Manifest];
  await store.rollback(second.id);
  const relations = second.relations.map((relation) => ({ ...relation, deltaVersion: 13 }));
  return [...manifests, { ...second, relations }];
}

/** A relation of 5,000 rows with every type that we write; the number of streams is n. */
function selectThings(n: number): string {
  return `select i as id, ${n}::bigint as streams, if(i % 3 = 0, null, 'name ' || i) as name, i * 0.1 as energy, (i * 0.1)::float as single,
    i % 2 = 0 as is_explicit, date '1960-01-01' + i::integer as day, timestamptz '2026-11-20 01:02:03.123456+00' + i * interval 1 millisecond as fetched_at,
    (i % 128)::tinyint as tiny, i::smallint as small, (i * 1.01)::decimal(18, 4) as price, encode('x' || i) as bytes, [i, null] as numbers,
    [{'url': 'http://x/' || i, 'width': 64}] as images, {'a': i, 'b': {'c': 'x'}} as nested, repeat('long ', 30) as long
    from range(5000) t(i)`;
}
