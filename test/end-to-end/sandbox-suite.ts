// The whole system from an empty folder to a restart, whatever its stores are.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  askAverages,
  askMostAcoustic,
  askMostDanceable,
  BANDS,
} from '../../examples/prog-bands/questions.ts';
import { systemClock } from '../../src/clock.ts';
import { EXAMPLE_OPERATIONS } from '../../src/http/graphiql.ts';
import { BANDS as PUBLISHED } from '../../src/sources/sandbox/bands.ts';
import { queriesOf } from '../docs/page-queries.ts';
import { listMisshapen } from '../docs/shown-answer.ts';
import { ask, makeDataDir, type Program, removeDataDir, SLOW_MS, startServer, waitFor } from './process.ts';

const RUSH = '2Hkut4rAAyrQxRdof7FVJq';

/** @param newEnv the environment of one deployment, with stores of its own; the embedded one unless stated */
export function describeSandbox(
  name: string,
  newEnv: () => Readonly<Record<string, string>> = () => ({}),
): void {
  describe(`npm start on an empty data folder, ${name}`, () => {
    let dataDir: string;
    let env: Readonly<Record<string, string>>;
    let server: Program & { url: string };
    /** The snapshot that was served last, before the server was stopped. */
    let served: string | undefined;
    const findServed = async () =>
      (await ask<{ snapshot: { id: string } }>(server.url, '{ snapshot { id } }')).snapshot.id;

    /**
     * Until what the invented listener played has been fetched, by a run that begins by itself, none is under way that might publish, and what was
     * published last is served: a new snapshot is verified first.
     */
    const untilIdle = () =>
      waitFor(server, async () => {
        const { history, underWay, snapshot, snapshots } = await ask<
          Record<'history' | 'underWay', { totalCount: number }> & {
            snapshot: { id: string };
            snapshots: { nodes: { id: string }[] };
          }
        >(
          server.url,
          `{ history: runs(where: { pipelines: [HISTORY] }) { totalCount }
             underWay: runs(where: { statuses: [QUEUED, RUNNING, WAITING, CANCELLING] }) { totalCount }
             snapshot { id } snapshots(first: 1) { nodes { id } } }`,
        );
        const isIdle = history.totalCount > 0 && underWay.totalCount === 0;
        return (isIdle && snapshots.nodes[0]?.id === snapshot.id) || null;
      });

    beforeAll(async () => {
      dataDir = await makeDataDir();
      env = newEnv();
      server = await startServer(dataDir, env);
    }, 2 * SLOW_MS);
    afterAll(async () => {
      server?.child.kill('SIGKILL');
      await server?.exited;
      await removeDataDir(dataDir);
    });

    it('serves a catalogue of the promised size that says it is synthetic', async () => {
      const data = await ask<{
        artists: { totalCount: number };
        albums: { totalCount: number };
        tracks: { totalCount: number; nodes: { provenance: { source: string }[] }[] };
      }>(
        server.url,
        '{ artists { totalCount } albums { totalCount } tracks(first: 1) { totalCount nodes { provenance { source } } } }',
      );
      expect(data.artists.totalCount).toBeGreaterThanOrEqual(300);
      expect(data.albums.totalCount).toBeGreaterThanOrEqual(3_000);
      expect(data.tracks.totalCount).toBeGreaterThanOrEqual(30_000);
      expect(data.tracks.nodes[0]?.provenance.map(({ source }) => source)).toContain('sandbox');
    });

    it('answers the three questions about ten bands as published, within 1 % of each range', async () => {
      const { artist } = await askMostAcoustic(`${server.url}/graphql`, RUSH);
      const values = artist.tracks.nodes.map((track) => track.audioFeatures?.acousticness ?? 0);
      expect(values).toEqual([...values].sort((a, b) => b - a));
      const averages = await askAverages(`${server.url}/graphql`);
      expect(averages).toHaveLength(10);
      expect(averages[0]?.group.artist.name).toBe('Rush');
      for (const row of averages) {
        const band = PUBLISHED.find(({ id }) => id === row.group.artist.id);
        expect(Math.abs(row.energy.avg - (band?.energy ?? 0))).toBeLessThanOrEqual(0.01);
        expect(Math.abs(row.acousticness.avg - (band?.acousticness ?? 0))).toBeLessThanOrEqual(0.01);
        expect(Math.abs(row.tempo.avg - (band?.tempo ?? 0))).toBeLessThanOrEqual(2.5);
        expect(Math.abs(row.loudness.avg - (band?.loudness ?? 0))).toBeLessThanOrEqual(0.6);
      }
      const ranked = await askMostDanceable(`${server.url}/graphql`);
      expect(ranked).toHaveLength(BANDS.length);
      for (const { artist: band } of ranked) {
        expect(band.topTracks.length).toBeGreaterThanOrEqual(3);
        expect(Math.max(...band.topTracks.map(({ rank }) => rank))).toBeLessThanOrEqual(3);
      }
    });

    it.each(
      EXAMPLE_OPERATIONS.map(({ title, query }) => [title, query] as const),
    )('runs the example operation "%s" of GraphiQL', async (_title, query) => {
      const data = await ask<Record<string, unknown>>(
        server.url,
        query,
        query.includes('$term') ? { term: 'ru' } : {},
      );
      expect(Object.values(data).every((value) => value !== null)).toBe(true);
    });

    it('names the snapshot in every answer, and which run made it', async () => {
      const response = await fetch(
        `${server.url}/graphql?query={snapshot{id%20run{pipeline%20trigger%20status}}}`,
      );
      const answer = (await response.json()) as {
        data: { snapshot: { id: string; run: object } };
        extensions: { snapshot: { id: string } };
      };
      expect(answer.data.snapshot.run).toEqual({ pipeline: 'REFRESH', trigger: 'BOOT', status: 'SUCCEEDED' });
      expect(answer.extensions.snapshot.id).toBe(answer.data.snapshot.id);
      expect(response.headers.get('x-groovelake-snapshot')).toBe(answer.data.snapshot.id);
    });

    it('leads from a track to the landed document, unchanged', async () => {
      const data = await ask<{
        tracks: {
          nodes: { id: string; provenance: { raw: { id?: string } | null; run: { id: string } }[] }[];
        };
      }>(server.url, '{ tracks(first: 1) { nodes { id provenance { raw run { id } } } } }');
      const [track] = data.tracks.nodes;
      expect(track?.provenance.some(({ raw }) => raw?.id === track.id)).toBe(true);
      expect(track?.provenance[0]?.run.id).toMatch(/^\d{8}-\d{6}-/);
    });

    it(
      'shows what the invented listener played, and what to play next',
      async () => {
        type Me = {
          me: { id: string; period: { totals: { plays: number } }; exports: Record<string, number>[] } | null;
        };
        const me = await waitFor(
          server,
          async () =>
            (
              await ask<Me>(
                server.url,
                '{ me { id period { totals { plays } } exports { rows plays podcasts audiobooks duplicates unresolved rejected } } }',
              )
            ).me,
        );
        expect(me.id).toBe('sandbox');
        expect(me.period.totals.plays).toBeGreaterThan(10_000);
        const { rows, ...parts } = me.exports[0] ?? {};
        expect(Object.values(parts).reduce((sum, count) => sum + count, 0)).toBe(rows);
        const { me: next } = await ask<{ me: { recommended: { nodes: { track: { id: string } }[] } } }>(
          server.url,
          '{ me { recommended(first: 5) { nodes { similarity seed { name } track { id name } } } } }',
        );
        expect(next.recommended.nodes).toHaveLength(5);
      },
      SLOW_MS,
    );

    it(
      'triggers, waits and skips when nothing is new',
      async () => {
        // A wait of a minute is the longest there is, and on a busy machine a crawl takes longer.
        const trigger = async (pipeline: string, more = ''): Promise<string> => {
          let { run } = (
            await ask<{ triggerPipeline: { run: { id: string; status: string } } }>(
              server.url,
              `mutation { triggerPipeline(input: { pipeline: ${pipeline} ${more} waitSeconds: 60 }) {
           ... on TriggerRunSuccess { run { id status } } ... on Error { message } } }`,
            )
          ).triggerPipeline;
          while (['QUEUED', 'RUNNING'].includes(run.status)) {
            await systemClock.sleep(500);
            ({ run } = await ask<{ run: typeof run }>(server.url, `{ run(id: "${run.id}") { id status } }`));
          }
          return run.status;
        };
        // What the invented listener played is fetched and published still: it would take the crawl's batch along.
        await untilIdle();
        expect(await trigger('TRANSFORM')).toBe('SKIPPED');
        const crawl = await trigger('CRAWL', `parameters: { artistIds: ["${RUSH}"], force: true }`);
        expect(crawl).toBe('SUCCEEDED');
        expect(await trigger('TRANSFORM')).toBe('SUCCEEDED');
      },
      SLOW_MS,
    );

    it.each(queriesOf('sandbox'))(
      'answers "%s" with all that the pages in docs show',
      async (_title, query, shown) => {
        expect(listMisshapen(await ask(server.url, query), shown)).toEqual([]);
      },
      90_000,
    );

    it(
      'stops gracefully with a subscriber attached',
      async () => {
        // A worker that is let through to its end may publish once more.
        await untilIdle();
        const { runs } = await ask<{ runs: { nodes: { id: string }[] } }>(
          server.url,
          '{ runs(first: 1) { nodes { id } } }',
        );
        const response = await fetch(`${server.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
          body: JSON.stringify({
            query: `subscription { runEvents(runId: "${runs.nodes[0]?.id}") { type message } }`,
          }),
        });
        const events = await response.text();
        expect(events).toContain('run.finished');
        const open = await fetch(`${server.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
          body: JSON.stringify({ query: 'subscription { snapshotPublished { id } }' }),
        });
        expect(open.headers.get('content-type')).toMatch(/^text\/event-stream/);
        const said = open.text();
        served = await findServed();
        server.child.kill('SIGTERM');
        expect(await server.exited).toBe(0);
        expect((await said).trimEnd()).toMatch(/(^|\n)event: complete(\ndata:)?$/);
      },
      SLOW_MS,
    );

    it(
      'serves the same snapshot again at the second start, without a crawl',
      async () => {
        server = await startServer(dataDir, env);
        expect(await findServed()).toBe(served);
        expect(server.output()).not.toContain('crawling');
      },
      SLOW_MS,
    );
  });
}
