// Operations by their text: parsed, validated, held to the limits that follow from the text, and told apart by what they read, once each.
import { type DocumentNode, type GraphQLSchema, validate } from 'graphql';
import {
  checkDocument,
  findOperation,
  type Limits,
  type NamedOperation,
  parseWithin,
} from '../limits/limits.ts';

/** A valid query that reads the snapshot and nothing else. */
export interface KnownOperation {
  readonly document: DocumentNode;
  readonly named: NamedOperation;
}

export interface OperationCache {
  /** Null for what is not valid, not within the limits or reads more than the snapshot: Yoga answers it, or says what is wrong. */
  find(text: string, operationName: string | null): KnownOperation | null;
  /** What is kept, texts that are not valid among it. */
  bytes(): number;
}

/** Many of an ordinary size; few that are as large as a body may be. */
const MAX_OPERATIONS = 1_000;
const MAX_BYTES = 50_000_000;
/** What a parsed document keeps for each of its tokens: nodes, places, and the token itself. */
const TOKEN_BYTES = 300;

export function createOperationCache(
  schema: GraphQLSchema,
  limits: Limits,
  isSnapshotOnly: (document: DocumentNode) => boolean,
): OperationCache {
  const known = new Map<string, { readonly operation: KnownOperation | null; readonly bytes: number }>();
  let bytes = 0;

  const read = (text: string, operationName: string | null): KnownOperation | null => {
    let document: DocumentNode;
    try {
      document = parseWithin(text, undefined, limits);
    } catch {
      return null;
    }
    if (checkDocument(document, limits) || validate(schema, document).length > 0) return null;
    const named = findOperation(document, operationName);
    return named && isSnapshotOnly(document) ? { document, named } : null;
  };

  const keep = (key: string, operation: KnownOperation | null) => {
    const kept = { operation, bytes: 2 * key.length + TOKEN_BYTES * countTokens(operation?.document) };
    if (kept.bytes > MAX_BYTES) return;
    known.set(key, kept);
    bytes += kept.bytes;
    // The map's order is the order in which they came.
    for (const [first, { bytes: freed }] of known) {
      if (known.size <= MAX_OPERATIONS && bytes <= MAX_BYTES) return;
      known.delete(first);
      bytes -= freed;
    }
  };

  return {
    find: (text, operationName) => {
      const key = operationName === null ? text : `${operationName}\0${text}`;
      const found = known.get(key);
      if (found) return found.operation;
      const operation = read(text, operationName);
      keep(key, operation);
      return operation;
    },
    bytes: () => bytes,
  };
}

function countTokens(document: DocumentNode | undefined): number {
  let count = 0;
  for (let token = document?.loc?.startToken ?? null; token; token = token.next) count += 1;
  return count;
}
