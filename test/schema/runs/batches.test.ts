import { graphql } from 'graphql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { createListBudget } from '../../../src/http/limits/list-budget.ts';
import type { Context } from '../../../src/schema/context.ts';
import { createLoaders } from '../../../src/schema/loaders.ts';
import { buildSchema } from '../../../src/schema/schema.ts';
import { mayReadRun } from '../../../src/store/access/may-read-run.ts';
import { openSqliteAccess } from '../../../src/store/access/sqlite.ts';
import type { Catalog } from '../../../src/store/catalog/catalog.ts';
import { openSqliteLanding } from '../../../src/store/landing/sqlite.ts';
import type { PipelineName } from '../../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';

/** Snapshots by the batches that they hold; the last one is served. */
async function open(snapshots: Readonly<Record<string, readonly string[]>> = {}) {
  const clock = createVirtualClock();
  const runs = openSqliteRuns(':memory:', seededRandomness(1));
  const landing = openSqliteLanding(':memory:');
  const accessStore = openSqliteAccess(':memory:');
  onTestFinished(async () => {
    await Promise.all([runs.close(), landing.close(), accessStore.close()]);
  });
  let lists = 0;
  let runLists = 0;
  const countedRuns: Context['runs'] = {
    ...runs,
    listRuns: (request) => {
      runLists += 1;
      return runs.listRuns(request);
    },
  };
  const counted: Context['landing'] = {
    ...landing,
    listBatches: (filter) => {
      lists += 1;
      return landing.listBatches(filter);
    },
  };
  const manifests = Object.entries(snapshots).map(
    ([id, batches]) => ({ id, publishedAt: '2026-11-20T00:00:00Z', batches }) as unknown as Manifest,
  );
  const ask = async (source: string, access: Parameters<typeof mayReadRun>[0] = { scope: 'admin' }) => {
    const contextValue = {
      config: readConfig({}),
      lists: createListBudget(readConfig({})),
      clock,
      runs,
      landing: counted,
      access: { ...access, actor: 'test' },
      accessStore,
      loaders: createLoaders(
        () => ({}) as Catalog,
        countedRuns,
        () => counted,
      ),
      mayReadRun: (run: Parameters<typeof mayReadRun>[1]) => mayReadRun(access, run),
      snapshots: {
        findManifest: async (id: string) => manifests.find((manifest) => manifest.id === id) ?? null,
        listManifests: async () => manifests,
      },
      findServedSnapshot: () => manifests.at(-1) ?? null,
      wake: () => {},
    } as unknown as Context;
    const { data, errors } = await graphql({ schema: buildSchema(), source, contextValue });
    return JSON.parse(JSON.stringify(errors ?? data)) as unknown;
  };
  const queue = async (pipeline: PipelineName, parameters = {}) => {
    clock.step(1_000);
    const input = { pipeline, trigger: 'CLI', parameters, createdAt: clock.now() } as const;
    return (await runs.createRun(input, ['crawl'])).run.id;
  };
  /** Seals a batch of a track and an album, a second after the one before. */
  const land = async (id: string, runId: string, note = {}, source = 'spotify') => {
    clock.step(1_000);
    await landing.openBatch({ id, source, runId, openedAt: clock.now(), note });
    const document = { source, id: 'x', fetchedAt: 1, body: '{}' };
    await landing.land(id, [
      { ...document, kind: 'track' },
      { ...document, kind: 'album' },
    ]);
    await landing.sealBatch(id, clock.now());
  };
  return { ask, queue, land, landing, runs, countLists: () => lists, countRunLists: () => runLists };
}

const ids = (text: string) => ({ nodes: text.split(' ').map((id) => ({ id })) });
const NONE = { nodes: [] };

