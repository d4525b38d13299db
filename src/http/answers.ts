// Short answers outside GraphQL.
import type { ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import { tellCode } from './refusals.ts';

/** Headers of every page, beside its content-security-policy with frame-ancestors 'none', which older browsers do not know. */
export const PAGE_HEADERS = {
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

/** Headers of every other answer: it is what it says it is, and no page from elsewhere may load it as an image, a script or a style. */
export const DATA_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Ends a response with a JSON body. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...DATA_HEADERS,
    ...headers,
  });
  response.end(text);
}

/**
 * Ends a response with an error in GraphQL's shape, so that every client shows it.
 *
 * @param place where in the document, or in the answer, it happened
 */
export function answerError(
  response: ServerResponse,
  status: number,
  error: { code: string; message: string; [detail: string]: unknown },
  headers: Readonly<Record<string, string>> = {},
  place: Pick<GraphQLFormattedError, 'locations' | 'path'> = {},
): void {
  const { message, ...extensions } = error;
  tellCode(response, status, error.code);
  answerJson(response, status, { errors: [{ message, ...place, extensions }] }, headers);
}
