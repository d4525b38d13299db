// Every list that a client can send has a bound: one of a limit, of a price that grows with it, or of leaving out what is there twice.
import {
  type GraphQLInputType,
  getNullableType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isObjectType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { readValues } from '../../src/schema/list-size.ts';
import { buildSchema } from '../../src/schema/schema.ts';

const schema = buildSchema();

/** Why a list cannot be long, or what its length costs. */
const BOUNDS = {
  'priced by its parts and values, of which a filter has 500 and 10,000 at most (filter-cost.ts, filters.ts)':
    /^(Album|Artist|Genre|Playlist|Track)Filter\.(and|or)$|^(Float|ID|Int|Long|PartialDate|String)Filter\.in$/,
  'two values (predicates.ts, date-filter.ts)': /^(Float|Int|Long|PartialDate)Filter\.between$/,
  'each field of the order once (order.ts)':
    /^(Album\.tracks|Artist\.albums|Artist\.tracks|Genre\.artists|Genre\.tracks|Playlist\.tracks|Query\.(albums|artists|genres|playlists|tracks))\(orderBy\)$/,
  '10 different terms, 20 conditions, priced for each (stats/groups.ts, cost.ts)':
    /^(Query\.(album|artist|track)Stats|ListeningPeriod\.playStats)\((orderBy|having)\)$/,
  'three dimensions (stats/dimensions.ts)':
    /^(Query\.(album|artist|track)Stats|ListeningPeriod\.playStats)\(groupBy\)$/,
  'fourteen measures (stats/correlation.ts)': /^Query\.correlations\(measures\)$/,
  '100 tracks, 1,000 listened to (similarity-inputs.ts)':
    /^(Listener\.recommended|Query\.similarTracks|Track\.similarTracks)\((to|away|listened)\)$/,
  'each type once (search.ts)': /^Query\.search\(types\)$/,
  '100 different values (list-size.ts)':
    /^(AuditFilter\.actions|BatchFilter\.(sources|statuses)|RunFilter\.(pipelines|statuses|triggers)|Run\.events\(levels\)|Snapshot\.diff\(relations\))$/,
  '10,000 ids (runs/mutations.ts, run-parameters.ts), by keys that may operate':
    /^(Restore|Withdraw)BatchesInput\.ids$|^TriggerCrawlInput\.(artistIds|artistNames|includeGroups)$/,
};

const isList = (type: GraphQLInputType) => isListType(getNullableType(type));

function listLists(): string[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (type.name.startsWith('__')) return [];
    if (isInputObjectType(type))
      return Object.values(type.getFields()).flatMap((field) =>
        isList(field.type) ? [`${type.name}.${field.name}`] : [],
      );
    if (!isObjectType(type) && !isInterfaceType(type)) return [];
    return Object.values(type.getFields()).flatMap(({ name, args }) =>
      args.flatMap((argument) => (isList(argument.type) ? [`${type.name}.${name}(${argument.name})`] : [])),
    );
  });
}

describe('arguments and input fields that are lists', () => {
  it('are bounded, each by one thing', () => {
    const unbounded = listLists().filter(
      (list) => Object.values(BOUNDS).filter((bound) => bound.test(list)).length !== 1,
    );
    expect(unbounded).toEqual([]);
  });

  it('are there for every bound', () => {
    const lists = listLists();
    const idle = Object.entries(BOUNDS).filter(([, bound]) => !lists.some((list) => bound.test(list)));
    expect(idle).toEqual([]);
  });
});

describe('readValues', () => {
  it('has each value once, and none where none are given', () => {
    expect(readValues(['a', 'b', 'a'], 'x')).toEqual(['a', 'b']);
    expect([readValues([], 'x'), readValues(null, 'x'), readValues(undefined, 'x')]).toEqual([
      [],
      undefined,
      undefined,
    ]);
  });

  it('refuses more than a hundred different ones', () => {
    const names = Array.from({ length: 101 }, (_, at) => `s${at}`);
    expect(readValues([...names.slice(1), ...names.slice(1)], 'sources')).toHaveLength(100);
    expect(() => readValues(names, 'sources')).toThrow(
      '"sources" has 101 different values; at most 100 are expected. Ask for some of them at a time.',
    );
  });
});
