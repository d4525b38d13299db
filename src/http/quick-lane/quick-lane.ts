// A short way past Yoga for queries that read the snapshot and nothing else: prepared once, remembered, and computed once however many
// ask at the same time. What is not plainly such a query, and every answer with an error in it, goes through Yoga, which says the same.
import { isAscii } from 'node:buffer';
import { type DocumentNode, type ExecutionResult, execute, GraphQLError, type GraphQLSchema } from 'graphql';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { TimeoutError } from '../../errors.ts';
import { DATA_HEADERS } from '../answers.ts';
import { cachingHeaders, isNotModified, type MakeEtag } from '../etag.ts';
import type { RequestParts } from '../graphql.ts';
import type { AdmissionGate } from '../limits/admission.ts';
import type { OperationSize } from '../limits/cost.ts';
import { checkOperation, checkVariables } from '../limits/limits.ts';
import { type RateLimit, READING_POINTS } from '../limits/rate-limit.ts';
import { createAnswerCache, type KeptAnswer } from './answer-cache.ts';
import { createCompiler, type FindCompiled } from './compiled-operation.ts';
import { createFlights } from './flights.ts';
import { createOperationCache, type KnownOperation } from './operation-cache.ts';
import { type Asking, type Question, readAsking } from './read-asking.ts';

/** What the lane leaves to Yoga: nothing, everything, or all but the payment. */
export type LaneOutcome = 'answered' | 'pass' | PaidOperation;

export interface PaidOperation {
  /** The points that were taken for it. */
  readonly paid: number;
  /** What came of its execution, to be told; it is executed where that is left out. */
  readonly settled?: () => ExecutionResult;
}

export interface LaneParts<T> {
  readonly schema: GraphQLSchema;
  readonly config: Config;
  readonly clock: Clock;
  readonly gate: AdmissionGate;
  readonly rate: RateLimit;
  readonly isSnapshotOnly: (document: DocumentNode) => boolean;
  readonly makeEtag: MakeEtag;
  readonly createContext: (parts: RequestParts<T>) => object;
}

/** What came of one execution: the bytes of an answer without an error, or what Yoga has to tell. */
type Outcome = { readonly snapshotId: string } & (
  | { readonly kept: KeptAnswer }
  | { readonly settled: () => ExecutionResult }
);

/** A question with what is known of its operation. */
type Asked = Question & KnownOperation & Measured;

/** What an operation costs, and its variables as they are executed with. */
interface Measured extends Pick<OperationSize, 'cost' | 'scans' | 'fields'> {
  readonly coerced: Record<string, unknown>;
}

export function createQuickLane<T>(parts: LaneParts<T>): (request: RequestParts<T>) => Promise<LaneOutcome> {
  const { schema, config, rate, gate } = parts;
  if (config.persistedOnly) return async () => 'pass';
  const operations = createOperationCache(schema, config, parts.isSnapshotOnly);
  const answers = createAnswerCache(config.answerCacheMb * 1_000_000);
  const flights = createFlights<Outcome>(gate);
  const findCompiled = config.compiledQueries ? createCompiler(schema) : () => null;

  return async (request) => {
    const asking = readAsking(request.request);
    if (!asking) return 'pass';
    // A pin of the lane's own: Yoga must still be able to choose another snapshot for what passes.
    const pin = request.pin.another();
    try {
      const snapshot = pin.find()?.manifest;
      return snapshot ? await answer(request, asking, snapshot.id) : 'pass';
    } finally {
      pin.release();
    }
  };

  async function answer(request: RequestParts<T>, asking: Asking, snapshotId: string): Promise<LaneOutcome> {
    const known = answers.find(snapshotId, asking.key);
    if (known) {
      if (!spend(rate, request.caller, known.cost)) return 'pass';
      send(request, asking, snapshotId, known, parts);
      return 'answered';
    }
    // Whoever has nothing left is told so before his question is read.
    if (!rate.has(request.caller, READING_POINTS)) return 'pass';
    const question = asking.read();
    const operation = question && operations.find(question.query, question.operationName);
    const size = operation && measure(schema, operation, question, config);
    if (!operation || !size || !spend(rate, request.caller, size.cost)) return 'pass';
    const paid = pointsOf(size.cost);
    const outcome = await fly(request, asking.key, { ...question, ...operation, ...size }, snapshotId);
    if (outcome.snapshotId !== snapshotId) return { paid };
    if ('kept' in outcome) {
      send(request, asking, snapshotId, outcome.kept, parts);
      return 'answered';
    }
    // Yoga tells it under the snapshot that is served by now; where that is another one, it asks again.
    if (request.pin.find()?.manifest.id !== snapshotId) return { paid };
    if (!request.response.headersSent) request.response.setHeader('x-groovelake-cost', size.cost);
    return { paid, settled: outcome.settled };
  }

  /** What comes of it, executed together with those who ask the same. A refusal is of this request alone. */
  async function fly(
    request: RequestParts<T>,
    text: string,
    asked: Asked,
    snapshotId: string,
  ): Promise<Outcome> {
    const begin = () => {
      // A pin of its own: whoever began may leave before the others.
      const pin = request.pin.another();
      pin.get();
      return {
        execute: async (stop: AbortController) => {
          const found = await run(parts, { findCompiled, request: { ...request, pin }, asked, stop });
          if ('kept' in found) answers.keep(found.snapshotId, text, found.kept);
          return found;
        },
        end: () => pin.release(),
      };
    };
    try {
      return await flights.join(`${snapshotId} ${text}`, asked, request, begin);
    } catch (error) {
      return failWith(snapshotId, error);
    }
  }
}

