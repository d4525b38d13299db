// Entity tags: an answer that follows from a snapshot and a request is the same as long as both are, and the program that answers.
import { createHash } from 'node:crypto';
import { type GraphQLSchema, printSchema } from 'graphql';
import type { Config } from '../config.ts';
import { readVersion } from '../version.ts';

/** A strong tag of everything else that an answer follows from. */
export type MakeEtag = (...parts: readonly unknown[]) => string;

/** Those by which the same request of the same snapshot has another answer. */
const SETTINGS = [
  'maxPageSize',
  'tableMaxRows',
  'indexEf',
  'indexExactBelow',
  'indexScanBelow',
  'indexScanFilteredBelow',
] as const;

type AnswerSettings = Pick<Config, (typeof SETTINGS)[number]>;

/** Makes tags that hold for this version of the program, its schema and its settings alone: after an upgrade everything is asked anew. */
export function createEtags(
  schema: GraphQLSchema,
  settings: AnswerSettings,
  version = readVersion(),
): MakeEtag {
  const program = toEtag(
    version,
    printSchema(schema),
    SETTINGS.map((name) => settings[name]),
  );
  return (...parts) => toEtag(program, ...parts);
}

/** A strong tag of these alone, for what no program makes. */
export function toEtag(...parts: readonly unknown[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
  return `"${digest.slice(0, 27)}"`;
}

/** Whether If-None-Match names the tag. Compression makes another body of the same answer: tags compare weakly, as RFC 9110 13.1.2 has it. */
export function isNotModified(ifNoneMatch: string | null | undefined, etag: string): boolean {
  if (!ifNoneMatch) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

export interface CachingHeaders {
  readonly 'cache-control': string;
  readonly vary: string;
}

/**
 * What caches, the client's and those in between, may do with an answer that has a tag.
 *
 * @param seconds how long it may be used without asking again
 * @param caller the key that asked, which comes as Authorization and in no other way; null on an open server, whose answers are everybody's
 */
export function cachingHeaders(seconds: number, caller: string | null): CachingHeaders {
  const scope = caller === null ? 'public' : 'private';
  return {
    'cache-control': seconds === 0 ? `${scope}, no-cache` : `${scope}, max-age=${seconds}`,
    vary: caller === null ? 'Accept' : 'Accept, Authorization',
  };
}
