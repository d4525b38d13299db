// ETag and 304 for a GET whose answer follows from the snapshot alone.
import { type DocumentNode, print } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { cachingHeaders, isNotModified, type MakeEtag } from './etag.ts';
import { findOperation } from './limits/limits.ts';

/** What the plugin finds in Yoga's context, and leaves there. */
export interface CachedRequest {
  /** The key that asks; null on an open loopback. */
  readonly caller: string | null;
  /** The snapshot that answers; null while there is none. */
  readonly findSnapshotId: () => string | null;
  etag: string | null;
  isNotModified: boolean;
}

export interface CacheParts {
  /** How long a cache may keep an answer without asking. */
  readonly cacheSeconds: number;
  readonly makeEtag: MakeEtag;
  /** Whether the answer to a valid document stays the same as long as its snapshot answers; any other has no tag. */
  readonly isLasting: (document: DocumentNode) => boolean;
}

export function useCache({ cacheSeconds, makeEtag, isLasting }: CacheParts): Plugin {
  return {
    onExecute: ({ args, context, setResultAndStopExecution }) => {
      const request = context as unknown as CachedRequest & { request: Request; explanation?: unknown };
      if (request.request.method !== 'GET' || request.explanation) return;
      const found = findOperation(args.document, args.operationName);
      const snapshot = request.findSnapshotId();
      if (!found || snapshot === null || !isLasting(args.document)) return;
      const text = [found.operation, ...found.fragments.values()].map(print);
      request.etag = makeEtag(snapshot, text, args.variableValues ?? {});
      if (!isNotModified(request.request.headers.get('if-none-match'), request.etag)) return;
      request.isNotModified = true;
      setResultAndStopExecution({ data: null });
    },
    onExecutionResult: ({ result, context }) => {
      const request = context as unknown as CachedRequest;
      if (result && 'errors' in result && result.errors) request.etag = null;
    },
    onResponse: ({ response, serverContext, setResponse, fetchAPI }) => {
      const { etag, isNotModified, caller } = serverContext as unknown as CachedRequest;
      if (!etag) return;
      const headers = { etag, ...cachingHeaders(cacheSeconds, caller) };
      if (isNotModified) {
        const snapshot = response.headers.get('x-groovelake-snapshot');
        const more = snapshot ? { 'x-groovelake-snapshot': snapshot } : {};
        setResponse(new fetchAPI.Response(null, { status: 304, headers: { ...headers, ...more } }));
      } else for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    },
  };
}
