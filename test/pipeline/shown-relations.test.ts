import { describe, expect, it } from 'vitest';
import type { BuildSession } from '../../src/pipeline/build-session.ts';
import { showAll, showRead } from '../../src/pipeline/shown-relations.ts';

type Relation = BuildSession['relations'][number];

const relation = (layer: 'silver' | 'gold', name: string, ...paths: string[]) =>
  ({ layer, name, files: paths.map((path) => ({ path })) }) as unknown as Relation;

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
      `create or replace view silver."tracks" as ${select('tracks-2')}`,
    ]);
    expect([read('silver.tracks').length, read().length, read().length]).toEqual([0, 1, 0]);
  });

  it('shows no row of a relation that is read in part and has no new file', () => {
    expect(showRead(open(), '/data', 'from silver.albums', ['silver.albums'])).toEqual([
      `create or replace view silver."albums" as ${select('albums-1')} where false`,
    ]);
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
