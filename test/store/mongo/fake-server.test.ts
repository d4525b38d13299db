// The fake answers as a server does in what our adapters ask of it, and refuses whatever else: what it passed over would be proved by nothing.
import { describe, expect, it } from 'vitest';
import { Engine } from '../../fixtures/wire-mongo/engine.ts';
import type { Doc } from '../../fixtures/wire-mongo/values.ts';

function openRuns(): { run: (command: Doc) => Doc; list: (more?: Doc) => Doc[] } {
  const engine = new Engine();
  const run = (command: Doc) => engine.run(command);
  run({ insert: 'runs', documents: [2, 1, 3].map((n) => ({ _id: n, at: { day: n, hour: 10 * n } })) });
  const list = (more: Doc = {}) =>
    (run({ find: 'runs', ...more }).cursor as { firstBatch: Doc[] }).firstBatch;
  return { run, list };
}

describe('the fake MongoDB server', () => {
  it('finds the fields that are asked for, and the id', () => {
    const { list } = openRuns();
    expect(list({ filter: { _id: 2 }, projection: { 'at.day': 1, lacking: 1 } })).toEqual([
      { _id: 2, at: { day: 2 } },
    ]);
    expect(list({ filter: { _id: 2 }, projection: { _id: 1 } })).toEqual([{ _id: 2 }]);
    expect(() => list({ projection: { at: 0 } })).toThrow('The fake knows no projection {"at":0}.');
  });

  it('changes the first in the order asked for, and answers with what it was unless the new one is wanted', () => {
    const { run } = openRuns();
    const change = { findAndModify: 'runs', sort: { _id: 1 }, update: { $set: { at: 'changed' } } };
    expect(run(change).value).toEqual({ _id: 1, at: { day: 1, hour: 10 } });
    expect(run({ ...change, new: true }).value).toEqual({ _id: 1, at: 'changed' });
    const added = { ...change, query: { _id: 9 }, upsert: true };
    expect(run(added).value).toBeNull();
    expect(run({ ...added, query: { _id: 8 }, new: true }).value).toEqual({ _id: 8, at: 'changed' });
  });

  it('ends an ordered write at the first that fails, and tries all of an unordered one', () => {
    const { run, list } = openRuns();
    const documents = [{ _id: 7 }, { _id: 1 }, { _id: 8 }];
    expect(run({ insert: 'runs', documents })).toMatchObject({ n: 1, writeErrors: [{ index: 1 }] });
    expect(list().map(({ _id }) => _id)).toEqual([2, 1, 3, 7]);
    expect(run({ insert: 'runs', documents, ordered: false })).toMatchObject({
      n: 1,
      writeErrors: [{ index: 0 }, { index: 1 }],
    });
    expect(list().map(({ _id }) => _id)).toEqual([2, 1, 3, 7, 8]);
  });

  it('removes one or all', () => {
    const { run, list } = openRuns();
    run({ delete: 'runs', deletes: [{ q: { _id: { $gt: 1 } }, limit: 1 }] });
    expect(list()).toHaveLength(2);
    run({ delete: 'runs', deletes: [{ q: {}, limit: 0 }] });
    expect(list()).toEqual([]);
  });

  it.each([
    ['hint of find', { find: 'runs', hint: { _id: 1 } }],
    ['fields of findAndModify', { findAndModify: 'runs', fields: { at: 1 }, update: {} }],
    ['remove of findAndModify', { findAndModify: 'runs', remove: true }],
    ['arrayFilters of an update', { update: 'runs', updates: [{ q: {}, u: {}, arrayFilters: [] }] }],
    ['collation of a delete', { delete: 'runs', deletes: [{ q: {}, collation: {} }] }],
    [
      'partialFilterExpression of an index',
      { createIndexes: 'runs', indexes: [{ key: {}, partialFilterExpression: {} }] },
    ],
    [
      'pipeline [{"$match":{}},{"$limit":1}]',
      { aggregate: 'runs', pipeline: [{ $match: {} }, { $limit: 1 }] },
    ],
    ['$nor', { find: 'runs', filter: { $nor: [] } }],
    ['$near', { find: 'runs', filter: { at: { $near: 1 } } }],
  ] as const)('refuses what it does not know: %s', (what, command) => {
    expect(() => openRuns().run(command)).toThrow(`The fake knows no ${what}.`);
  });
});