describe('batches', () => {
  it('are told with the run that landed them, what they hold, and what became of them', async () => {
    const { ask, queue, land, landing } = await open({ s: ['import-1', 'c-1'] });
    const [imported, crawl] = [await queue('IMPORT', { files: ['/srv/a/songs.csv'] }), await queue('CRAWL')];
    await land('import-1', imported, { file: 'songs.csv', dataset: 'Songs' }, 'tidytuesday');
    await land('c-1', crawl);
    await landing.withdrawBatch('c-1', Date.parse('2026-11-20T12:00:00Z'));
    await landing.openBatch({ id: 'c-2', source: 'spotify', runId: 'gone', openedAt: 1 });
    const fields =
      'id source status run { id pipeline } documents counts { source kind documents } file isServed withdrawnAt';
    expect(await ask(`{ batches { totalCount nodes { ${fields} } } }`, { scope: 'read' })).toEqual({
      batches: {
        totalCount: 3,
        nodes: [
          {
            id: 'c-1',
            source: 'spotify',
            status: 'WITHDRAWN',
            run: { id: crawl, pipeline: 'CRAWL' },
            documents: 2,
            counts: [
              { source: 'spotify', kind: 'album', documents: 1 },
              { source: 'spotify', kind: 'track', documents: 1 },
            ],
            file: null,
            isServed: true,
            withdrawnAt: '2026-11-20T12:00:00.000Z',
          },
          {
            id: 'import-1',
            source: 'tidytuesday',
            status: 'SEALED',
            run: { id: imported, pipeline: 'IMPORT' },
            documents: 2,
            counts: [
              { source: 'tidytuesday', kind: 'album', documents: 1 },
              { source: 'tidytuesday', kind: 'track', documents: 1 },
            ],
            file: 'songs.csv',
            isServed: true,
            withdrawnAt: null,
          },
          {
            id: 'c-2',
            source: 'spotify',
            status: 'OPEN',
            run: null,
            documents: null,
            counts: [],
            file: null,
            isServed: false,
            withdrawnAt: null,
          },
        ],
      },
    });
    expect(await ask('{ batch(id: "c-2") { openedAt sealedAt } other: batch(id: "c-9") { id } }')).toEqual({
      batch: { openedAt: '1970-01-01T00:00:00.001Z', sealedAt: null },
      other: null,
    });
  });

  it('are listed by page and filter', async () => {
    const { ask, queue, land, landing } = await open({ s: ['a', 'b'] });
    const [one, two] = [await queue('CRAWL'), await queue('REFRESH')];
    await land('a', one);
    await land('b', one, {}, 'kworb');
    await land('c', two);
    await landing.withdrawBatch('b', 1);
    const page = (args: string) =>
      ask(`{ batches(first: 2, ${args}) { nodes { id } pageInfo { hasNextPage endCursor } } }`);
    expect(await page('')).toEqual({
      batches: { ...ids('c b'), pageInfo: { hasNextPage: true, endCursor: 'b' } },
    });
    expect(await page('after: "b"')).toEqual({
      batches: { ...ids('a'), pageInfo: { hasNextPage: false, endCursor: 'a' } },
    });
    expect(await page('after: "x"')).toMatchObject([
      { message: expect.stringContaining('"x" is not of this') },
    ]);
    const where = (text: string) => ask(`{ batches(where: { ${text} }) { nodes { id } } }`);
    expect(await where('sources: ["spotify"]')).toEqual({ batches: ids('c a') });
    expect(await where('statuses: [WITHDRAWN]')).toEqual({ batches: ids('b') });
    expect(await where('isServed: false')).toEqual({ batches: ids('c') });
    expect(await where(`isServed: true, statuses: [SEALED], runId: "${one}"`)).toEqual({ batches: ids('a') });
  });

  it('are named by snapshots: those it holds, and those that the next publish would bring back or leave out', async () => {
    const { ask, land, landing } = await open({ old: ['a', 'w'], new: ['a', 'b'] });
    for (const id of ['a', 'b', 'c', 'd', 'w']) await land(id, 'r');
    for (const id of ['c', 'w']) await landing.withdrawBatch(id, 1);
    await landing.openBatch({ id: 'e', source: 'spotify', runId: 'r', openedAt: 1 });
    const of = 'nodes { id }';
    expect(
      await ask(
        `{ snapshots { nodes { batches { ${of} } missingBatches { ${of} } withdrawnBatches { ${of} } } } }`,
      ),
    ).toEqual({
      snapshots: {
        nodes: [
          { batches: ids('w a'), missingBatches: ids('d b'), withdrawnBatches: ids('w') },
          { batches: ids('b a'), missingBatches: ids('d'), withdrawnBatches: NONE },
        ],
      },
    });
  });

  it('of many runs are read at once', async () => {
    const { ask, queue, land, countLists } = await open();
    const [one, two] = [await queue('CRAWL'), await queue('CRAWL', { top: 1 })];
    for (const [id, run] of Object.entries({ a: one, b: two, c: one, d: one })) await land(id, run);
    const batches = 'batches(first: 2) { totalCount nodes { id } pageInfo { hasNextPage } }';
    expect(await ask(`{ runs { nodes { ${batches} } } }`)).toEqual({
      runs: {
        nodes: [
          { batches: { totalCount: 1, ...ids('b'), pageInfo: { hasNextPage: false } } },
          { batches: { totalCount: 3, ...ids('d c'), pageInfo: { hasNextPage: true } } },
        ],
      },
    });
    expect(countLists()).toBe(1);
  });

  it('of a page lead to their runs by one question', async () => {
    const { ask, queue, land, countRunLists } = await open();
    const [one, two] = [await queue('CRAWL'), await queue('CRAWL', { top: 1 })];
    for (const [id, run] of Object.entries({ a: one, b: two, c: one, d: 'gone' })) await land(id, run);
    expect(await ask('{ batches { nodes { run { id } } } }')).toEqual({
      batches: { nodes: [{ run: null }, { run: { id: one } }, { run: { id: two } }, { run: { id: one } }] },
    });
    expect(countRunLists()).toBe(1);
  });

  it('that were fetched for a listener lead operators and the account to the run of HISTORY, and nobody else', async () => {
    const { ask, queue, land } = await open();
    const history = await queue('HISTORY', { account: 'somebody1' });
    await land('origin-1', 'origin', { isExcerpt: true, wantedBy: history });
    const question = `{
      batches { nodes { run { id } } } of: batches(where: { runId: "${history}" }) { nodes { id } }
      run(id: "${history}") { batches { nodes { id } } }
    }`;
    const told = {
      batches: { nodes: [{ run: { id: history } }] },
      of: ids('origin-1'),
      run: { batches: ids('origin-1') },
    };
    const withheld = { batches: { nodes: [{ run: null }] }, of: NONE, run: { batches: NONE } };
    expect(await ask(question, { scope: 'operate' })).toEqual(told);
    expect(await ask(question, { scope: 'read', accountId: 'somebody1' })).toEqual(told);
    expect(await ask(question, { scope: 'read' })).toEqual(withheld);
    expect(await ask(question, { scope: 'read', accountId: 'another22' })).toEqual(withheld);
  });
});

