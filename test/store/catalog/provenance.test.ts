import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyOfDocument, documentKey, provenanceOf } from '../../../src/store/catalog/provenance.ts';
import { type FixtureCatalog, openFixtureCatalog } from '../../fixtures/gold.ts';

const BODY = '{"id":"t1","name":"Tom Sawyer","n":1e400,"empty":null}';
const track = { entity: 'track', entity_id: 't1', kind: 'track', run_id: 'run-1', content_hash: 'h' };
let opened: FixtureCatalog;

beforeAll(async () => {
  opened = await openFixtureCatalog({
    tracks: [{ track_id: 't1' }],
    provenance: [
      { ...track, source: 'spotify', document_id: 't1', batch_id: 'r-1', fetched_at: '2026-11-19T00:00:00Z' },
      {
        ...track,
        source: 'tidytuesday',
        document_id: '7',
        batch_id: 'r-2',
        fetched_at: '2026-11-20T00:00:00Z',
      },
      {
        ...track,
        entity: 'album',
        source: 'spotify',
        document_id: 't1',
        batch_id: 'r-1',
        fetched_at: '2026-11-20T00:00:00Z',
      },
    ],
    documents: [
      { source: 'spotify', kind: 'track', id: 't1', batch_id: 'r-1', body: BODY },
      { source: 'spotify', kind: 'track', id: 't2', batch_id: 'r-1', body: 'not JSON' },
      { source: 'spotify', kind: 'track', id: 't1', batch_id: 'r-10', body: '"another batch"' },
    ],
  });
});
afterAll(() => opened.close());

describe('provenanceOf', () => {
  it('gives the documents behind an entity, most lately fetched first', async () => {
    const [found, none] = await provenanceOf('track').load(opened.catalog, ['t1', 't9']);
    expect(found?.map(({ source, fetchedAt }) => [source, fetchedAt])).toEqual([
      ['tidytuesday', '2026-11-20T00:00:00.000Z'],
      ['spotify', '2026-11-19T00:00:00.000Z'],
    ]);
    expect(none).toEqual([]);
  });
});

describe('bodyOfDocument', () => {
  const place = { source: 'spotify', kind: 'track', batchId: 'r-1', id: 't1' };

  it('gives the bodies of many documents in one statement, JSON or not', async () => {
    const before = opened.open.statements;
    const keys = [place, { ...place, id: 't2' }, { ...place, batchId: 'r-10' }].map(documentKey);
    expect(await bodyOfDocument.load(opened.catalog, keys)).toEqual([
      JSON.parse(BODY),
      'not JSON',
      'another batch',
    ]);
    expect(opened.open.statements - before).toBe(1);
  });

  it('gives a body of a batch that was merged with others', async () => {
    const folder = join(opened.fixture.dataDir, 'bronze/kind=track/source=spotify');
    const [own, merged] = ['r-1.parquet', 'merged-0123456789abcdef.parquet'].map((name) =>
      join(folder, name),
    );
    await rename(own ?? '', merged ?? '');
    expect(await bodyOfDocument.load(opened.catalog, [documentKey(place)])).toEqual([JSON.parse(BODY)]);
    await rename(merged ?? '', own ?? '');
  });

  it('gives null for a document, batch or source that bronze no longer has', async () => {
    const gone = [
      { ...place, id: 'x' },
      { ...place, batchId: 'r-3' },
      { ...place, source: 'x' },
    ];
    expect(await bodyOfDocument.load(opened.catalog, gone.map(documentKey))).toEqual([null, null, null]);
    expect(await bodyOfDocument.load(opened.catalog, gone.slice(2).map(documentKey))).toEqual([null]);
  });
});
