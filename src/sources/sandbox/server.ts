// The sandbox as a server on the loopback: one port, four hosts as path prefixes.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, type Randomness, seededRandomness } from '../../clock.ts';
import { createBodies, type Profile } from './bodies.ts';
import { type Catalogue, type CatalogueOptions, createCatalogue } from './catalogue.ts';
import { type Answer, createFaultPlan, type Fault, type FaultPlan } from './faults.ts';
import { answerKworb, answerReccobeats } from './other-routes.ts';
import { apiError, type Reply } from './reply.ts';
import { createSpotifyRoutes } from './spotify-routes.ts';
import { createThrottle, type Throttle } from './throttle.ts';

export interface SandboxOptions extends CatalogueOptions {
  readonly clock: Clock;
  readonly profile?: Profile;
  /** 0, a free one, unless stated. */
  readonly port?: number;
  readonly faults?: readonly Fault[];
  /** Most API calls in any 30 s; none unless stated. */
  readonly windowRequests?: number;
  /** Most calls of a family before its quota is used up for a day; none unless stated. */
  readonly quotas?: Readonly<Record<string, number>>;
  readonly random?: Randomness;
}

export interface Sandbox {
  readonly apiUrl: string;
  readonly accountsUrl: string;
  readonly kworbUrl: string;
  readonly reccobeatsUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly catalogue: Catalogue;
  /** Faults to add, and the log of requests. */
  readonly requests: FaultPlan;
  setProfile(profile: Profile): void;
  close(): Promise<void>;
}

const CLIENT_ID = 'sandbox-client';
const CLIENT_SECRET = 'sandbox-secret-of-no-value';

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const catalogue = createCatalogue(options);
  const random = options.random ?? seededRandomness(options.seed ?? 7);
  const requests = createFaultPlan(options.clock, options.faults);
  const throttle = createThrottle(options.clock, {
    windowRequests: options.windowRequests ?? null,
    quotas: options.quotas ?? {},
  });
  let profile: Profile = options.profile ?? 'extended';
  let answer: (request: IncomingMessage, response: ServerResponse) => Promise<void> = async () => {};
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const spotify = createSpotifyRoutes({
    catalogue,
    bodies: createBodies(`${base}/v1`, () => profile),
    profile: () => profile,
    clock: options.clock,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    makeToken: () => random.hex(32),
  });
  answer = async (request, response) => {
    const url = new URL(request.url ?? '/', base);
    const { family, reply } = await route(request, url, { spotify, catalogue, throttle });
    const { entry, answer: fault } = requests.note(family, `${url.pathname}${url.search}`);
    const given = reply();
    entry.status = fault?.kind === 'status' ? fault.status : given.status;
    await send(response, given, fault, options.clock);
  };
  return {
    apiUrl: `${base}/v1`,
    accountsUrl: `${base}/accounts`,
    kworbUrl: `${base}/kworb`,
    reccobeatsUrl: `${base}/reccobeats/v1`,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    catalogue,
    requests,
    setProfile: (next) => {
      profile = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Routes {
  readonly spotify: ReturnType<typeof createSpotifyRoutes>;
  readonly catalogue: Catalogue;
  readonly throttle: Throttle;
}

async function route(
  request: IncomingMessage,
  url: URL,
  { spotify, catalogue, throttle }: Routes,
): Promise<{ family: string; reply: () => Reply }> {
  const { authorization } = request.headers;
  const path = decodeURIComponent(url.pathname);
  if (path === '/accounts/api/token' && request.method === 'POST') {
    const form = new URLSearchParams(await readText(request));
    return {
      family: 'token',
      reply: () => spotify.token(authorization, request.headers['content-type'], form),
    };
  }
  if (path.startsWith('/v1/')) {
    const found = spotify.api(path.slice('/v1'.length), url.searchParams, authorization);
    if (found) return { family: found.family, reply: () => throttle.check(found.family) ?? found.answer() };
  }
  if (path.startsWith('/kworb/')) {
    const reply = answerKworb(path.slice('/kworb'.length), catalogue, request.headers['if-none-match']);
    if (reply) return { family: 'kworb', reply: () => reply };
  }
  if (path.startsWith('/reccobeats/v1/')) {
    const reply = answerReccobeats(path.slice('/reccobeats/v1'.length), url.searchParams, catalogue);
    if (reply) return { family: 'reccobeats', reply: () => reply };
  }
  return { family: 'unknown', reply: () => apiError(404, 'Service not found') };
}

async function send(
  response: ServerResponse,
  reply: Reply,
  fault: Answer | null,
  clock: Clock,
): Promise<void> {
  if (fault?.kind === 'slow') await clock.sleep(fault.ms);
  const { status, body, headers } =
    fault?.kind === 'status'
      ? {
          status: fault.status,
          body: fault.body ?? '',
          headers: fault.headers ?? { 'content-type': 'text/html' },
        }
      : reply;
  const bytes = Buffer.from(body);
  if (fault?.kind === 'reset') {
    response.writeHead(status, { ...headers, 'content-length': bytes.length });
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
    return;
  }
  const sent = fault?.kind === 'truncate' ? bytes.subarray(0, Math.floor(bytes.length / 2)) : bytes;
  response.writeHead(status, { ...headers, 'content-length': sent.length });
  response.end(sent);
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
