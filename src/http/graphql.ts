// One GraphQL request through Yoga: limits, context, masked errors, and which snapshot answered.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DocumentNode, GraphQLError, GraphQLSchema } from 'graphql';
import { createYoga } from 'graphql-yoga';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Access } from './access.ts';
import { DATA_HEADERS } from './answers.ts';
import type { MakeEtag } from './etag.ts';
import { renderGraphiqlPage, useGraphiqlPolicy } from './graphiql.ts';
import type { AdmissionGate } from './limits/admission.ts';
import { type ExplainedRequest, type Explanation, useExplain } from './limits/explain.ts';
import type { RateLimit } from './limits/rate-limit.ts';
import { type LimitedRequest, useLimits } from './limits/use-limits.ts';
import { usePersisted } from './persisted.ts';
import { createQuickLane, type PaidOperation } from './quick-lane/quick-lane.ts';
import { useRefusalCodes } from './refusals.ts';
import { useRequestParams } from './request-params.ts';
import { findNeededScope, useScopes } from './scopes.ts';
import type { Pinned, SnapshotPin } from './snapshot-pin.ts';
import { type SnapshotRequest, useSnapshot } from './snapshot-plugin.ts';
import { type CachedRequest, useCache } from './use-cache.ts';

/** What Yoga is handed per request, besides its own. */
export interface RequestParts<T> {
  readonly pin: SnapshotPin<T>;
  /** Who asks, and what he may do. */
  readonly access: Access;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Identifies the key that asks, for its rate; null on an open loopback. */
  readonly caller: string | null;
  /** Whether the caller may operate: see statements, change runs. */
  readonly mayOperate: boolean;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
  /** Set while the request's statements are to be explained. */
  readonly explanation?: Explanation | null;
  /** What an execution has read is kept for another one of the same operation, which may follow. */
  readonly mayExecuteTwice?: boolean;
}

export interface GraphqlOptions<T> {
  readonly schema: GraphQLSchema;
  /** The same schema for requests that ask for an explanation. */
  readonly explainedSchema: () => GraphQLSchema;
  readonly config: Config;
  readonly clock: Clock;
  readonly gate: AdmissionGate;
  readonly rate: RateLimit;
  /** Known operations; null without a list. */
  readonly persisted: ReadonlyMap<string, string> | null;
  /** Whether a valid document reads the snapshot and nothing else, so that its answers may be remembered. */
  readonly isSnapshotOnly: (document: DocumentNode) => boolean;
  /** Whether the answer to a valid document stays the same as long as its snapshot answers, so that it may have a tag. */
  readonly isLasting: (document: DocumentNode) => boolean;
  readonly makeEtag: MakeEtag;
  readonly createContext: (parts: RequestParts<T>) => object;
  /** The older snapshot that an operation asks for, held open; null, and where nobody chooses: the served one. */
  readonly chooseSnapshot?: (request: SnapshotRequest) => Promise<Pinned<T> | null>;
  /** The error as clients may see it. */
  readonly maskError: (error: unknown) => GraphQLError;
}

export type GraphqlHandler<T> = (parts: RequestParts<T>) => Promise<void>;

export function createGraphqlHandler<T>(options: GraphqlOptions<T>): GraphqlHandler<T> {
  const { schema, config, clock, gate, rate, maskError } = options;
  const lane = createQuickLane<T>({
    ...options,
    // The lane looks at no scope: what needs more than to come in is not for it.
    isSnapshotOnly: (document) =>
      options.isSnapshotOnly(document) && findNeededScope(schema, document).scope === 'read',
  });
  const yoga = createYoga<RequestParts<T> & LimitedRequest & ExplainedRequest & CachedRequest>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    batching: false,
    cors: false,
    logging: false,
    graphiql: config.graphiql,
    renderGraphiQL: renderGraphiqlPage,
    extraParamNames: ['documentId'],
    context: (parts) => defineContext(parts, options.createContext(parts)),
    maskedErrors: { maskError },
    plugins: [
      useGraphiqlPolicy(),
      useRefusalCodes(),
      useRequestParams(),
      useScopes(),
      useLimits({ limits: config, gate, clock, rate }),
      ...usePersisted(options.persisted, config.persistedOnly),
      useExplain(config, options.explainedSchema),
      useSnapshot<T>({ chooseSnapshot: options.chooseSnapshot ?? (async () => null), maskError }),
      useCache({ ...options, cacheSeconds: config.cacheSeconds }),
    ],
  });
  return async (parts) => {
    const outcome = await lane(parts);
    if (outcome === 'answered') return;
    for (const [name, value] of Object.entries(DATA_HEADERS)) parts.response.setHeader(name, value);
    const { settled, paid }: PaidOperation = outcome === 'pass' ? { paid: 0 } : outcome;
    const limit = new AbortController();
    const signal = AbortSignal.any([parts.signal, limit.signal]);
    await yoga(parts.request, parts.response, {
      ...parts,
      signal,
      settled,
      paid,
      explanation: null,
      etag: null,
      isNotModified: false,
      findSnapshotId: () => parts.pin.find()?.manifest.id ?? null,
      abort: (reason) => limit.abort(reason),
      whenOver: (ending) => parts.pin.whenOver(ending),
      onCost: (cost) => {
        if (!parts.response.headersSent) parts.response.setHeader('x-groovelake-cost', String(cost));
      },
    });
  };
}

/**
 * Adds the properties as they are defined: Yoga would copy their values, and so take a snapshot for a request that may need none, or
 * another one.
 */
function defineContext<T>(parts: RequestParts<T>, context: object): object {
  Object.defineProperties(parts, Object.getOwnPropertyDescriptors(context));
  return {};
}
