import { describe, expect, it } from 'vitest';
import type { BuildSession } from '../../src/pipeline/build-session.ts';
import { showAll, showRead } from '../../src/pipeline/shown-relations.ts';

type Relation = BuildSession['relations'][number];

const relation = (layer: 'silver' | 'gold', name: string, ...paths: string[]) =>
  ({
    layer,
    name,
    rows: 5_000,
    columns: [{ name: 'id', type: 'VARCHAR' }],
    files: paths.map((path) => ({ path })),
  }) as unknown as Relation;

/** A build that has added a file to silver.tracks, and nothing to silver.albums. */
function open() {
  const albums = relation('silver', 'albums', 'albums-1');
  return {
    shown: new Map(),
    relations: [relation('silver', 'tracks', 'tracks-1', 'tracks-2'), albums],
    plan: { how: 'INCREMENTAL', parent: { relations: [relation('silver', 'tracks', 'tracks-1'), albums] } },
  } as unknown as BuildSession;
}
const select = (...paths: string[]) =>
  `select * from read_parquet([${paths.map((path) => `'/data/${path}'`).join(', ')}], hive_partitioning = false)`;

describe('showRead', () => {
  it('names what is read and nothing else, as it is now and as the parent has it', () => {
    expect(showRead(open(), '/data', 'from silver.tracks join before.silver_tracks')).toEqual([
      `create or replace view silver."tracks" as ${select('tracks-1', 'tracks-2')}`,
      `create or replace view before."silver_tracks" as ${select('tracks-1')}`,
    ]);
  });

  it('names it once, and anew when it stands for other files', () => {
    const session = open();
    const read = (...inPart: string[]) => showRead(session, '/data', 'from silver.tracks', inPart);
    expect([read().length, read().length]).toEqual([1, 0]);
    expect(read('silver.tracks')).toEqual([
      'create or replace view silver."tracks" as select "id" from changed."silver_tracks" where is_new',
    ]);
    expect([read('silver.tracks').length, read().length, read().length]).toEqual([0, 1, 0]);
  });

  it('opens no file of a relation without rows, and those of a small one once', () => {
    const session = open();
    const [tracks, albums] = session.relations as [Relation, Relation];
    session.relations.splice(0, 2, { ...tracks, rows: 0 }, { ...albums, rows: 3 });
    expect(showRead(session, '/data', 'from silver.tracks join silver.albums')).toEqual([
      'create or replace view silver."tracks" as select "id" from changed."silver_tracks" where false',
      `create or replace table work."silver_albums" as ${select('albums-1')}`,
      'create or replace view silver."albums" as select * from work."silver_albums"',
    ]);
    session.relations.splice(1, 1, { ...relation('silver', 'albums', 'albums-2'), rows: 3 });
    expect(showRead(session, '/data', 'from silver.albums')[0]).toBe(
      `create or replace table work."silver_albums" as ${select('albums-2')}`,
    );
  });

  it('refuses a relation that the parent does not have', () => {
    expect(() => showRead(open(), '/data', 'from before.gold_tracks')).toThrow('"gold_tracks"');
  });
});

describe('showAll', () => {
  it('names what nobody has read yet, and gives what was read in part all its rows', () => {
    const session = open();
    showRead(session, '/data', 'from silver.tracks', ['silver.tracks']);
    expect(showAll(session, '/data')).toHaveLength(2);
    expect(showAll(session, '/data')).toEqual([]);
  });
});
