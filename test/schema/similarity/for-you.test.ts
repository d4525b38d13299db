import { graphql } from 'graphql';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { createListBudget } from '../../../src/http/limits/list-budget.ts';
import type { Context } from '../../../src/schema/context.ts';
import { createLoaders } from '../../../src/schema/loaders.ts';
import { buildSchema } from '../../../src/schema/schema.ts';
import { openAccount } from '../../../src/store/listening/accounts.ts';
import type { ForYou } from '../../../src/store/listening/for-you.ts';
import type { RunStore } from '../../../src/store/runs/run-store.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { makePlay, openListeningFixture } from '../../store/listening/listening-fixture.ts';

const id = (name: string) => name.padEnd(22, '0');
const DAYS_KEPT = 30;
const MADE_AT = Date.UTC(2026, 10, 26, 3);

/** Of the tracks chosen for the 26th the catalogue has one, and of those they are near to one. */
const CHOSEN: ForYou = {
  day: '2026-11-26',
  snapshotId: 'chosen-from',
  madeAt: MADE_AT,
  reason: 'CATALOGUE_TOO_SMALL',
  tracks: [
    { trackId: id('near'), seedId: id('played'), distance: 0.125 },
    { trackId: id('gone'), seedId: id('gone-too'), distance: 0.25 },
    { trackId: id('far'), seedId: null, distance: 1.5 },
  ],
};
const EARLIER: ForYou = { ...CHOSEN, day: '2026-11-24', reason: null, tracks: CHOSEN.tracks.slice(0, 1) };

const FIELDS =
  'day madeAt snapshotId snapshot { id } reason nodes { similarity track { id name } seed { id name } }';

/** A listener for whom that was chosen. */
async function openListener(choices: readonly ForYou[], kept: readonly string[] = [CHOSEN.snapshotId]) {
  const { listening, dataDir, manifest, accountId } = await openListeningFixture(
    [makePlay({ trackId: id('played') })],
    { tracks: ['near', 'far', 'played'].map((name) => ({ track_id: id(name), name })) },
  );
  const file = await openAccount(dataDir, accountId);
  for (const chosen of choices) file.saveForYou(chosen, DAYS_KEPT);
  file.close();
  const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir });
  const contextValue = {
    config,
    lists: createListBudget(config),
    loaders: createLoaders(
      () => listening,
      {} as RunStore,
      () => ({}) as Context['landing'],
    ),
    snapshots: {
      findManifest: async (id: string): Promise<Manifest | null> =>
        kept.includes(id) ? { ...manifest, id } : null,
    },
    findListener: async () => ({ account: { id: accountId }, listening, exports: [] }),
    signal: new AbortController().signal,
  } as unknown as Context;
  return async (fields: string) => {
    const { data, errors } = await graphql({
      schema: buildSchema(),
      source: `{ me { ${fields} } }`,
      contextValue,
    });
    return { me: data?.me && JSON.parse(JSON.stringify(data.me)), errors };
  };
}

describe('forYou', () => {
  it('is what was chosen for the latest day, and null for a track that the catalogue has no longer', async () => {
    const ask = await openListener([CHOSEN, EARLIER]);
    expect(await ask(`forYou { ${FIELDS} } forYouDays`)).toEqual({
      errors: undefined,
      me: {
        forYou: {
          day: '2026-11-26',
          madeAt: '2026-11-26T03:00:00.000Z',
          snapshotId: 'chosen-from',
          snapshot: { id: 'chosen-from' },
          reason: 'CATALOGUE_TOO_SMALL',
          nodes: [
            {
              similarity: 0.875,
              track: { id: id('near'), name: 'near' },
              seed: { id: id('played'), name: 'played' },
            },
            { similarity: 0.75, track: null, seed: null },
            { similarity: -0.5, track: { id: id('far'), name: 'far' }, seed: null },
          ],
        },
        forYouDays: ['2026-11-26', '2026-11-24'],
      },
    });
  });

  it('is that of a day that is named, and null for one without a choice', async () => {
    const ask = await openListener([EARLIER, CHOSEN]);
    const { me } = await ask(
      'named: forYou(day: "2026-11-24") { day reason nodes { similarity } } none: forYou(day: "2026-11-25") { day }',
    );
    expect(me).toEqual({
      named: { day: '2026-11-24', reason: null, nodes: [{ similarity: 0.875 }] },
      none: null,
    });
  });

  it('has no snapshot once that is kept no longer, and still says which it was', async () => {
    const ask = await openListener([CHOSEN], []);
    expect((await ask('forYou { snapshotId snapshot { id } }')).me).toEqual({
      forYou: { snapshotId: 'chosen-from', snapshot: null },
    });
  });

  it('is null, with no days, before anything was chosen', async () => {
    const ask = await openListener([]);
    expect((await ask('forYou { day } forYouDays')).me).toEqual({ forYou: null, forYouDays: [] });
  });

  it('refuses what is no day', async () => {
    const ask = await openListener([CHOSEN]);
    const { me, errors } = await ask('forYou(day: "x") { day }');
    expect(me).toEqual({ forYou: null });
    expect(errors?.map(({ message, originalError }) => [message, originalError])).toEqual([
      [
        'day is "x"; a day such as 2026-11-26 is expected.',
        expect.objectContaining({ code: 'INVALID_INPUT', field: 'day', given: 'x' }),
      ],
    ]);
  });
});
