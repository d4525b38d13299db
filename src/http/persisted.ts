// Known operations: a file of documents by id, which clients name instead of sending text; alone when so configured.
import { readFileSync } from 'node:fs';
import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations';
import { GraphQLError, parse } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Config } from '../config.ts';
import { ConfigError } from '../errors.ts';

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

/**
 * Yoga's plugin over that list. An id comes as `documentId` (body, or query of a GET) or as Apollo's
 * `extensions.persistedQuery.sha256Hash`. No list and no restriction: no plugin.
 */
export function persistedOperations(config: Pick<Config, 'persistedOperations' | 'persistedOnly'>): Plugin[] {
  const { persistedOperations: path, persistedOnly } = config;
  if (path === undefined) {
    if (!persistedOnly) return [];
    throw new ConfigError(
      'GROOVELAKE_PERSISTED_ONLY is "true", but there is no list. Set GROOVELAKE_PERSISTED_OPERATIONS to one.',
    );
  }
  const documents = readPersistedOperations(path);
  return [
    usePersistedOperations({
      allowArbitraryOperations: !persistedOnly,
      extractPersistedOperationId: (params, request) => readId(params, request.url),
      getPersistedOperation: (id) => documents.get(id) ?? null,
      customErrors: {
        notFound: () =>
          refuse(
            'PERSISTED_OPERATION_NOT_FOUND',
            404,
            'There is no operation of that id on the list. Check the id, or ask the operator to add it.',
          ),
        keyNotFound: () =>
          refuse(
            'PERSISTED_OPERATION_NOT_FOUND',
            404,
            'The request names no operation of the list. Send its id as "documentId".',
          ),
        persistedQueryOnly: () =>
          refuse(
            'PERSISTED_ONLY',
            403,
            'Only operations of the list are answered here. Send the id of one as "documentId".',
          ),
      },
    }) as Plugin,
  ];
}

function readId(params: object, url: string): string | null {
  const { documentId, extensions } = params as {
    documentId?: unknown;
    extensions?: { persistedQuery?: { sha256Hash?: unknown } };
  };
  const given =
    documentId ??
    extensions?.persistedQuery?.sha256Hash ??
    new URL(url, 'http://localhost').searchParams.get('documentId');
  return typeof given === 'string' && given !== '' ? given : null;
}

function refuse(code: string, status: number, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status } } });
}
