// The two handlers behind /graphql and /export, which share their limits, their list of known operations and how errors are shown.
import type { ServerResponse } from 'node:http';
import type { DocumentNode, GraphQLError, GraphQLSchema } from 'graphql';
import type { Clock, Randomness } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { AsOf } from '../store/snapshots/kept.ts';
import type { Manifest } from '../store/snapshots/manifest.ts';
import { type Access, type AccessCheck, requireAccess } from './access.ts';
import { maskError } from './error-masking.ts';
import { createEtags } from './etag.ts';
import { createExports, type Exports } from './export/exports.ts';
import { withTablePages } from './export/table.ts';
import { createGraphqlHandler, type GraphqlHandler } from './graphql.ts';
import { createAdmissionGate } from './limits/admission.ts';
import type { Explanation } from './limits/explain.ts';
import { createRateLimit } from './limits/rate-limit.ts';
import { openPersistedOperations } from './persisted.ts';
import type { Pinned, SnapshotPin } from './snapshot-pin.ts';
import type { SnapshotRequest } from './snapshot-plugin.ts';

/** What a context is made of. */
export interface ContextRequest<T> {
  readonly pin: SnapshotPin<T>;
  /** Who asks, and what he may do. */
  readonly access: Access;
  /** Looks again at whoever asks, once his request has gone on for long. @throws GraphQLError when he is not let in any more */
  readonly requireAccess: () => Promise<void>;
  readonly signal: AbortSignal;
  /** The configuration with the page size of this request. */
  readonly config: Config;
  readonly explanation?: Explanation | null;
  /** What an execution has read is kept for another one of the same operation, which may follow. */
  readonly mayExecuteTwice?: boolean;
}

export interface HandlersOptions<T> {
  readonly checkAccess: AccessCheck;
  readonly schema: GraphQLSchema;
  /** The same schema for requests that ask for an explanation. */
  readonly explainedSchema: () => GraphQLSchema;
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Randomness;
  /** Whether a valid document reads the snapshot and nothing else, so that its answers may be remembered. */
  readonly isSnapshotOnly: (document: DocumentNode) => boolean;
  /** Whether the answer to a valid document stays the same as long as its snapshot answers, so that it may have a tag. */
  readonly isLasting: (document: DocumentNode) => boolean;
  readonly createContext: (request: ContextRequest<T>) => object;
  /** The older snapshot that an operation asks for, held open; null, and where nobody chooses: the served one. */
  readonly chooseSnapshot?: (request: SnapshotRequest) => Promise<Pinned<T> | null>;
  /** The manifest of an older snapshot for an export, once its files are found whole; nothing of it is held open. */
  readonly findWhole?: (asOf: AsOf) => Promise<Manifest>;
  /** Turns an error of ours into one that clients may see; null: mask it. */
  readonly toGraphQLError: (error: unknown) => GraphQLError | null;
}

/** @throws ConfigError for a list of known operations that cannot be read */
export function createHttpHandlers<T>(options: HandlersOptions<T>): {
  graphql: GraphqlHandler<T>;
  exports: Exports<T>;
} {
  const { config, clock, createContext } = options;
  const shared = {
    ...options,
    gate: createAdmissionGate(config, clock),
    rate: createRateLimit(config.ratePoints, clock),
    persisted: openPersistedOperations(config),
    makeEtag: createEtags(options.schema, config),
    maskError: (error: unknown) => maskError(error, { ...options, mayHint: config.introspection }),
  };
  const tableConfig = withTablePages(config);
  // Yoga's context has a request of its own under that name.
  const again =
    ({ response }: { response: ServerResponse }) =>
    () =>
      requireAccess(options.checkAccess, response.req);
  return {
    graphql: createGraphqlHandler<T>({
      ...shared,
      createContext: (parts) => createContext({ ...parts, requireAccess: again(parts), config }),
    }),
    exports: createExports<T>({
      ...shared,
      createContext: (asked) => {
        const { pin, access, signal } = asked;
        return createContext({ pin, access, requireAccess: again(asked), signal, config: tableConfig });
      },
    }),
  };
}
