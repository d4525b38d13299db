// Which operations depend on the snapshot and nothing else: not on runs, time or caller. Their answers can be remembered.
import {
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/** Fields of Query that read the snapshot alone. A test fails for a field that is neither here nor known to read something else. */
export const SNAPSHOT_FIELDS: ReadonlySet<string> = new Set([
  'artist',
  'artists',
  'album',
  'albums',
  'track',
  'tracks',
  'genre',
  'genres',
  'playlist',
  'playlists',
  'search',
  'trackStats',
  'albumStats',
  'artistStats',
  'correlation',
  'correlations',
  'timeline',
  'scatter',
  'artistMovers',
  'albumMovers',
  'trackMovers',
  'similarTracks',
  'similarArtists',
  'musicMap',
]);

/** Types that lead out of the snapshot, wherever they stand. */
const OUTSIDE = new Set(['Provenance', 'Run', 'Batch', 'Snapshot', 'SimilarityIndex']);
const OF_SERVED: ReadonlySet<string> = new Set(['include', 'skip']);
const OF_ANY: ReadonlySet<string> = new Set([...OF_SERVED, 'asOf']);

/**
 * Whether the document reads the served snapshot and nothing else.
 *
 * @param document valid against the schema
 */
export function isSnapshotOnly(schema: GraphQLSchema, document: DocumentNode): boolean {
  return readsWith(OF_SERVED, schema, document);
}

/**
 * Whether the answer follows from one snapshot, the served one or that of @asOf: it stays the same as long as that one answers.
 *
 * @param document valid against the schema
 */
export function readsOneSnapshot(schema: GraphQLSchema, document: DocumentNode): boolean {
  return readsWith(OF_ANY, schema, document);
}

function readsWith(directives: ReadonlySet<string>, schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema);
  let isOnly = true;
  visit(
    document,
    visitWithTypeInfo(types, {
      OperationDefinition: ({ operation }) => {
        isOnly &&= operation === 'query';
      },
      Directive: ({ name }) => {
        isOnly &&= directives.has(name.value);
      },
      Field: ({ name }) => {
        const type = types.getType();
        const isRoot = types.getParentType() === schema.getQueryType();
        if (isRoot && name.value !== '__typename') isOnly &&= SNAPSHOT_FIELDS.has(name.value);
        if (type) isOnly &&= !OUTSIDE.has(getNamedType(type).name);
      },
    }),
  );
  return isOnly;
}
