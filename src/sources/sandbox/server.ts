// The sandbox as a server on the loopback: one port, four hosts as path prefixes, and a fifth to steer it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, type Randomness, seededRandomness } from '../../clock.ts';
import { createAccounts, type SandboxClient } from './accounts.ts';
import { createBodies } from './bodies.ts';
import { type Catalogue, type CatalogueOptions, createCatalogue } from './catalogue.ts';
import { answerControl } from './control.ts';
import { createFaultPlan, type Fault, type FaultPlan, type LoggedRequest } from './faults.ts';
import { createKworb } from './kworb.ts';
import { createListener } from './listener.ts';
import { createMeRoutes } from './me-routes.ts';
import { createPager } from './paging.ts';
import { createReccobeats } from './reccobeats.ts';
import { createRouter } from './router.ts';
import { createSearch } from './search.ts';
import { send } from './send.ts';
import { DEFAULT_SETTINGS, type Profile, type SandboxSettings } from './settings.ts';
import { createSpotifyRoutes } from './spotify-routes.ts';
import { createThrottle } from './throttle.ts';
import { createTokenBook } from './tokens.ts';

export interface SandboxOptions extends CatalogueOptions {
  readonly clock: Clock;
  /** One that was made before; else one is made of seed and size. */
  readonly catalogue?: Catalogue;
  readonly profile?: Profile;
  /** Settings to begin with that differ from the usual ones. */
  readonly settings?: Partial<SandboxSettings>;
  /** 0, a free one, unless stated. */
  readonly port?: number;
  readonly faults?: readonly Fault[];
  /** Most API calls of a client in any 30 s; none unless stated. */
  readonly windowRequests?: number | null;
  /** Most calls of a family before its quota is used up for a day; none unless stated. */
  readonly quotas?: Readonly<Record<string, number>>;
  readonly random?: Randomness;
  /** Called when a request is over. */
  readonly onRequest?: (entry: LoggedRequest) => void;
}

export interface Sandbox {
  readonly apiUrl: string;
  readonly accountsUrl: string;
  readonly kworbUrl: string;
  readonly reccobeatsUrl: string;
  /** Where it is steered from. */
  readonly controlUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clients: readonly SandboxClient[];
  readonly catalogue: Catalogue;
  /** Faults to add, and the log of requests. */
  readonly requests: FaultPlan;
  readonly settings: Readonly<SandboxSettings>;
  set(settings: Partial<SandboxSettings>): void;
  setProfile(profile: Profile): void;
  close(): Promise<void>;
}

const REDIRECT_URIS = [
  'http://127.0.0.1/callback',
  'http://127.0.0.1/auth/spotify/callback',
  'http://[::1]/callback',
  'https://app.sandbox.invalid/callback',
];
/** Two clients of one developer, who share their quotas, and one of another. */
const CLIENTS: readonly SandboxClient[] = [
  {
    id: 'sandbox-client',
    secret: 'sandbox-secret-of-no-value',
    developer: 'one',
    redirectUris: REDIRECT_URIS,
  },
  {
    id: 'sandbox-client-2',
    secret: 'second-secret-of-no-value',
    developer: 'one',
    redirectUris: REDIRECT_URIS,
  },
  { id: 'other-client', secret: 'other-secret-of-no-value', developer: 'two', redirectUris: REDIRECT_URIS },
];

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { clock } = options;
  const catalogue = options.catalogue ?? createCatalogue(options);
  const random = options.random ?? seededRandomness(options.seed ?? 7);
  const requests = createFaultPlan(clock, options.faults, options.onRequest);
  const settings: SandboxSettings = {
    ...DEFAULT_SETTINGS,
    ...options.settings,
    ...(options.profile ? { profile: options.profile } : {}),
  };
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
  const apiUrl = `${base}/v1`;
  const bodies = createBodies(apiUrl, settings);
  const pager = createPager(bodies);
  const tokens = createTokenBook(clock, () => random.hex(32));
  const listener = createListener(catalogue);
  const route = createRouter({
    accounts: createAccounts({ base: `${base}/accounts`, clients: CLIENTS, tokens, settings }),
    spotify: createSpotifyRoutes({
      catalogue,
      bodies,
      pager,
      settings,
      search: createSearch(catalogue, bodies, pager, settings),
      me: createMeRoutes({ base: apiUrl, bodies, pager, listener, settings, now: clock.now }),
    }),
    kworb: createKworb(catalogue, settings),
    reccobeats: createReccobeats(catalogue, settings),
    throttle: createThrottle({
      clock,
      settings,
      windowRequests: options.windowRequests ?? null,
      quotas: options.quotas ?? {},
    }),
    clients: CLIENTS,
    tokens,
    settings,
  });
  answer = async (request, response) => {
    const url = new URL(request.url ?? '/', base);
    const body = request.method === 'GET' ? '' : await readText(request);
    if (url.pathname.startsWith('/sandbox/')) {
      const reply = answerControl(request.method ?? 'GET', url.pathname.slice('/sandbox'.length), body, {
        settings,
        requests,
      });
      return send(request, response, reply ?? { status: 404, body: '', headers: {} }, null, clock);
    }
    const found = route(request, url, body);
    const { entry, answer: fault, end } = requests.note(found.family, `${url.pathname}${url.search}`);
    response.once('close', end);
    if (fault?.kind === 'set') Object.assign(settings, fault.settings);
    const { reply, client } = found.answer(fault?.kind === 'lie' ? fault.lie : null);
    entry.status = fault?.kind === 'status' ? fault.status : reply.status;
    entry.client = client;
    await send(request, response, reply, fault, clock);
  };
  const [first] = CLIENTS;
  return {
    apiUrl,
    accountsUrl: `${base}/accounts`,
    kworbUrl: `${base}/kworb`,
    reccobeatsUrl: `${base}/reccobeats/v1`,
    controlUrl: `${base}/sandbox`,
    clientId: first?.id ?? '',
    clientSecret: first?.secret ?? '',
    clients: CLIENTS,
    catalogue,
    requests,
    settings,
    set: (changes) => {
      Object.assign(settings, changes);
    },
    setProfile: (profile) => {
      settings.profile = profile;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