interface Run<T> {
  readonly findCompiled: FindCompiled;
  readonly request: Omit<RequestParts<T>, 'signal'>;
  readonly asked: Asked;
  readonly stop: AbortController;
}

/** Executes within the time limit, as the plugin of use-limits.ts does for Yoga. */
async function run<T>(
  { schema, config, clock, createContext }: LaneParts<T>,
  { findCompiled, request, asked, stop }: Run<T>,
): Promise<Outcome> {
  const { document, named, operationName, variables, coerced, cost, fields } = asked;
  const { manifest } = request.pin.get();
  const snapshotId = manifest.id;
  const limit = config.requestTimeoutMs;
  const stopTimer = clock.after(limit, () =>
    stop.abort(
      new TimeoutError(
        `The query took longer than ${limit} ms as a whole. Ask for less, or in several requests.`,
      ),
    ),
  );
  try {
    const compiled = findCompiled(named, fields);
    const mayExecuteTwice = compiled !== null;
    const contextValue = createContext({ ...request, signal: stop.signal, mayExecuteTwice });
    const toOutcome = (data: string): Outcome => {
      const snapshot = { id: snapshotId, publishedAt: manifest.publishedAt };
      const text = `{"data":${data},"extensions":${JSON.stringify({ snapshot })}}`;
      const body = Buffer.from(text);
      return { snapshotId, kept: { body: isAscii(body) ? body.toString('latin1') : body, cost } };
    };
    const data = await compiled?.execute(coerced, contextValue);
    if (data) return toOutcome(data);
    const result = await execute({
      schema,
      document,
      operationName,
      variableValues: variables,
      contextValue,
    });
    return result.errors ? { snapshotId, settled: () => result } : toOutcome(JSON.stringify(result.data));
  } catch (error) {
    return failWith(snapshotId, error);
  } finally {
    stopTimer();
  }
}

function failWith(snapshotId: string, error: unknown): Outcome {
  return {
    snapshotId,
    settled: () => {
      throw error;
    },
  };
}

/** What an operation costs that is within every limit, with variables that fit it; else null. */
function measure(
  schema: GraphQLSchema,
  { named }: KnownOperation,
  { variables }: Question,
  config: Config,
): Measured | null {
  if (checkVariables(variables, config)) return null;
  try {
    const { cost, scans, fields, coerced } = checkOperation(schema, named, variables, config);
    return coerced && { cost, scans, fields, coerced };
  } catch (error) {
    if (error instanceof GraphQLError) return null;
    throw error;
  }
}

const pointsOf = (cost: number) => Math.max(READING_POINTS, cost);

/** False where the key has not enough: Yoga refuses it. */
function spend(rate: RateLimit, caller: string | null, cost: number): boolean {
  try {
    rate.spend(caller, pointsOf(cost));
    return true;
  } catch {
    return false;
  }
}

function send<T>(
  { request, response, caller }: Pick<RequestParts<T>, 'request' | 'response' | 'caller'>,
  asking: Asking,
  snapshotId: string,
  { body, cost }: KeptAnswer,
  { config, makeEtag }: Pick<LaneParts<T>, 'config' | 'makeEtag'>,
): void {
  if (response.destroyed) return;
  // A list is written as it is; an object would be looked through and put together first.
  const headers = [
    'content-type',
    asking.contentType,
    'x-groovelake-cost',
    String(cost),
    'x-groovelake-snapshot',
    snapshotId,
    ...GUARDS,
  ];
  if (asking.isGet) {
    // Of the snapshot and the question, nothing of the answer.
    const etag = makeEtag(snapshotId, asking.key);
    headers.push('etag', etag, ...Object.entries(cachingHeaders(config.cacheSeconds, caller)).flat());
    if (isNotModified(request.headers['if-none-match'], etag)) {
      response.writeHead(304, headers).end();
      return;
    }
  }
  headers.push('content-length', String(body.length));
  response.writeHead(200, headers).end(body, 'latin1');
}

const GUARDS = Object.entries(DATA_HEADERS).flat();
