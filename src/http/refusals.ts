// Who was refused, for the log and the metrics: a 401 or 403 tells whoever asks, and nobody else.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'graphql-yoga';
import { type Log, saySeldom } from '../log.ts';

const STATUSES: ReadonlySet<number | undefined> = new Set([401, 403]);
const LONGEST = 100;

/** By response, where it is made: of one status there are several. */
const codes = new WeakMap<object, string>();

/** Tells with what code a response is an error of that status. */
export function tellCode(response: object, status: number | undefined, code: string): void {
  if (STATUSES.has(status)) codes.set(response, code);
}

/** Tells it of what Yoga answers. */
export function useRefusalCodes(): Plugin {
  return {
    onResultProcess: ({ result, serverContext }) => {
      const { response } = serverContext as unknown as { response: object };
      for (const { extensions } of ('errors' in result && result.errors) || []) {
        const { code, http } = extensions as { code?: string; http?: { status?: number } };
        if (code) tellCode(response, http?.status, code);
      }
    },
  };
}

/**
 * Counts refusals by code, and warns of them, of each address and code once a minute.
 *
 * @returns to be called with each request once its answer is known
 */
export function createRefusalNotes(
  log: Pick<Log, 'warn'>,
  monotonic: () => number,
  refused: Map<string, number>,
): (request: IncomingMessage, response: Pick<ServerResponse, 'statusCode'>) => void {
  const seldom = saySeldom(monotonic);
  return (request, response) => {
    if (!STATUSES.has(response.statusCode)) return;
    const code = codes.get(response) ?? (response.statusCode === 401 ? 'UNAUTHENTICATED' : 'FORBIDDEN');
    refused.set(code, (refused.get(code) ?? 0) + 1);
    const { authorization, host, origin, 'x-forwarded-for': forwardedFor } = request.headers;
    const address = request.socket.remoteAddress ?? 'unknown';
    seldom(`${code} ${address}`, (more) => {
      const given = {
        host,
        origin,
        forwardedFor: forwardedFor?.toString(),
        path: request.url?.split('?', 1)[0],
      };
      const named = Object.entries(given).filter(([, text]) => text !== undefined);
      log.warn('A request was refused', {
        code,
        address,
        key: describeKey(authorization),
        ...Object.fromEntries(named.map(([name, text]) => [name, text?.slice(0, LONGEST)])),
        ...more,
      });
    });
  };
}

/** The id of the key that was sent, which is no secret. */
function describeKey(authorization: string | undefined): string {
  if (authorization === undefined) return 'none';
  return /^Bearer\s+gl_([0-9a-f]{12})_/i.exec(authorization)?.[1] ?? 'other';
}
