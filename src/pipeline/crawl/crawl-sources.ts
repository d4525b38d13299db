// The sources of a crawl, put together from the configuration: the sandbox, or the real hosts.
import { createHash } from 'node:crypto';
import { REAL_HOSTS } from '../../config/sources.ts';
import type { Config } from '../../config.ts';
import { ExtractError } from '../../errors.ts';
import { createFamilies, type SourceMemory } from '../../sources/families.ts';
import { createGate } from '../../sources/gate.ts';
import { createHttp, createNetworkSend } from '../../sources/http.ts';
import { createKworbClient, type KworbClient } from '../../sources/kworb/client.ts';
import { fetchReccobeatsFeatures } from '../../sources/reccobeats/client.ts';
import { startSandbox } from '../../sources/sandbox/server.ts';
import type { TakeBodies } from '../../sources/spotify/answers.ts';
import { createSpotifyClient, type SpotifyClient } from '../../sources/spotify/client.ts';
import { createTokenSource, TOKEN_FAMILY } from '../../sources/spotify/token.ts';
import { type CallWindow, createWindow } from '../../sources/window.ts';
import { openRunWindow } from '../run-window.ts';
import type { StepContext } from '../step.ts';

export interface CrawlSources {
  readonly spotify: SpotifyClient;
  /** Source under which each kind of document lands: the sandbox's are all "sandbox". */
  readonly names: { readonly catalogue: string; readonly ranking: string; readonly features: string };
  readonly ranking: KworbClient['ranking'];
  /** Keeps what the pages of rankings were known by. */
  readonly rankingMemory: SourceMemory;
  /** Features from the provider that stands in when Spotify withholds them, and ids that it does not know. */
  otherFeatures(
    ids: readonly string[],
    take: TakeBodies,
    miss: (ids: readonly string[]) => Promise<void>,
  ): Promise<void>;
  /** Requests so far by family, without those for tokens. */
  requests(): Readonly<Record<string, number>>;
  /** Keeps what was found out about the key. */
  save(): Promise<void>;
  close(): Promise<void>;
}

interface Hosts {
  readonly apiUrl: string;
  readonly accountsUrl: string;
  readonly kworbUrl: string;
  readonly reccobeatsUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  close(): Promise<void>;
}

const SANDBOX_NAMES = { catalogue: 'sandbox', ranking: 'sandbox', features: 'sandbox' };
const REAL_NAMES = { catalogue: 'spotify', ranking: 'kworb', features: 'reccobeats' };
/** kworb asks to be left alone on 503, as on 403 and 429. */
const KWORB_PASSING = [500, 502, 504];
const KWORB_PAUSE_MS = 1_000;
const DAY_MS = 86_400_000;

/**
 * Opens the sources that the run names, or those of the configuration.
 *
 * @param spend pays for a request of a family; throws when there is no budget left
 * @param begunAt when the crawl began, unless with its run: a forced one finds out anew what it may do. Milliseconds since 1970
 * @throws ExtractError when the run asks for Spotify and there is no key
 */
