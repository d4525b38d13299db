// The HTTP server: routes, access, body limit, time limits, and a stop that lets requests finish.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import onHeaders from 'on-headers';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { ConfigError, isGroovelakeError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { ExportForm } from '../store/export/export-form.ts';
import { type Access, type AccessCheck, isRefusal, type Refusal } from './access.ts';
import { answerError, DATA_HEADERS } from './answers.ts';
import { createCompression } from './compression.ts';
import { createCrossOrigin } from './cross-origin.ts';
import type { Exports } from './export/exports.ts';
import { EXPORT_PATH } from './export/relation-export.ts';
import type { GraphqlHandler } from './graphql.ts';
import { answerLive, answerReady, type HealthParts } from './health.ts';
import { answerLogin, isLoginPath, type LoginDesk } from './login-routes.ts';
import { readTableForm } from './media-types.ts';
import { type MetricsParts, type RequestCounters, renderMetrics } from './metrics.ts';
import { OpenRequest } from './open-request.ts';
import { createRefusalNotes } from './refusals.ts';
import { REFUSED_PORT } from './refused-port.ts';
import { readBody, refuseBody, tooLarge } from './request-body.ts';
import type { SnapshotSource } from './snapshot-pin.ts';
import { createStudio } from './studio.ts';
import { withinLimit } from './within-limit.ts';

export interface HttpServerOptions<T> {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly snapshots: SnapshotSource<T>;
  readonly checkAccess: AccessCheck;
  readonly graphql: GraphqlHandler<T>;
  readonly exports: Exports<T>;
  readonly desk: LoginDesk;
  readonly health: Omit<HealthParts, 'isDraining'>;
  readonly metrics: Omit<MetricsParts, 'counters'>;
}

export interface HttpServer {
  /** http://127.0.0.1:4000 */
  readonly url: string;
  /** Takes nothing new, lets subscriptions complete and answers finish up to the deadline, then cuts what is left. */
  stop(deadlineMs: number): Promise<void>;
}

/** Node looks for connections that are too slow every 30 s unless told otherwise. */
const CHECK_CONNECTIONS_MS = 500;
/** Subscriptions end by themselves when the notifier closes, with a completion for their clients; one that does not is ended then. */
const STREAM_GRACE_MS = 1_000;
const LOOK_FOR_IDLE_MS = 50;
/** Whoever loads the page: it is answered before anybody looks at this. */
const NOBODY: Access = { scope: 'read', actor: 'page' };

const CANNOT_TELL: Refusal = { status: 503, code: 'UNAUTHENTICATED', message: '' };

/** @throws ConfigError when the address cannot be listened on */
export async function startHttpServer<T>(options: HttpServerOptions<T>): Promise<HttpServer> {
  const { config, log } = options;
  const counters: RequestCounters = { answers: new Map(), refused: new Map(), inFlight: 0, streams: 0 };
  const streams = new Set<ServerResponse>();
  let isDraining = false;
  const studio = createStudio();
  const compress = createCompression(config.compression);
  const noteRefusal = createRefusalNotes(log, options.clock.monotonic, counters.refused);
  const admitPages = createCrossOrigin(config.corsOrigins);

  /** A store that cannot be asked is no reason to tell nothing: health says then what anybody may know. */
  const findReader = async ({ headers, httpVersion }: IncomingMessage) => {
    const asked = withinLimit(options.clock, options.checkAccess(headers, httpVersion));
    const access = await asked.catch(() => CANNOT_TELL);
    return isRefusal(access) ? null : access;
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (path === '/health/live') return answerLive(response);
    if (path === '/health/ready') {
      const parts = { ...options.health, isDraining: () => isDraining };
      return answerReady(response, parts, await findReader(request));
    }
    const isExport = `${path}/`.startsWith(EXPORT_PATH);
    if ((path === '/graphql' || isExport) && admitPages(request, response)) return;
    // The page holds no data, and asks for the key itself.
    const isLogin = isLoginPath(path);
    const isLoginPage = isLogin && request.method !== 'POST';
    const access =
      isLoginPage || isPage(request, path)
        ? NOBODY
        : await options.checkAccess(request.headers, request.httpVersion);
    if (isRefusal(access)) {
      const { status, ...error } = access;
      return answerError(response, status, error, status === 401 ? { 'www-authenticate': 'Bearer' } : {});
    }
    if (path === '/metrics')
      return answerText(
        response,
        await renderMetrics({ ...options.metrics, counters: { ...counters, streams: streams.size } }),
      );
    if (path === '/graphql') return answerGraphql(request, response, options, access, streams);
    if (isExport) return answerExport(request, response, { ...options, access });
    if (path.startsWith('/studio/')) return studio(request, response, path);
    if (isLoginPage) return studio(request, response, '/studio/login.html');
    if (isLogin) return answerLogin(request, response, { access, desk: options.desk, log });
    if (path === '/' || path === '/studio') return redirect(response, '/studio/');
    answerError(response, 404, {
      code: 'NOT_FOUND',
      message: `There is nothing at "${path}". Try /studio/, /auth/spotify, /graphql, /export/tracks.csv, /health/live, /health/ready or /metrics.`,
    });
  };

  const server = createServer({ connectionsCheckingInterval: CHECK_CONNECTIONS_MS }, (request, response) => {
    counters.inFlight += 1;
    response.once('close', () => {
      counters.inFlight -= 1;
      const group = `${Math.floor(response.statusCode / 100)}xx`;
      counters.answers.set(group, (counters.answers.get(group) ?? 0) + 1);
    });
    // A POST is kept by no cache, and one that takes no encoding gets none.
    if (request.method !== 'POST' || request.headers['accept-encoding']) compress(request, response);
    const answered = route(request, response).catch((error: unknown) => {
      // A client that leaves before it has said all is no failure of ours.
      if (request.destroyed && !request.complete) return;
      log.error('A request failed', { path: request.url, error });
      if (!response.headersSent)
        answerError(response, 500, { code: 'INTERNAL', message: 'Unexpected error.' });
      else response.destroy();
    });
    answered.then(() => noteRefusal(request, response));
  });
  setTimeLimits(server, config);
  const url = await listen(server, config);
  return {
    url,
    stop: async (deadlineMs) => {
      isDraining = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const { clock } = options;
      const cancels = [
        // A connection that its client keeps alive is idle as soon as its answer is sent.
        clock.every(LOOK_FOR_IDLE_MS, () => server.closeIdleConnections()),
        clock.after(Math.min(STREAM_GRACE_MS, deadlineMs), () => {
          for (const stream of streams) stream.end();
        }),
        clock.after(deadlineMs, () => server.closeAllConnections()),
      ];
      server.closeIdleConnections();
      await closed;
      for (const cancel of cancels) cancel();
    },
  };
}

