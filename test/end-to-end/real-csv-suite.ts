// The real data set, imported and asked about, whatever the stores are.
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askMusicMap, drawMusicMap } from '../../examples/music-map/draw.ts';
import { askPlaylistGenres } from '../../examples/playlist-genres/questions.ts';
import { queriesOf } from '../docs/page-queries.ts';
import { listDifferences } from '../docs/shown-answer.ts';
import { REAL_CSV } from '../fixtures/real-csv.ts';
import {
  ask,
  makeDataDir,
  type Program,
  removeDataDir,
  runProgram,
  SLOW_MS,
  startServer,
  waitFor,
} from './process.ts';

/** @param newEnv the environment of one deployment, with stores of its own; the embedded one unless stated */
export function describeRealCsv(
  name: string,
  newEnv: () => Readonly<Record<string, string>> = () => ({}),
): void {
  describe.skipIf(REAL_CSV === null)(`groovelake import spotify_songs.csv, ${name}`, () => {
    let dataDir: string;
    let server: Program & { url: string };
    let imported: { code: number | null; output: string };

    beforeAll(async () => {
      dataDir = await makeDataDir();
      const env = newEnv();
      imported = await runProgram(['import', REAL_CSV ?? ''], { GROOVELAKE_DATA_DIR: dataDir, ...env });
      server = await startServer(dataDir, env);
    }, 2 * SLOW_MS);
    afterAll(async () => {
      server?.child.kill('SIGKILL');
      await server?.exited;
      await removeDataDir(dataDir);
    });

    it('says what it took the file for and reports every row', () => {
      expect(imported.code).toBe(0);
      expect(imported.output).toContain('TidyTuesday');
      expect(imported.output).toContain('32833 rows read, 32833 landed, 0 malformed');
    });

    it.each(queriesOf('csv'))('answers "%s" as the pages in docs show it', async (_title, query, shown) => {
      expect(listDifferences(await ask(server.url, query), shown)).toEqual([]);
    });

    it('answers the playlist genres example as computed independently', async () => {
      const answer = await askPlaylistGenres(`${server.url}/graphql`);
      const byGenre = Object.fromEntries(answer.trackStats.nodes.map((row) => [row.group.label, row]));
      expect(Object.fromEntries(Object.entries(byGenre).map(([label, row]) => [label, row.count]))).toEqual({
        pop: 5_132,
        rap: 5_486,
        rock: 4_451,
        latin: 4_641,
        'r&b': 5_138,
        edm: 5_537,
      });
      expect(byGenre.edm?.energy.avg).toBeCloseTo(0.799032, 6);
      expect(byGenre['r&b']?.energy.avg).toBeCloseTo(0.59302, 6);
      // The middle two are 120.025 and 120.026.
      expect(byGenre.pop?.tempo.median).toBeCloseTo(120.0255, 9);
      expect(answer.everything.nodes[0].count).toBe(28_356);
      expect(answer.everything.nodes[0].energy.avg).toBeCloseTo(0.698388, 6);
      expect(answer.everything.nodes[0].tempo.missing).toBe(1);
      expect(answer.correlation.pearson).toBeCloseTo(0.682138, 6);
      expect(answer.tracks.nodes.slice(0, 2).map(({ name, popularity }) => [name, popularity])).toEqual([
        ['Dance Monkey', 100],
        ['ROXANNE', 99],
      ]);
    });

    it('shows what is missing in coverage', async () => {
      const { snapshot } = await ask<{
        snapshot: { coverage: { relation: string; column: string; rows: number; present: number }[] };
      }>(server.url, '{ snapshot { coverage { relation column rows present } } }');
      const names = snapshot.coverage.find(
        ({ relation, column }) => relation === 'gold.tracks' && column === 'name',
      );
      expect(names).toEqual({ relation: 'gold.tracks', column: 'name', rows: 28_356, present: 28_352 });
    });

    it('draws the map of the music', async () => {
      const svg = drawMusicMap(await askMusicMap(`${server.url}/graphql`));
      expect(svg).toMatch(/^<svg [^>]*viewBox[\s\S]*<\/svg>\n$/);
      expect(svg).toContain('28,356 tracks');
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    });

    it('finds neighbors of a well-known track, with parts that add up to the distance', async () => {
      const { tracks } = await ask<{
        tracks: {
          nodes: {
            similarTracks: {
              nodes: {
                distance: number;
                similarity: number;
                contributions: { value: number }[];
                track: { id: string };
              }[];
            };
          }[];
        };
      }>(
        server.url,
        '{ tracks(first: 3) { nodes { similarTracks(first: 5, maxPerArtist: 1) { nodes { distance similarity contributions { value } track { id } } } } } }',
      );
      for (const { similarTracks } of tracks.nodes) {
        expect(similarTracks.nodes).toHaveLength(5);
        for (const neighbor of similarTracks.nodes) {
          expect(neighbor.contributions.reduce((sum, part) => sum + part.value, 0)).toBeCloseTo(
            neighbor.distance,
            9,
          );
          expect(neighbor.similarity).toBeCloseTo(1 - neighbor.distance, 12);
        }
      }
    });

    it('changes nothing when the file is imported again, by the API this time', async () => {
      await mkdir(join(dataDir, 'inbox'), { recursive: true });
      await copyFile(REAL_CSV ?? '', join(dataDir, 'inbox', 'songs.csv'));
      const { triggerPipeline } = await ask<{ triggerPipeline: { run: { status: string } } }>(
        server.url,
        'mutation { triggerPipeline(input: { pipeline: IMPORT, parameters: { files: ["songs.csv"] }, waitSeconds: 60 }) { ... on TriggerRunSuccess { run { status } } ... on Error { message } } }',
      );
      expect(triggerPipeline.run.status).toBe('SKIPPED');
    });
  });

  describe(`npm start, then a real import into the same folder, ${name}`, () => {
    it.skipIf(REAL_CSV === null)(
      'swaps to the real data by itself, and the sandbox leaves',
      async () => {
        const dataDir = await makeDataDir();
        const env = newEnv();
        // One artist of the sandbox leaves as three hundred do.
        const server = await startServer(dataDir, { GROOVELAKE_CRAWL_TOP: '1', ...env });
        try {
          const imported = await runProgram(['import', REAL_CSV ?? ''], {
            GROOVELAKE_DATA_DIR: dataDir,
            ...env,
          });
          expect(imported.code).toBe(0);
          const isReal = () =>
            ask<{ tracks: { totalCount: number } }>(server.url, '{ tracks { totalCount } }').then(
              ({ tracks }) => (tracks.totalCount === 28_356 ? true : null),
            );
          expect(await waitFor(server, isReal)).toBe(true);
          const { trackStats } = await ask<{ trackStats: { nodes: { group: { label: string } }[] } }>(
            server.url,
            '{ trackStats(groupBy: [SOURCE]) { nodes { group { label } } } }',
          );
          expect(trackStats.nodes.map(({ group }) => group.label)).toEqual(['tidytuesday']);
        } finally {
          server.child.kill('SIGKILL');
          await server.exited;
          await removeDataDir(dataDir);
        }
      },
      SLOW_MS,
    );
  });
}
