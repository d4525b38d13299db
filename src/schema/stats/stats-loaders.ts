// Figures of groups, batched per request: all that is selected of the groups of one plan costs one statement.
import DataLoader from 'dataloader';
import type { FieldNode, GraphQLResolveInfo } from 'graphql';
import type { Catalog } from '../../store/catalog/catalog.ts';
import {
  type Aggregate,
  aggregateKey,
  type HistogramBin,
  type HistogramRequest,
  loadAggregates,
  loadHistograms,
} from '../../store/catalog/stats/aggregates.ts';
import { planStats, type StatsGroup, type StatsPlan } from '../../store/catalog/stats/groups.ts';
import { type RankedTrackId, type RankingRequest, rankTracks } from '../../store/catalog/stats/ranking.ts';
import { TRACKS } from '../../store/catalog/stats/subject.ts';
import type { ListBudget } from '../context.ts';

export interface StatsLoaders {
  /** At once where it came with the group. */
  figure(group: StatsGroup, aggregate: Aggregate): number | null | Promise<number | null>;
  histogram(group: StatsGroup, request: HistogramRequest): Promise<HistogramBin[]>;
  /** @throws what `lists` throws where more tracks tie than an answer may hold */
  ranking(artistId: string, request: RankingRequest, place: RankingPlace): Promise<RankedTrackId[]>;
  /** The tracks of one artist, album or genre as a group, labelled with its name; groups of one kind share their statements. */
  tracksOf(dimension: 'ARTIST' | 'ALBUM' | 'GENRE', key: string, label: string): StatsGroup;
}

/** Where a ranking is asked for: the parents of one field share a statement. */
export interface RankingPlace {
  readonly info: GraphQLResolveInfo;
  readonly lists: ListBudget;
}

export function createStatsLoaders(catalog: Catalog): StatsLoaders {
  const figures = new DataLoader((keys: readonly FigureKey[]) => loadFigures(keys), {
    cache: false,
  });
  const histograms = new DataLoader((keys: readonly HistogramKey[]) => loadManyHistograms(keys), {
    cache: false,
  });
  const findRankings = createRankings(catalog);
  const plans = new Map<string, StatsPlan>();

  return {
    figure: (group, aggregate) => {
      const known = group.figures?.get(aggregateKey(aggregate));
      return known === undefined ? figures.load({ group, aggregate }) : known;
    },
    histogram: (group, request) => histograms.load({ group, request }),
    ranking: async (artistId, request, place) => {
      const ranked = await findRankings(request, place).load(artistId);
      place.lists.spend(place.info, ranked.length);
      return ranked;
    },
    tracksOf: (dimension, key, label) => {
      const plan = plans.get(dimension) ?? planStats(catalog, TRACKS, [dimension], null);
      plans.set(dimension, plan);
      return { plan, id: JSON.stringify([key]), keys: [key], labels: [label] };
    },
  };
}

/**
 * Loaders of rankings, one for each place of an execution. They take turns, so that each knows what room the ones before it have left, and
 * reads no more than that.
 */
function createRankings(catalog: Catalog) {
  const executions = new WeakMap<object, ReturnType<typeof begin>>();
  const begin = () => ({
    read: {},
    turn: Promise.resolve() as Promise<unknown>,
    loaders: new Map<readonly FieldNode[], DataLoader<string, RankedTrackId[]>>(),
  });
  return (request: RankingRequest, { info, lists }: RankingPlace): DataLoader<string, RankedTrackId[]> => {
    const execution = executions.get(info.variableValues) ?? begin();
    executions.set(info.variableValues, execution);
    const read = async (ids: readonly string[]) => {
      const most = lists.room(info, execution.read);
      const ranked = await rankTracks(catalog, ids, request, most);
      // One more than there is room for is refused here, before anybody has lists that are not whole.
      const count = ranked.reduce((sum, { length }) => sum + length, 0);
      lists.spend(info, count, execution.read);
      return ranked;
    };
    const loader =
      execution.loaders.get(info.fieldNodes) ??
      new DataLoader((ids: readonly string[]) => {
        const ranked = execution.turn.then(() => read(ids));
        execution.turn = ranked.catch(() => {});
        return ranked;
      });
    execution.loaders.set(info.fieldNodes, loader);
    return loader;
  };
}

interface FigureKey {
  readonly group: StatsGroup;
  readonly aggregate: Aggregate;
}

interface HistogramKey {
  readonly group: StatsGroup;
  readonly request: HistogramRequest;
}

/** One statement per plan for all its groups and figures. */
async function loadFigures(keys: readonly FigureKey[]): Promise<(number | null | Error)[]> {
  const answers = new Map<FigureKey, number | null | Error>();
  await Promise.all(
    [...Map.groupBy(keys, ({ group }) => group.plan)].map(async ([plan, ofPlan]) => {
      const groups = uniqueBy(
        ofPlan.map(({ group }) => group),
        (group) => group.id,
      );
      const aggregates = uniqueBy(
        ofPlan.map(({ aggregate }) => aggregate),
        aggregateKey,
      );
      const table = await loadAggregates(plan, [...groups.values()], [...aggregates.values()]).catch(toError);
      const rowOf = new Map([...groups.keys()].map((id, at) => [id, at]));
      const columnOf = new Map([...aggregates.keys()].map((id, at) => [id, at]));
      for (const key of ofPlan) {
        const row = rowOf.get(key.group.id) ?? 0;
        const column = columnOf.get(aggregateKey(key.aggregate)) ?? 0;
        answers.set(key, table instanceof Error ? table : (table[row]?.[column] ?? null));
      }
    }),
  );
  return keys.map((key) => answers.get(key) ?? null);
}

/** One statement per plan and distinct arguments. */
async function loadManyHistograms(keys: readonly HistogramKey[]): Promise<(HistogramBin[] | Error)[]> {
  const answers = new Map<HistogramKey, HistogramBin[] | Error>();
  const byPlan = [...Map.groupBy(keys, ({ group }) => group.plan)];
  const batches = byPlan.flatMap(([plan, ofPlan]) =>
    [...Map.groupBy(ofPlan, ({ request }) => JSON.stringify(request)).values()].map((batch) => ({
      plan,
      batch,
    })),
  );
  await Promise.all(
    batches.map(async ({ plan, batch }) => {
      const [first] = batch;
      if (!first) return;
      const groups = batch.map(({ group }) => group);
      const bins = await loadHistograms(plan, groups, first.request).catch(toError);
      batch.forEach((key, at) => {
        answers.set(key, bins instanceof Error ? bins : (bins[at] ?? []));
      });
    }),
  );
  return keys.map((key) => answers.get(key) ?? []);
}

function uniqueBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T> {
  return new Map(items.map((item) => [key(item), item]));
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
