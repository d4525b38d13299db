// Every code that an answer's errors may have: its status, and what whoever gets it should know. docs/graphql.md is printed from it.
import { GraphQLError } from 'graphql';

interface CodeFacts {
  /** Of an answer that is nothing but this error; null: it comes beside what other fields answer, and no export has it. */
  readonly status: number | null;
  /**
   * Where it comes from. "field": a field, beside which the others are answered with 200. "document": GraphQL itself refuses the text, with
   * 200 for clients that take application/json.
   */
  readonly of?: 'field' | 'document';
  /** What it is, and what to do. */
  readonly says: string;
}

export const CLIENT_CODES = {
  TOO_COSTLY: {
    status: 400,
    says: 'more points than allowed: lower `first` and its like, or ask for fewer nested lists',
  },
  TOO_MANY_ROWS: {
    status: 400,
    says: 'more objects than an answer may have, or rows than a table may: lower `first`, or take whole relations from `/export`',
  },
  TOO_DEEP: { status: 400, says: 'too many levels of fields: ask for less depth, in several requests' },
  TOO_MANY_FIELDS: { status: 400, says: 'too many fields, fragments spread: ask for fewer' },
  TOO_MANY_ALIASES: { status: 400, says: 'split the document into several requests' },
  TOO_MANY_DIRECTIVES: { status: 400, says: 'leave some out' },
  TOO_MANY_REPEATS: { status: 400, says: 'state each field once, with all that is wanted of it' },
  TOO_MANY_TOKENS: { status: 400, says: 'split the document, or send values as variables' },
  TOO_MANY_INTROSPECTIONS: { status: 400, says: 'ask for one `__schema`, which tells everything' },
  INTROSPECTION_OFF: { status: 400, says: 'use the published `schema.graphql`' },
  VARIABLES_TOO_DEEP: { status: 400, says: 'flatten filters with `and` and `or`' },
  VARIABLES_TOO_WIDE: { status: 400, says: 'give many values to one `in`, or send some of them at a time' },
  BODY_TOO_LARGE: { status: 413, says: 'send less' },
  BAD_REQUEST: {
    status: 400,
    says: 'no GraphQL request: the message names the parameter (405 for a method that is not taken)',
  },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, says: 'send `application/json`, in UTF-8, uncompressed' },
  GRAPHQL_PARSE_FAILED: {
    status: 400,
    of: 'document',
    says: 'the text is no GraphQL: mend it at the place named',
  },
  GRAPHQL_VALIDATION_FAILED: {
    status: 400,
    of: 'document',
    says: 'the schema has not what the text asks for: the message names it',
  },
  OPERATION_RESOLUTION_FAILURE: {
    status: 400,
    says: 'of several operations none is named: send `operationName`',
  },
  BAD_USER_INPUT: { status: 400, says: 'a variable does not fit its type: the message names it' },
  NOT_TABULAR: { status: 400, says: 'the query makes no table: the message says what to change' },
  PERSISTED_ONLY: {
    status: 403,
    says: 'only known operations are answered: send the id of one as `documentId`',
  },
  PERSISTED_OPERATION_NOT_FOUND: {
    status: 404,
    says: 'the list has no operation of that id: check it, or ask the operator to add it',
  },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    status: 400,
    says: 'there is no list here: send the text (200 for the hash of an automatic persisted query that is on no list, whose client does so)',
  },
  UNAUTHENTICATED: { status: 401, says: 'send a key that is valid, as `Authorization: Bearer KEY`' },
  FORBIDDEN: {
    status: 403,
    says: 'the key lacks a scope, or no key would do: the message says which and why',
  },
  RATE_LIMITED: {
    status: 429,
    says: 'the key has spent its points: ask again after `Retry-After`, or for less',
  },
  OVERLOADED: {
    status: 503,
    says: 'ask again after `Retry-After`, or for less (200 where too many older snapshots are being read)',
  },
  TOO_MANY_SUBSCRIPTIONS: { status: 503, says: 'close one, or ask from time to time; `Retry-After`' },
  INVALID_INPUT: {
    status: 400,
    of: 'field',
    says: 'an argument cannot be used: `field`, `given` and `expected` say which, and why',
  },
  NOT_FOUND: { status: 404, of: 'field', says: 'there is nothing of that id or name' },
  STARTING: {
    status: 503,
    of: 'field',
    says: 'nothing has been published yet, or nothing of it is whole: ask again later',
  },
  TIMEOUT: {
    status: 503,
    of: 'field',
    says: 'a statement took longer than `GROOVELAKE_STATEMENT_TIMEOUT_MS`, or the query than `GROOVELAKE_REQUEST_TIMEOUT_MS`: ask for less',
  },
  OUT_OF_MEMORY: {
    status: 503,
    of: 'field',
    says: 'the statement needs more memory than it may have: ask for less, or again later',
  },
  DISK_FULL: { status: 503, of: 'field', says: "the server's disk is full: the operator must free space" },
  RUN_STATE: {
    status: null,
    of: 'field',
    says: 'another run or rollback is in the way of a mutation: ask again in a moment',
  },
  CANCELLED: { status: null, of: 'field', says: 'the work was stopped: ask again' },
  SNAPSHOT: { status: 500, of: 'field', says: 'an older snapshot is damaged: choose another' },
  ANN_INDEX: {
    status: 500,
    of: 'field',
    says: 'the index of similar tracks cannot be used: tell the operator',
  },
  INTERNAL: { status: 500, of: 'field', says: "a fault of ours: its id is in the server's log" },
} as const satisfies Readonly<Record<string, CodeFacts>>;

export type ClientCode = keyof typeof CLIENT_CODES;

/** Null for what is no such code, and for one that never comes alone. */
export function statusOf(code: string): number | null {
  return Object.hasOwn(CLIENT_CODES, code) ? CLIENT_CODES[code as ClientCode].status : null;
}

/** The error of a request that is refused as a whole. @param details what its extensions say beside the code */
export function makeRefusal(
  code: ClientCode,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
  {
    status = statusOf(code) ?? 400,
    headers,
  }: { status?: number; headers?: Readonly<Record<string, string>> } = {},
): GraphQLError {
  const http = headers ? { status, headers } : { status };
  return new GraphQLError(message, { extensions: { code, ...details, http } });
}