describe('withdrawBatches and restoreBatches', () => {
  const ANSWER =
    '... on TriggerRunSuccess { wasStarted run { pipeline parameters } } ... on InvalidInputError { field given message }';

  it('start a run of TRANSFORM that moves them', async () => {
    const { ask, land } = await open();
    await land('a', 'r');
    const move = (text: string) => ask(`mutation { ${text} { ${ANSWER} } }`);
    const started = (parameters: object) => ({
      wasStarted: true,
      run: { pipeline: 'TRANSFORM', parameters },
    });
    const withdraw = 'withdrawBatches(input: { ids: ["a"] })';
    expect(await move(withdraw)).toEqual({ withdrawBatches: started({ withdraw: ['a'] }) });
    expect(await move(withdraw)).toMatchObject({ withdrawBatches: { wasStarted: false } });
  });

  it('accept a loss where they are told to', async () => {
    const { ask, land } = await open();
    await land('a', 'r');
    expect(
      await ask(`mutation { restoreBatches(input: { ids: ["a"], acceptLoss: true }) { ${ANSWER} } }`),
    ).toMatchObject({ restoreBatches: { run: { parameters: { restore: ['a'], acceptLoss: true } } } });
  });

  it('refuse what is no sealed batch before any run is queued, as triggerPipeline does', async () => {
    const { ask, land, landing, runs } = await open();
    await land('a', 'r');
    await landing.openBatch({ id: 'open', source: 'spotify', runId: 'r', openedAt: 1 });
    const withdraw = (list: string) =>
      ask(`mutation { withdrawBatches(input: { ids: ${list} }) { ${ANSWER} } }`);
    for (const id of ['b', 'open'])
      expect(await withdraw(`["a", "${id}"]`)).toEqual({
        withdrawBatches: {
          field: 'ids',
          given: id,
          message: expect.stringContaining(`"${id}" is no sealed batch`),
        },
      });
    expect(await withdraw('[]')).toMatchObject({ withdrawBatches: { field: 'ids', given: '[]' } });
    const trigger = (parameters: string) =>
      ask(
        `mutation { triggerPipeline(input: { pipeline: TRANSFORM, parameters: ${parameters} }) { ${ANSWER} } }`,
      );
    expect(await trigger('{ restore: ["b"] }')).toMatchObject({ triggerPipeline: { field: 'restore' } });
    expect(await trigger('{ restore: ["a"], withdraw: ["a"] }')).toMatchObject({
      triggerPipeline: { message: expect.stringContaining('"a" is to be withdrawn and restored') },
    });
    expect(await runs.countRuns()).toBe(0);
  });
});
