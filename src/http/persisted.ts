// Known operations: a file of documents by id, which clients name instead of sending text; alone when so configured.
import { readFileSync } from 'node:fs';
import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations';
import { type GraphQLError, parse } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Config } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { type ClientCode, makeRefusal } from './error-codes.ts';

/**
 * Reads the allow-list: one JSON object of documents by id.
 *
 * @throws ConfigError for a file that cannot be read or holds anything else
 */
export function readPersistedOperations(path: string): ReadonlyMap<string, string> {
  const fail = (what: string, cause?: unknown) =>
    new ConfigError(
      `GROOVELAKE_PERSISTED_OPERATIONS is "${path}", ${what}; a JSON file like { "id": "query { ... }" } is expected.`,
      { cause },
    );
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw fail(`which cannot be read as JSON (${(error as Error).message})`, error);
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) throw fail('which holds no object');
  for (const [id, document] of Object.entries(read)) {
    try {
      parse(document as string);
    } catch (error) {
      throw fail(`where "${id}" is no GraphQL document (${(error as Error).message})`, error);
    }
  }
  return new Map(Object.entries(read as Record<string, string>));
}

/** The list as it is configured; null without one. @throws ConfigError */
export function openPersistedOperations({
  persistedOperations: path,
  persistedOnly,
}: Pick<Config, 'persistedOperations' | 'persistedOnly'>): ReadonlyMap<string, string> | null {
  if (path !== undefined) return readPersistedOperations(path);
  if (!persistedOnly) return null;
  throw new ConfigError(
    'GROOVELAKE_PERSISTED_ONLY is "true", but there is no list. Set GROOVELAKE_PERSISTED_OPERATIONS to one.',
  );
}

const NOT_FOUND = [
  'PERSISTED_OPERATION_NOT_FOUND',
  'There is no operation of that id on the list. Check the id, or ask the operator to add it.',
] as const;
const NO_ID = [
  'PERSISTED_OPERATION_NOT_FOUND',
  'The request names no operation of the list. Send its id as "documentId".',
] as const;
/** In the words that clients of automatic persisted queries wait for: then they send the text. Several take no other status for an answer. */
const NOT_SUPPORTED = ['PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported', 200] as const;
const NO_LIST = [
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'The request names an operation, and this server has no list of them. Send its text as "query", or set GROOVELAKE_PERSISTED_OPERATIONS.',
] as const;
const ONLY_KNOWN = [
  'PERSISTED_ONLY',
  'Only operations of the list are answered here. Send the id of one as "documentId".',
] as const;

/**
 * Yoga's plugin over the list. An id comes as `documentId` (body, or query of a GET) or as Apollo's
 * `extensions.persistedQuery.sha256Hash`.
 */
export function usePersisted(
  documents: ReadonlyMap<string, string> | null,
  persistedOnly: boolean,
): Plugin[] {
  if (!documents) {
    return [
      {
        onParams: ({ params, request }) => {
          if (!params.query) refuseNames(params, request.url);
        },
      },
    ];
  }
  const offered: Plugin = {
    onParams: ({ params, request }) => {
      if (!params.query && !persistedOnly) offerText(params, request.url, documents);
    },
  };
  return [
    offered,
    usePersistedOperations({
      allowArbitraryOperations: !persistedOnly,
      extractPersistedOperationId: (params, request) => readId(params, request.url),
      getPersistedOperation: (id) => documents.get(id) ?? null,
      customErrors: {
        notFound: () => refuse(...NOT_FOUND),
        keyNotFound: () => refuse(...NO_ID),
        persistedQueryOnly: () => refuse(...ONLY_KNOWN),
      },
    }) as Plugin,
  ];
}

/** The text of an operation that is sent, or named, outside Yoga. @throws GraphQLError as the plugin does */
export function findDocument(
  params: { readonly query?: unknown },
  url: string,
  documents: ReadonlyMap<string, string> | null,
  persistedOnly: boolean,
): string {
  if (typeof params.query === 'string' && params.query !== '') {
    if (persistedOnly) throw refuse(...ONLY_KNOWN);
    return params.query;
  }
  if (!documents) {
    refuseNames(params, url);
    throw refuse('BAD_REQUEST', 'Must provide query string.');
  }
  const id = readId(params, url);
  if (id === null) throw refuse(...NO_ID);
  if (!persistedOnly) offerText(params, url, documents);
  const document = documents.get(id);
  if (document === undefined) throw refuse(...NOT_FOUND);
  return document;
}

/** Where only known operations are answered. @throws GraphQLError for a whole relation, which is none of them */
export function refuseRelation(persistedOnly: boolean): void {
  if (!persistedOnly) return;
  const advice = 'name one of the list by "documentId", at /graphql with "Accept: text/csv"';
  throw refuse(
    ONLY_KNOWN[0],
    `Relations are not exported here, only known operations are answered: ${advice}.`,
  );
}

interface Named {
  readonly documentId?: unknown;
  readonly extensions?: { readonly persistedQuery?: { readonly sha256Hash?: unknown } };
}

/**
 * Where texts are answered too: clients of automatic persisted queries send theirs once they hear that the hash is no use.
 *
 * @throws GraphQLError for a hash that is not on the list
 */
function offerText(params: object, url: string, documents: ReadonlyMap<string, string>): void {
  const id = readId(params, url);
  if (id !== null && isAutomatic(params) && !documents.has(id)) throw refuse(...NOT_SUPPORTED);
}

/** Whether the id is Apollo's, which comes with a text to send where it is not known. */
function isAutomatic(params: object): boolean {
  const { documentId, extensions } = params as Named;
  return documentId === undefined && extensions?.persistedQuery !== undefined;
}

/** Where there is no list. @throws GraphQLError for a request that names an operation */
function refuseNames(params: object, url: string): void {
  if (readId(params, url) === null) return;
  throw isAutomatic(params) ? refuse(...NOT_SUPPORTED) : refuse(...NO_LIST);
}

function readId(params: object, url: string): string | null {
  const { documentId, extensions } = params as Named;
  const given =
    documentId ??
    extensions?.persistedQuery?.sha256Hash ??
    new URL(url, 'http://localhost').searchParams.get('documentId');
  return typeof given === 'string' && given !== '' ? given : null;
}

function refuse(code: ClientCode, message: string, status?: number): GraphQLError {
  return makeRefusal(code, message, {}, status === undefined ? {} : { status });
}
