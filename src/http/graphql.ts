// One GraphQL request through Yoga: limits, context, masked errors, and which snapshot answered.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { Randomness } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { renderGraphiqlPage } from './graphiql.ts';
import { useLimits } from './limits.ts';
import { SnapshotPin } from './snapshot-pin.ts';

/** What Yoga is handed per request, besides its own. */
export interface RequestParts<T> {
  readonly pin: SnapshotPin<T>;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
}

export interface GraphqlOptions<T> {
  readonly schema: GraphQLSchema;
  readonly config: Config;
  readonly log: Log;
  readonly random: Randomness;
  readonly createContext: (parts: RequestParts<T>) => object;
  /** Turns an error of ours into one that clients may see; null: mask it. */
  readonly toGraphQLError: (error: unknown) => GraphQLError | null;
}

export type GraphqlHandler<T> = (parts: RequestParts<T>) => Promise<void>;

export function createGraphqlHandler<T>(options: GraphqlOptions<T>): GraphqlHandler<T> {
  const { schema, config, log } = options;
  const yoga = createYoga<RequestParts<T>>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    batching: false,
    cors: false,
    logging: false,
    graphiql: config.graphiql,
    renderGraphiQL: renderGraphiqlPage,
    context: (parts) => options.createContext(parts),
    maskedErrors: { maskError: (error) => maskError(error, options, log) },
    plugins: [useLimits(config), useSnapshotExtension()],
  });
  return async (parts) => {
    await yoga(parts.request, parts.response, parts);
  };
}

/** Adds extensions.snapshot and the header x-groovelake-snapshot to every answer. */
function useSnapshotExtension(): Plugin {
  return {
    onExecutionResult: ({ result, setResult, context }) => {
      const snapshot = describeSnapshot(context);
      if (!snapshot || !result || Symbol.asyncIterator in result || Array.isArray(result)) return;
      setResult({ ...result, extensions: { ...result.extensions, snapshot } });
    },
    onResponse: ({ response, serverContext }) => {
      const snapshot = describeSnapshot(serverContext);
      if (snapshot) response.headers.set('x-groovelake-snapshot', snapshot.id);
    },
  };
}

function describeSnapshot(context: object | undefined): { id: string; publishedAt: string } | null {
  const pinned =
    context && 'pin' in context && context.pin instanceof SnapshotPin ? context.pin.find() : null;
  return pinned && { id: pinned.manifest.id, publishedAt: pinned.manifest.publishedAt };
}

function maskError<T>(error: unknown, options: GraphqlOptions<T>, log: Log): Error {
  const original = error instanceof GraphQLError ? error.originalError : error;
  if (error instanceof GraphQLError && (original === undefined || original instanceof GraphQLError))
    return error;
  const known = options.toGraphQLError(original);
  if (known) return error instanceof GraphQLError ? relocate(known, error) : known;
  const id = options.random.hex(6);
  log.error('An unexpected error was masked', {
    errorId: id,
    path: (error as GraphQLError).path,
    error: original,
  });
  const masked = new GraphQLError(`Unexpected error ${id}. The server's log says more under this id.`, {
    extensions: { code: 'INTERNAL', id },
  });
  return error instanceof GraphQLError ? relocate(masked, error) : masked;
}

/** The same error at the place in the document where it happened. */
function relocate(error: GraphQLError, place: GraphQLError): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: place.nodes ?? null,
    source: place.source ?? null,
    positions: place.positions ?? null,
    path: place.path ?? null,
    extensions: error.extensions,
  });
}
