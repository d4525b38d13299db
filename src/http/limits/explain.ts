// extensions.explain: the statements of a request with their cost, on request, for whoever may operate.
import type { GraphQLSchema } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Config } from '../../config.ts';
import type { ExplainedStatement, ExplainMode } from '../../store/catalog/explain.ts';
import { makeRefusal } from '../error-codes.ts';
import { measureOperation, priceRootFields } from './cost.ts';
import { coerceVariables, findOperation } from './limits.ts';

export interface Explanation {
  readonly mode: ExplainMode;
  readonly statements: ExplainedStatement[];
  /** Filled in before execution. */
  cost: object | null;
}

/** What the plugin finds in Yoga's context. */
export interface ExplainedRequest {
  /** Whether the caller's key has the scope operate. */
  readonly mayOperate: boolean;
  /** Set by the plugin when the request asks for an explanation. */
  explanation: Explanation | null;
}

const HEADER = 'x-groovelake-explain';

/**
 * Answers `extensions: { explain: "run" | "plan" | true }` in the body, or the header x-groovelake-explain. With "plan" nothing is
 * run: the first level's statements are shown, and data is null.
 *
 * @param explainedSchema the schema whose statements know their fields
 */
export function useExplain(config: Pick<Config, 'maxCost'>, explainedSchema: () => GraphQLSchema): Plugin {
  return {
    onParams: ({ params, request, context }) => {
      const asked = params.extensions?.explain ?? request.headers.get(HEADER);
      const explained = context as unknown as ExplainedRequest;
      if (asked === null || asked === undefined || asked === false) return;
      const mode = asked === true || asked === 'true' ? 'run' : asked;
      if (mode !== 'run' && mode !== 'plan')
        throw makeRefusal(
          'INVALID_INPUT',
          `"explain" is ${JSON.stringify(asked)}; "run" or "plan" is expected.`,
        );
      if (!explained.mayOperate)
        throw makeRefusal(
          'FORBIDDEN',
          'To explain a query a key needs the scope "operate". Ask with such a key, or without "explain".',
        );
      explained.explanation = { mode, statements: [], cost: null };
    },
    onEnveloped: ({ setSchema, context }) => {
      if ((context as ExplainedRequest | undefined)?.explanation) setSchema(explainedSchema());
    },
    onExecute: ({ args, context }) => {
      const { explanation } = context as unknown as ExplainedRequest;
      const found = findOperation(args.document, args.operationName);
      if (!explanation || !found) return;
      if (found.operation.operation !== 'query')
        throw makeRefusal(
          'INVALID_INPUT',
          `"explain" is for queries; this is a ${found.operation.operation}.`,
        );
      const { operation, fragments } = found;
      const variables = coerceVariables(args.schema, operation, args.variableValues ?? {}) ?? {};
      const parts = [args.schema, operation, fragments, variables] as const;
      explanation.cost = {
        ...measureOperation(...parts),
        limit: config.maxCost,
        fieldCosts: Object.fromEntries(priceRootFields(...parts)),
      };
    },
    onExecutionResult: ({ result, setResult, context }) => {
      const { explanation } = context as unknown as ExplainedRequest;
      if (!explanation?.cost || !result || Symbol.asyncIterator in result || Array.isArray(result)) return;
      const { mode, cost, statements } = explanation;
      const extensions = { ...result.extensions, explain: { mode, cost, statements } };
      // Rows that were never read have no answer, and errors about them no meaning.
      setResult(mode === 'plan' ? { data: null, extensions } : { ...result, extensions });
    },
  };
}
