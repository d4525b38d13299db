// The limits as a Yoga plugin: tokens while parsing, text limits at validation, size, rate and place before execution, time during it.
import { type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { TimeoutError } from '../../errors.ts';
import { makeRefusal } from '../error-codes.ts';
import type { AdmissionGate } from './admission.ts';
import { createCallerCounts } from './caller-counts.ts';
import type { OperationSize } from './cost.ts';
import { subscribeWithin } from './limit-events.ts';
import { checkDocument, checkOperation, checkVariables, findOperation, parseWithin } from './limits.ts';
import { type RateLimit, READING_POINTS } from './rate-limit.ts';

/** What the plugin finds in Yoga's context about a request. */
export interface LimitedRequest {
  /** Identifies the key that asks; null on an open loopback. */
  readonly caller: string | null;
  readonly signal: AbortSignal;
  /** Ends the request's statements. */
  readonly abort: (reason: unknown) => void;
  /** Does something once when the request is over, whether it was answered or its client left. */
  readonly whenOver: (ending: () => void) => void;
  /** What came of an execution that is over, for Yoga to tell. */
  readonly settled?: (() => ExecutionResult) | undefined;
  /** Points that have been taken for its operation before it got here; 0: none, not for reading it either. */
  readonly paid: number;
  /** Told what the operation costs, once it may run. */
  readonly onCost: (cost: number) => void;
}

export interface LimitParts {
  readonly limits: Config;
  readonly gate: AdmissionGate;
  readonly rate: RateLimit;
  readonly clock: Clock;
}

export function useLimits({ limits, gate, rate, clock }: LimitParts): Plugin {
  const checked = new WeakMap<object, GraphQLError | null>();
  let subscriptions = 0;
  const own = createCallerCounts();
  /** @throws GraphQLError TOO_MANY_SUBSCRIPTIONS */
  const addSubscription = (caller: string | null): (() => void) => {
    if (caller !== null && own.of(caller) >= limits.maxKeySubscriptions)
      throw tooManySubscriptions(limits.maxKeySubscriptions, ' of this key');
    if (subscriptions >= limits.maxSubscriptions) throw tooManySubscriptions(limits.maxSubscriptions);
    subscriptions += 1;
    own.add(caller);
    return () => {
      subscriptions -= 1;
      own.remove(caller);
    };
  };
  const runInPlace = async <R>(
    request: LimitedRequest,
    size: OperationSize,
    work: () => R | Promise<R>,
  ): Promise<R> => {
    const leave = await gate.enter(size, request.signal, request.caller);
    const stopTimer = clock.after(limits.requestTimeoutMs, () =>
      request.abort(
        new TimeoutError(
          `The query took longer than ${limits.requestTimeoutMs} ms as a whole. Ask for less, or in several requests.`,
        ),
      ),
    );
    try {
      return await work();
    } finally {
      stopTimer();
      leave();
    }
  };
  return {
    onRequestParse: ({ serverContext }) => {
      const { caller, paid } = serverContext as unknown as LimitedRequest;
      if (paid === 0) rate.spend(caller, READING_POINTS);
    },
    onParams: ({ params }) => {
      const refusal = checkVariables(params.variables, limits) ?? checkVariables(params.extensions, limits);
      if (refusal) throw refusal;
    },
    onParse: ({ setParseFn }) => {
      setParseFn((source, options) => parseWithin(source, options, limits));
    },
    onValidate: ({ params, setResult }) => {
      const { documentAST } = params;
      const refusal = checked.has(documentAST)
        ? checked.get(documentAST)
        : checkDocument(documentAST, limits);
      checked.set(documentAST, refusal ?? null);
      if (refusal) setResult([refusal]);
    },
    onExecute: ({ args, executeFn, setExecuteFn, setResultAndStopExecution, context }) => {
      const request = context as unknown as LimitedRequest;
      if (request.settled) return setExecuteFn(request.settled);
      const found = findOperation(args.document, args.operationName);
      if (!found) return;
      const isQuery = found.operation.operation === 'query';
      let size: OperationSize;
      try {
        size = checkOperation(args.schema, found, args.variableValues ?? {}, limits);
        const paid = Math.max(READING_POINTS, request.paid);
        rate.spend(request.caller, Math.max(READING_POINTS, size.cost), paid);
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error;
        setResultAndStopExecution({ errors: [error] });
        return;
      }
      request.onCost(size.cost);
      // A mutation may wait for its run for a minute, and runs no statement meanwhile.
      if (!isQuery) return;
      setExecuteFn((given: Parameters<typeof executeFn>[0]) =>
        runInPlace(request, size, () => executeFn(given)),
      );
    },
    onSubscribe: ({ args, setSubscribeFn, setResultAndStopExecution, context }) => {
      const request = context as unknown as LimitedRequest;
      const found = findOperation(args.document, args.operationName);
      if (!found) return;
      try {
        const size = checkOperation(args.schema, found, args.variableValues ?? {}, limits);
        const points = Math.max(READING_POINTS, size.cost);
        rate.spend(request.caller, points, READING_POINTS);
        // Most end by themselves, with their run: the signal tells only of clients that left before.
        request.whenOver(addSubscription(request.caller));
        // What asks for next to nothing, as the events of a run do, is pushed as it comes.
        if (points === READING_POINTS && !size.scans) return;
        setSubscribeFn((given: ExecutionArgs) =>
          subscribeWithin(given, {
            signal: request.signal,
            spend: () => rate.spend(request.caller, points),
            runInPlace: (work) => runInPlace(request, size, work),
          }),
        );
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error;
        setResultAndStopExecution({ errors: [error] });
      }
    },
  };
}

function tooManySubscriptions(limit: number, whose = ''): GraphQLError {
  return makeRefusal(
    'TOO_MANY_SUBSCRIPTIONS',
    `${limit} subscriptions${whose} are under way, which is the limit. Close one, or ask for run(id) { status } from time to time.`,
    { limit, isRetryable: true },
    { headers: { 'retry-after': '5' } },
  );
}
