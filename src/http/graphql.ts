// One GraphQL request through Yoga: limits, context, masked errors, and which snapshot answered.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLError, GraphQLSchema } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { Clock, Randomness } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { AdmissionGate } from './admission.ts';
import { maskError } from './error-masking.ts';
import { renderGraphiqlPage } from './graphiql.ts';
import { persistedOperations } from './persisted.ts';
import { createRateLimit } from './rate-limit.ts';
import { SnapshotPin } from './snapshot-pin.ts';
import { type LimitedRequest, useLimits } from './use-limits.ts';

/** What Yoga is handed per request, besides its own. */
export interface RequestParts<T> {
  readonly pin: SnapshotPin<T>;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Identifies the key that asks, for its rate; null on an open loopback. */
  readonly caller: string | null;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
}

export interface GraphqlOptions<T> {
  readonly schema: GraphQLSchema;
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly gate: AdmissionGate;
  readonly createContext: (parts: RequestParts<T>) => object;
  /** Turns an error of ours into one that clients may see; null: mask it. */
  readonly toGraphQLError: (error: unknown) => GraphQLError | null;
}

export type GraphqlHandler<T> = (parts: RequestParts<T>) => Promise<void>;

/** @throws ConfigError for a list of known operations that cannot be read */
export function createGraphqlHandler<T>(options: GraphqlOptions<T>): GraphqlHandler<T> {
  const { schema, config, clock, gate } = options;
  const yoga = createYoga<RequestParts<T> & LimitedRequest>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    batching: false,
    cors: false,
    logging: false,
    graphiql: config.graphiql,
    renderGraphiQL: renderGraphiqlPage,
    extraParamNames: ['documentId'],
    context: (parts) => options.createContext(parts),
    maskedErrors: { maskError: (error) => maskError(error, { ...options, mayHint: config.introspection }) },
    plugins: [
      useLimits({ limits: config, gate, clock, rate: createRateLimit(config.ratePoints, clock) }),
      ...persistedOperations(config),
      useSnapshotExtension(),
    ],
  });
  return async (parts) => {
    const limit = new AbortController();
    const signal = AbortSignal.any([parts.signal, limit.signal]);
    await yoga(parts.request, parts.response, {
      ...parts,
      signal,
      abort: (reason) => limit.abort(reason),
      onCost: (cost) => {
        if (!parts.response.headersSent) parts.response.setHeader('x-groovelake-cost', String(cost));
      },
    });
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