export async function openCrawlSources(
  context: StepContext,
  spend: (family: string) => Promise<void>,
  begunAt: number = context.run.createdAt,
): Promise<CrawlSources> {
  const { config, clock, random, signal } = context;
  const isSandbox = chooseSandbox(context);
  const hosts = isSandbox ? await startSandbox({ clock }) : realHosts(config);
  const names = isSandbox ? SANDBOX_NAMES : REAL_NAMES;
  const network = createNetworkSend({
    clock,
    timeoutMs: config.httpTimeoutMs,
    maxBytes: config.httpMaxBytes,
    connections: config.crawlConcurrency,
  });
  const httpFor = (source: string, passing?: readonly number[]) =>
    createHttp({
      source,
      clock,
      random,
      retries: config.httpRetries,
      maxWaitSeconds: config.crawlMaxWaitSeconds,
      sendOnce: network.send,
      ...(passing ? { passing } : {}),
    });
  const { parameters } = context.run;
  // A forced run finds out anew, and keeps what it found while it waits for its next try.
  const refusedSince = () =>
    parameters.force === true ? begunAt : clock.now() - config.crawlProbeDays * DAY_MS;
  const gateFor = (source: string, key: string, how: { window?: CallWindow; isShy?: boolean } = {}) => {
    const families = createFamilies({
      ...{ source, memory: memoryOf(context, source), clock, key, refusedSince },
      onOddClock: (message) => context.event('WARN', 'crawl.clock', message),
    });
    const limits = {
      http: httpFor(source, how.isShy ? KWORB_PASSING : undefined),
      families,
      clock,
      maxWaitSeconds: config.crawlMaxWaitSeconds,
    };
    const window = how.window ?? createWindow(null, clock);
    const gate = createGate({ ...limits, window, stopsAtOnce: how.isShy ?? false, spend });
    // Tokens come from another host: they take no place in the window, and nothing of the budget.
    const tokenGate = createGate({ ...limits, window: createWindow(null, clock), spend: () => {} });
    return { families, gate, tokenGate };
  };
  const own = gateFor(
    names.catalogue,
    fingerprint(hosts),
    isSandbox ? {} : { window: openRunWindow(context) },
  );
  const other = gateFor(names.features, '');
  const lists = gateFor(names.ranking, '', { isShy: true });
  const kworb = createKworbClient({
    source: names.ranking,
    url: hosts.kworbUrl,
    gate: lists.gate,
    clock,
    pauseMs: isSandbox ? 0 : KWORB_PAUSE_MS,
    signal,
  });
  const spotify = createSpotifyClient({
    source: names.catalogue,
    apiUrl: hosts.apiUrl,
    gate: own.gate,
    tokens: createTokenSource({
      ...hosts,
      source: names.catalogue,
      gate: own.tokenGate,
      clock,
    }),
    families: own.families,
    market: (context.run.parameters.market as string | undefined) ?? null,
    concurrency: config.crawlConcurrency,
    signal,
    onFallback: (message) => context.event('WARN', 'source.fallback', message),
  });
  return {
    spotify,
    names,
    ranking: kworb.ranking,
    rankingMemory: memoryOf(context, names.ranking),
    otherFeatures: (ids, take, miss) =>
      fetchReccobeatsFeatures(
        { source: names.features, url: hosts.reccobeatsUrl, gate: other.gate, signal },
        ids,
        take,
        miss,
      ),
    requests: () => {
      const all = { ...lists.families.counts(), ...own.families.counts(), ...other.families.counts() };
      return Object.fromEntries(Object.entries(all).filter(([family]) => family !== TOKEN_FAMILY));
    },
    save: async () => {
      for (const { families } of [own, other, lists]) await families.save();
    },
    close: async () => {
      await network.close();
      await hosts.close();
    },
  };
}

/**
 * The source under which the artists of this run land.
 *
 * @throws ExtractError when the run asks for Spotify and there is no key
 */
export function nameCatalogue(context: StepContext): string {
  return chooseSandbox(context) ? SANDBOX_NAMES.catalogue : REAL_NAMES.catalogue;
}

function chooseSandbox({ config, run }: StepContext): boolean {
  const { source } = run.parameters;
  if (source !== 'spotify') return source === 'sandbox' || config.isSandbox;
  if (!config.isSandbox) return false;
  throw new ExtractError(
    'The run asks for "spotify", but no key is set. Set SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET, or crawl the sandbox.',
    { source: 'spotify' },
  );
}

function memoryOf({ runs }: StepContext, source: string): SourceMemory {
  return {
    get: (key: string) => runs.getSourceState(source, key),
    set: (key: string, value: unknown) => runs.setSourceState(source, key, value),
  };
}

/** What a key may do is kept under this: enough to tell keys and hosts apart, and nothing to log in with. */
function fingerprint({ apiUrl, clientId }: Hosts): string {
  // The sandbox in this process has another port every time and is the same key all the same.
  const host = new URL(apiUrl).hostname;
  return createHash('sha256').update(`${host} ${clientId}`).digest('hex').slice(0, 12);
}

function realHosts(config: Config): Hosts {
  return {
    apiUrl: config.spotifyApiUrl ?? REAL_HOSTS.spotifyApi,
    accountsUrl: config.spotifyAccountsUrl ?? REAL_HOSTS.spotifyAccounts,
    kworbUrl: config.kworbUrl ?? REAL_HOSTS.kworb,
    reccobeatsUrl: config.reccobeatsUrl ?? REAL_HOSTS.reccobeats,
    clientId: config.spotifyClientId ?? '',
    clientSecret: config.spotifyClientSecret ?? '',
    close: async () => {},
  };
}
