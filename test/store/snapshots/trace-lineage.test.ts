import { describe, expect, it } from 'vitest';
import type { ManifestLineage } from '../../../src/store/snapshots/manifest.ts';
import { type TraceRequest, traceLineage } from '../../../src/store/snapshots/trace-lineage.ts';

const from = (...sources: string[]) =>
  sources.map((source) => {
    const [layer, name, column = ''] = source.split('.');
    return { relation: `${layer}.${name}`, column, path: null, how: 'IDENTITY' as const };
  });
const column = (name: string, ...sources: string[]) => ({ name, from: from(...sources), reason: null });

const LINEAGE: readonly ManifestLineage[] = [
  {
    relation: 'gold.t',
    reads: ['silver.s', 'silver.u'],
    columns: [
      column('x', 'silver.s.a', 'silver.u.b'),
      column('y', 'silver.s.c'),
      { name: 'z', from: null, reason: 'because' },
    ],
  },
  {
    relation: 'silver.s',
    reads: ['bronze.documents'],
    columns: [column('a', 'bronze.documents.body'), column('c', 'bronze.documents.id')],
  },
  { relation: 'silver.u', reads: ['bronze.documents'], columns: [column('b')] },
  { relation: 'bronze.documents', reads: [], columns: [column('id'), column('body')] },
];

function trace(request: Partial<TraceRequest>, lineage = LINEAGE): string[] {
  const nodes = traceLineage(lineage, { relation: null, column: null, direction: 'UPSTREAM', ...request });
  return nodes.map(({ relation, columns }) => `${relation}(${columns?.map(({ name }) => name)})`);
}

describe('traceLineage', () => {
  it('lists all relations by name, or those that one is made from', () => {
    expect(trace({})).toEqual(['bronze.documents(id,body)', 'gold.t(x,y,z)', 'silver.s(a,c)', 'silver.u(b)']);
    expect(trace({ relation: 'silver.u' })).toEqual(['bronze.documents(id,body)', 'silver.u(b)']);
  });

  it('follows one column, and shows no other', () => {
    expect(trace({ relation: 'gold.t', column: 'x' })).toEqual([
      'bronze.documents(body)',
      'gold.t(x)',
      'silver.s(a)',
      'silver.u(b)',
    ]);
    expect(trace({ relation: 'gold.t', column: 'z' })).toEqual(['gold.t(z)']);
  });

  it('follows what is made from a relation, and from a column', () => {
    expect(trace({ relation: 'silver.u', direction: 'DOWNSTREAM' })).toEqual([
      'gold.t(x,y,z)',
      'silver.u(b)',
    ]);
    const request = { relation: 'bronze.documents', column: 'id', direction: 'DOWNSTREAM' } as const;
    expect(trace(request)).toEqual(['bronze.documents(id)', 'gold.t(y)', 'silver.s(c)']);
  });

  it('refuses names that the snapshot does not have, with the nearest one', () => {
    expect(() => trace({ relation: 'gold.tt' })).toThrow('no relation "gold.tt". Did you mean "gold.t"?');
    expect(() => trace({ relation: 'gold.t', column: 'xx' })).toThrow('no column "xx". Did you mean "x"?');
    expect(() => trace({ column: 'x' })).toThrow('column is "x" without a relation');
  });

  it('says so where the snapshot is of before columns were kept', () => {
    const old = LINEAGE.map(({ relation, reads }) => ({ relation, reads }));
    expect(trace({ relation: 'silver.u' }, old)).toEqual([
      'bronze.documents(undefined)',
      'silver.u(undefined)',
    ]);
    expect(() => trace({ relation: 'gold.t', column: 'x' }, old)).toThrow(
      'before the origin of columns was kept',
    );
  });
});
