// What a GraphQL request asks, as it came: the address of a GET or the JSON body of a POST, held to its shape before anything runs.
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { findNearMiss } from '../near-miss.ts';
import { makeRefusal } from './error-codes.ts';
import { TABLE_PARAMETERS } from './media-types.ts';

export interface RequestParams {
  readonly query?: string;
  readonly operationName?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** Names a known operation instead of sending its text. */
  readonly documentId?: string;
}

/** A request of node:http; the body of a POST has been read. */
export type ReadRequest = Pick<IncomingMessage, 'url' | 'method'> & { readonly body?: Buffer };

/** What each parameter holds; null and nothing at all mean the same, and so does an empty name or id. */
const EXPECTED = {
  query: 'string',
  operationName: 'string',
  variables: 'object',
  extensions: 'object',
  documentId: 'string',
} as const;
const NAMES = Object.keys(EXPECTED) as (keyof typeof EXPECTED)[];

/** @throws GraphQLError BAD_REQUEST that names the parameter, what it holds and what is expected */
export function readRequestParams(request: ReadRequest): RequestParams {
  return checkParams(request.method === 'POST' ? readBody(request.body) : readAddress(request.url));
}

/** Reads requests in the place of Yoga's own readers, which do not say which parameter of an address is malformed. */
export function useRequestParams(): Plugin {
  return {
    onRequestParse: ({ request, serverContext, setRequestParser }) => {
      if (request.method !== 'GET' && request.method !== 'POST') return;
      const { req } = serverContext as unknown as { req: ReadRequest };
      setRequestParser(() => ({ ...readRequestParams(req) }));
    },
  };
}

/** Parameters that no GraphQL request has are left to caches and proxies that add their own, unless one is a misspelt name of ours. */
function readAddress(url = ''): Record<string, unknown> {
  const [, search = ''] = url.split(/\?(.*)/s);
  const given = new URLSearchParams(search);
  const params: Record<string, unknown> = {};
  const ours: readonly string[] = [...NAMES, ...TABLE_PARAMETERS];
  for (const name of given.keys()) {
    const near = ours.includes(name) ? null : nearestOf(name, ours);
    if (near) throw refuse(`The address has ${show(name)}; did you mean "${near}"?`);
  }
  for (const name of NAMES) {
    const [text, ...others] = given.getAll(name);
    if (others.length > 0)
      throw refuse(`The address has "${name}" ${others.length + 1} times; once is expected.`);
    if (text) params[name] = EXPECTED[name] === 'object' ? parseParameter(name, text) : text;
  }
  return params;
}

function parseParameter(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refuse(
      `"${name}" is ${show(text)}, which is no JSON (${(error as Error).message}); a JSON object is expected, percent-encoded.`,
    );
  }
}

function readBody(body: Buffer = Buffer.alloc(0)): Record<string, unknown> {
  if (!isUtf8(body)) throw refuse('The body is not UTF-8; JSON in UTF-8 is expected.');
  let given: unknown;
  try {
    given = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw refuse(`The body is no JSON (${(error as Error).message}); a JSON object is expected.`);
  }
  if (Array.isArray(given))
    throw refuse(
      'The body is an array; one JSON object is expected. Batches are not answered: send each operation in a request of its own.',
    );
  if (!isRecord(given)) throw refuse(`The body is ${show(given)}; a JSON object is expected.`);
  return given;
}

function checkParams(given: Record<string, unknown>): RequestParams {
  const params: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!isParameter(name)) throw refuse(nameUnknown(name));
    if (value === null || (value === '' && name !== 'query')) continue;
    const isExpected = EXPECTED[name] === 'object' ? isRecord(value) : typeof value === 'string';
    if (!isExpected) throw refuse(`"${name}" is ${show(value)}; ${describe(name)} is expected.`);
    params[name] = value;
  }
  return params;
}

function nameUnknown(name: string): string {
  const near = nearestOf(name, NAMES);
  return `The body has ${show(name)}, which no GraphQL request has; ${near ? `did you mean "${near}"?` : `expected are ${NAMES.join(', ')}.`}`;
}

/** Anything longer is no misspelt name, and costly to compare. */
function nearestOf(name: string, names: readonly string[]): string | null {
  return name.length <= 40 ? findNearMiss(name, names) : null;
}

function describe(name: keyof typeof EXPECTED): string {
  return EXPECTED[name] === 'object' ? 'a JSON object or null' : 'a string or null';
}

function isParameter(name: string): name is keyof typeof EXPECTED {
  return Object.hasOwn(EXPECTED, name);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const MOST_SHOWN = 60;

/** A value as JSON, as much of it as helps to find it. */
function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}...`;
}

function refuse(message: string): GraphQLError {
  return makeRefusal('BAD_REQUEST', message);
}
