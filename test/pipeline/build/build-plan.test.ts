import { describe, expect, it } from 'vitest';
import { planBuild } from '../../../src/pipeline/build/build-plan.ts';
import type { Batch, DocumentKind } from '../../../src/store/landing/landing-store.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';

const batch = (id: string, source: string, documents: number, kind: DocumentKind = 'track') =>
  ({ id, counts: [{ source, kind, documents }] }) as unknown as Batch;
const manifest = (...batches: string[]) => ({ batches, recipe: 'r' }) as unknown as Manifest;
const plan = (current: Manifest | null, batches: Batch[], changes = {}) =>
  planBuild({ current, batches, recipe: 'r', isForced: false, maxNewShare: 0.2, ...changes });

describe('planBuild', () => {
  const old = batch('a', 'spotify', 100);
  const small = batch('b', 'spotify', 10);

  it('takes in new batches only where they are few and of known sources', () => {
    expect(plan(manifest('a'), [old, small])).toMatchObject({
      how: 'INCREMENTAL',
      newBatches: [{ id: 'b' }],
    });
  });

  it('has nothing to do without a new batch', () => {
    expect(plan(manifest('a'), [old])).toEqual({ how: 'NOTHING' });
  });

  // Else the sandbox would stay beside the first real rows, and a check would block every build from then on.
  it.each([
    'miss',
    'name_match',
    'malformed_row',
  ] as const)('builds everything for the first rows of a source of which only a %s has landed before', (kind) => {
    const sandbox = batch('a', 'sandbox', 100);
    const word = batch('b', 'spotify', 1, kind);
    expect(plan(manifest('a'), [sandbox, word])).toMatchObject({ how: 'INCREMENTAL' });
    expect(plan(manifest('a', 'b'), [sandbox, word, batch('c', 'spotify', 10)])).toMatchObject({
      how: 'FULL',
      why: '"spotify" has landed for the first time',
    });
  });

  it('builds everything for what may be the first track of a real source, as long as the sandbox is served', () => {
    const sandbox = batch('a', 'sandbox', 100);
    const [artists, file] = [
      batch('b', 'spotify', 1, 'artist'),
      batch('c', 'kaggle_1921_2020_artists', 1, 'dataset_row'),
    ];
    const known = [
      sandbox,
      artists,
      file,
      batch('d', 'spotify', 1),
      batch('e', 'tidytuesday', 1, 'dataset_row'),
    ];
    const planOf = (isSandboxAlone: boolean, ...more: Batch[]) =>
      plan(manifest(...known.map(({ id }) => id)), [...known, ...more], { isSandboxAlone });
    const others = [
      batch('f', 'spotify', 1, 'album'),
      batch('g', 'kaggle_1921_2020_artists', 1, 'dataset_row'),
      batch('h', 'sandbox', 1),
    ];
    expect(planOf(true, ...others)).toMatchObject({ how: 'INCREMENTAL' });
    const why = 'the sandbox is served, and tracks of a real source have landed';
    for (const tracks of [batch('i', 'spotify', 1), batch('i', 'tidytuesday', 1, 'dataset_row')]) {
      // Those of before were all set aside.
      expect(planOf(true, tracks)).toEqual({ how: 'FULL', why });
      expect(planOf(false, tracks)).toMatchObject({ how: 'INCREMENTAL' });
    }
  });

  it.each([
    ['nothing has been published yet', null, [old], {}],
    ['it was asked for', manifest('a'), [old], { isForced: true }],
    ['another', manifest('a'), [old, small], { recipe: 'other' }],
    ['a batch of the served snapshot is gone', manifest('a', 'c'), [old, small], {}],
    ['"kworb" has landed for the first time', manifest('a'), [old, batch('b', 'kworb', 1)], {}],
    ['50 % of all documents are new', manifest('a'), [old, batch('b', 'spotify', 100)], {}],
  ])('builds everything: %s', (why, current, batches, changes) => {
    expect(plan(current, batches, changes)).toMatchObject({ how: 'FULL', why: expect.stringContaining(why) });
  });
});
