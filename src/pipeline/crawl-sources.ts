// The sources of a crawl, put together from the configuration: the sandbox, or the real hosts.
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { createFamilies, type Families } from '../sources/families.ts';
import { createHttp, createNetworkSend } from '../sources/http.ts';
import { type ArtistList, fetchArtistList } from '../sources/kworb/artist-list.ts';
import { fetchReccobeatsFeatures } from '../sources/reccobeats/client.ts';
import { startSandbox } from '../sources/sandbox/server.ts';
import { type Body, createSpotifyClient, type SpotifyClient } from '../sources/spotify/client.ts';
import { createTokenSource } from '../sources/spotify/token.ts';
import { createWindow } from '../sources/window.ts';
import type { StepContext } from './step.ts';

export interface CrawlSources {
  readonly spotify: SpotifyClient;
  /** Source under which each kind of document lands: the sandbox's are all "sandbox". */
  readonly names: { readonly catalogue: string; readonly ranking: string; readonly features: string };
  artistList(): Promise<ArtistList>;
  /** Features from the provider that stands in when Spotify withholds them. */
  otherFeatures(ids: readonly string[]): Promise<Body[]>;
  /** Requests so far by family. */
  requests(): Readonly<Record<string, number>>;
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

export async function openCrawlSources(context: StepContext, spend: () => void): Promise<CrawlSources> {
  const { config, clock, random, signal } = context;
  const hosts = config.isSandbox ? await startSandbox({ clock }) : realHosts(config);
  const names = config.isSandbox
    ? { catalogue: 'sandbox', ranking: 'sandbox', features: 'sandbox' }
    : { catalogue: 'spotify', ranking: 'kworb', features: 'reccobeats' };
  const network = createNetworkSend({
    timeoutMs: config.httpTimeoutMs,
    maxBytes: config.httpMaxBytes,
    connections: config.crawlConcurrency,
  });
  const httpFor = (source: string) =>
    createHttp({ source, clock, random, retries: config.httpRetries, sendOnce: network.send });
  const spotifyFamilies = familiesFor(context, names.catalogue, clock);
  const otherFamilies =
    names.features === names.catalogue ? spotifyFamilies : familiesFor(context, names.features, clock);
  const http = httpFor(names.catalogue);
  const spotify = createSpotifyClient({
    source: names.catalogue,
    http,
    apiUrl: hosts.apiUrl,
    tokens: createTokenSource({
      http,
      accountsUrl: hosts.accountsUrl,
      clientId: hosts.clientId,
      clientSecret: hosts.clientSecret,
      clock,
    }),
    families: spotifyFamilies,
    window: createWindow(config.isSandbox ? null : config.crawlWindowRequests, clock),
    clock,
    market: (context.run.parameters.market as string | undefined) ?? null,
    concurrency: config.crawlConcurrency,
    maxWaitSeconds: config.crawlMaxWaitSeconds,
    signal,
    spend,
    onFallback: (message) => context.event('WARN', 'source.fallback', message),
  });
  return {
    spotify,
    names,
    artistList: () => {
      spend();
      return fetchArtistList(httpFor(names.ranking), hosts.kworbUrl, signal);
    },
    otherFeatures: (ids) =>
      fetchReccobeatsFeatures(
        {
          source: names.features,
          http: httpFor(names.features),
          url: hosts.reccobeatsUrl,
          families: otherFamilies,
          clock,
          maxWaitSeconds: config.crawlMaxWaitSeconds,
          signal,
          spend,
        },
        ids,
      ),
    requests: () => ({ ...spotifyFamilies.counts(), ...otherFamilies.counts() }),
    save: async () => {
      await spotifyFamilies.save();
      await otherFamilies.save();
    },
    close: async () => {
      await network.close();
      await hosts.close();
    },
  };
}

function familiesFor({ runs }: StepContext, source: string, clock: Clock): Families {
  const memory = {
    get: (key: string) => runs.getSourceState(source, key),
    set: (key: string, value: unknown) => runs.setSourceState(source, key, value),
  };
  return createFamilies(source, memory, clock);
}

function realHosts(config: Config): Hosts {
  return {
    apiUrl: config.spotifyApiUrl ?? 'https://api.spotify.com/v1',
    accountsUrl: config.spotifyAccountsUrl ?? 'https://accounts.spotify.com',
    kworbUrl: config.kworbUrl ?? 'https://kworb.net',
    reccobeatsUrl: config.reccobeatsUrl ?? 'https://api.reccobeats.com/v1',
    clientId: config.spotifyClientId ?? '',
    clientSecret: config.spotifyClientSecret ?? '',
    close: async () => {},
  };
}
