// What clients see of an error: ours as they are, GraphQL's with a code, everything else masked with an id that is in the log.
import { GraphQLError } from 'graphql';
import type { Randomness } from '../clock.ts';
import type { Log } from '../log.ts';
import { makeRefusal } from './error-codes.ts';

export interface MaskingParts {
  readonly log: Log;
  readonly random: Randomness;
  /** Turns an error of ours into one that clients may see; null: mask it. */
  readonly toGraphQLError: (error: unknown) => GraphQLError | null;
  /** Whether "Did you mean" may give away names of the schema. */
  readonly mayHint: boolean;
}

export function maskError(error: unknown, parts: MaskingParts): GraphQLError {
  const original = error instanceof GraphQLError ? error.originalError : error;
  if (error instanceof GraphQLError && (original === undefined || original instanceof GraphQLError))
    return describe(error, parts.mayHint);
  const known = parts.toGraphQLError(original);
  if (known) return error instanceof GraphQLError ? relocate(known, error) : known;
  const id = parts.random.hex(6);
  parts.log.error('An unexpected error was masked', {
    errorId: id,
    path: (error as GraphQLError).path,
    error: original,
  });
  const masked = makeRefusal(
    'INTERNAL',
    `Unexpected error ${id}. The server's log says more under this id.`,
    { id },
  );
  return error instanceof GraphQLError ? relocate(masked, error) : masked;
}

/** A code on every error: what GraphQL itself refuses is a fault of the document or of its variables. */
function describe(error: GraphQLError, mayHint: boolean): GraphQLError {
  const message = mayHint ? error.message : error.message.replace(/ Did you mean .*$/s, '');
  // Yoga tells in extensions.originalError what JSON.parse said; the message has it all.
  const {
    originalError: _hidden,
    http,
    ...rest
  } = error.extensions as {
    originalError?: unknown;
    http?: object;
    code?: string;
  };
  const isParse = message.startsWith('Syntax Error');
  const code = rest.code ?? (isParse ? 'GRAPHQL_PARSE_FAILED' : 'BAD_USER_INPUT');
  // What is no GraphQL request at all is a 400 whatever the client accepts.
  const status = code === 'BAD_REQUEST' ? { status: 400, ...http, spec: false } : http;
  return relocate(
    new GraphQLError(message, { extensions: { ...rest, code, ...(status && { http: status }) } }),
    error,
  );
}

/** The same error at the place in the document where it happened. */
function relocate(error: GraphQLError, place: GraphQLError): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: place.nodes ?? null,
    source: place.source ?? null,
    positions: place.positions ?? null,
    path: place.path ?? null,
    extensions: place.path === undefined ? error.extensions : withoutHttp(error.extensions),
  });
}

/** A failing field leaves the others their answer, and so the response its 200. */
function withoutHttp({
  http: _status,
  ...extensions
}: GraphQLError['extensions']): GraphQLError['extensions'] {
  return extensions;
}
