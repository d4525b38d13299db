// Operations by their text: parsed, validated, held to the limits that follow from the text, and told apart by what they read, once each.
import { type DocumentNode, type GraphQLSchema, validate } from 'graphql';
import { checkDocument, findOperation, type Limits, type NamedOperation, parseWithin } from './limits.ts';

/** A valid query that reads the snapshot and nothing else. */
export interface KnownOperation {
  readonly document: DocumentNode;
  readonly named: NamedOperation;
}

export interface OperationCache {
  /** Null for what is not valid, not within the limits or reads more than the snapshot: Yoga answers it, or says what is wrong. */
  find(text: string, operationName: string | null): KnownOperation | null;
}

/** Documents are bounded by the body's limit, so their number bounds their bytes. */
const MAX_OPERATIONS = 1_000;

export function createOperationCache(
  schema: GraphQLSchema,
  limits: Limits,
  isSnapshotOnly: (document: DocumentNode) => boolean,
): OperationCache {
  const known = new Map<string, KnownOperation | null>();

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

  return {
    find: (text, operationName) => {
      const key = operationName === null ? text : `${operationName}\0${text}`;
      const found = known.get(key);
      if (found !== undefined) return found;
      const operation = read(text, operationName);
      if (known.size >= MAX_OPERATIONS) known.delete(known.keys().next().value as string);
      known.set(key, operation);
      return operation;
    },
  };
}
