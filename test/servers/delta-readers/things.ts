/** A relation of 5,000 rows with every type that we write; the number of streams is n. */
export function selectThings(n: number): string {
  return `select i as id, ${n}::bigint as streams, if(i % 3 = 0, null, 'name ' || i) as name, i * 0.1 as energy, (i * 0.1)::float as single,
    i % 2 = 0 as is_explicit, date '1960-01-01' + i::integer as day, timestamptz '2026-11-20 01:02:03.123456+00' + i * interval 1 millisecond as fetched_at,
    (i % 128)::tinyint as tiny, i::smallint as small, (i * 1.01)::decimal(18, 4) as price, encode('x' || i) as bytes, [i, null] as numbers,
    [{'url': 'http://x/' || i, 'width': 64}] as images, {'a': i, 'b': {'c': 'x'}} as nested, repeat('long ', 30) as long
    from range(5000) t(i)`;
}