/** GraphiQL and the studio may be loaded without a key: they hold no data, and ask for the key themselves. */
function isPage(request: IncomingMessage, path: string): boolean {
  if (path.startsWith('/studio/') && request.headers.host !== undefined) return true;
  const wantsHtml = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
  return (
    request.headers.host !== undefined &&
    wantsHtml &&
    (path === '/graphql' || path === '/' || path === '/studio') &&
    // With parameters it is an operation, however it is named in them.
    !request.url?.includes('?')
  );
}

async function answerGraphql<T>(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpServerOptions<T>,
  access: Access,
  streams: Set<ServerResponse>,
): Promise<void> {
  const refusal = refuseBody(request, options.config.maxBodyBytes);
  if (refusal) {
    const { status, ...error } = refusal;
    request.resume();
    return answerError(response, status, error, { connection: 'close' });
  }
  if (request.method === 'POST') {
    const body = await readBody(request, options.config.maxBodyBytes);
    if (body === null) {
      const { status, ...error } = tooLarge('more', options.config.maxBodyBytes);
      return answerError(response, status, error, { connection: 'close' });
    }
    // Whoever answers finds the bytes there.
    Object.assign(request, { body });
  }
  const parts = new OpenRequest(options.snapshots, request, response, access);
  const { accept } = request.headers;
  let form: ExportForm | null;
  try {
    form = readTableForm(accept, request.url);
  } catch (error) {
    if (!isGroovelakeError(error)) throw error;
    return answerError(response, 400, { code: 'BAD_REQUEST', message: error.message });
  }
  if (form && !METHODS.includes(request.method ?? '')) {
    const message = `"${request.method}" is not accepted here; a query is asked by POST or GET.`;
    return answerError(response, 405, { code: 'BAD_REQUEST', message }, { allow: METHODS.join(', ') });
  }
  if (form) return options.exports.answerTable(parts, form);
  // Many clients accept a stream with every query: whether an answer is one, it says itself.
  if (accept?.includes('text/event-stream')) {
    onHeaders(response, () => {
      if (!String(response.getHeader('content-type')).startsWith('text/event-stream')) return;
      streams.add(response);
      response.once('close', () => streams.delete(response));
      // nginx, and proxies that follow it, gather an answer before they pass it on, unless the answer says not to.
      response.setHeader('x-accel-buffering', 'no');
    });
  }
  await options.graphql(parts);
}

/** By which a table is asked for; answers in GraphQL's own types are looked at by Yoga. */
const METHODS = ['GET', 'HEAD', 'POST'];

async function answerExport<T>(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpServerOptions<T> & { access: Access },
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    request.resume();
    const message = 'Exports are read by GET or HEAD.';
    return answerError(response, 405, { code: 'BAD_REQUEST', message }, { allow: 'GET, HEAD' });
  }
  const { access, snapshots } = options;
  await options.exports.answerRelation(new OpenRequest(snapshots, request, response, access));
}

function answerText(response: ServerResponse, text: string): void {
  response.writeHead(200, {
    'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    'cache-control': 'no-store',
    ...DATA_HEADERS,
  });
  response.end(text);
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location });
  response.end();
}

function setTimeLimits(server: Server, config: Config): void {
  server.headersTimeout = config.headersTimeoutMs;
  server.requestTimeout = config.bodyTimeoutMs;
  server.keepAliveTimeout = 65_000;
  server.maxConnections = config.maxConnections;
  server.maxHeadersCount = 100;
}

function listen(server: Server, config: Config): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(toConfigError(error, config)));
    server.listen({ port: config.port, host: config.host }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : config.port;
      const host = config.host.includes(':') ? `[${config.host}]` : config.host;
      resolve(`http://${host}:${port}`);
    });
  });
}

function toConfigError(error: NodeJS.ErrnoException, config: Config): Error {
  const refused = REFUSED_PORT[error.code ?? ''];
  if (refused)
    return new ConfigError(`PORT is "${config.port}" and cannot be listened on (${error.code}): ${refused}`, {
      cause: error,
    });
  return new ConfigError(
    `HOST is "${config.host}", which cannot be listened on (${error.code ?? error.message}). Set HOST to an address of this machine.`,
    { cause: error },
  );
}
