// What a request asks, where it is a plain GraphQL request: a JSON body or the query of a GET, with a query, variables and an operation's
// name and nothing else, by a client that takes JSON.
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { findAcceptedType } from './accepted-type.ts';

/** A request before its question is read: its text is enough to find a remembered answer. */
export interface Asking {
  /** Two requests with the same key ask the same. */
  readonly key: string;
  readonly isGet: boolean;
  /** The media type of the answer. */
  readonly contentType: string;
  /** Null where the text is no such question. */
  read(): Question | null;
}

export interface Question {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | null;
}

/** Begins the key of a GET. No JSON does, so that a body is a key as it is. */
const GET = 'GET ';

/** Null for a request that is anything else. */
export function readAsking(request: IncomingMessage & { readonly body?: unknown }): Asking | null {
  const contentType = findAcceptedType(request.headers.accept);
  // An explanation is of this one execution.
  if (!contentType || request.headers['x-groovelake-explain'] !== undefined) return null;
  if (request.method === 'POST' && Buffer.isBuffer(request.body) && isUtf8(request.body)) {
    const text = request.body.toString('utf8');
    if (text.startsWith(GET)) return null;
    return { key: text, isGet: false, contentType, read: () => readJson(text) };
  }
  if (request.method !== 'GET') return null;
  const [, search = ''] = (request.url ?? '').split(/\?(.*)/s);
  return { key: `${GET}${search}`, isGet: true, contentType, read: () => readSearch(search) };
}

function readJson(text: string): Question | null {
  try {
    return toQuestion(JSON.parse(text));
  } catch {
    return null;
  }
}

function readSearch(search: string): Question | null {
  const parameters = [...new URLSearchParams(search)];
  const given = Object.fromEntries(parameters);
  if (Object.keys(given).length < parameters.length) return null;
  try {
    return toQuestion({ ...given, ...(given.variables ? { variables: JSON.parse(given.variables) } : {}) });
  } catch {
    return null;
  }
}

function toQuestion(given: unknown): Question | null {
  if (!isObject(given)) return null;
  const { query, variables = {}, operationName = null, ...others } = given;
  const isPlain =
    typeof query === 'string' &&
    (variables === null || isObject(variables)) &&
    (operationName === null || typeof operationName === 'string') &&
    Object.keys(others).length === 0;
  return isPlain ? { query, variables: variables ?? {}, operationName } : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
