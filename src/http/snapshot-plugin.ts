// Which snapshot a GraphQL request reads, and which one answered.
import { type DocumentNode, GraphQLError, type GraphQLSchema } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { type Pinned, SnapshotPin } from './snapshot-pin.ts';

/** An operation whose snapshot is to be found. */
export interface SnapshotRequest {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName: string | null | undefined;
  /** As sent. */
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface SnapshotPluginOptions<T> {
  /** The older snapshot that an operation asks for with @asOf, held open; null: the served one. */
  readonly chooseSnapshot: (request: SnapshotRequest) => Promise<Pinned<T> | null>;
  readonly maskError: (error: unknown) => Error;
}

/**
 * A Yoga plugin. Pins an older snapshot before an operation runs that asks for one; adds extensions.snapshot and the header
 * x-groovelake-snapshot to every answer, a refusal too. The events of a subscription have the header alone, of what is served as it
 * begins: they read runs and manifests, and hold no snapshot.
 */
export function useSnapshot<T>({ chooseSnapshot, maskError }: SnapshotPluginOptions<T>): Plugin {
  return {
    onExecute: async ({ args, setResultAndStopExecution }) => {
      try {
        const { schema, document, operationName, variableValues } = args;
        const chosen = await chooseSnapshot({
          schema,
          document,
          operationName,
          variables: variableValues ?? {},
        });
        const pin = findPin<T>(args.contextValue);
        if (chosen && pin) pin.choose(chosen);
        else chosen?.release();
      } catch (error) {
        const shown = maskError(error);
        setResultAndStopExecution({
          errors: [shown instanceof GraphQLError ? shown : new GraphQLError(shown.message)],
        });
      }
    },
    onResultProcess: ({ result, setResult, serverContext }) => {
      // A subscription stays open through many a publish, and would hold the snapshot of its first day.
      if (Array.isArray(result) || Symbol.asyncIterator in result) return;
      const manifest = findPin(serverContext)?.find()?.manifest;
      if (!manifest) return;
      const snapshot = { id: manifest.id, publishedAt: manifest.publishedAt };
      setResult({ ...result, extensions: { ...result.extensions, snapshot } });
    },
    onResponse: ({ response, serverContext }) => {
      const manifest = findPin(serverContext)?.peek();
      if (manifest) response.headers.set('x-groovelake-snapshot', manifest.id);
    },
  };
}

function findPin<T>(context: unknown): SnapshotPin<T> | null {
  return context !== null &&
    typeof context === 'object' &&
    'pin' in context &&
    context.pin instanceof SnapshotPin
    ? context.pin
    : null;
}
