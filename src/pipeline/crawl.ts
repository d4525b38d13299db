// Step crawl: artists, their albums, the tracks on them and their audio features, in batches that are sealed when they are complete.
// What a batch holds already is not fetched again, so that a crawl can be killed anywhere and go on.
import { GroovelakeError, SourceDeferredError } from '../errors.ts';
import { mapConcurrently } from '../sources/map-concurrently.ts';
import { type Body, idsOf } from '../sources/spotify/client.ts';
import type { DocumentKind, LandedDocument } from '../store/landing/landing-store.ts';
import { type CrawlParameters, planArtists } from './crawl-plan.ts';
import { type CrawlSources, openCrawlSources } from './crawl-sources.ts';
import type { Step, StepContext, StepResult } from './step.ts';

const DEFAULT_GROUPS = ['album', 'single', 'compilation'];
/** Documents of one call to the store. */
const GROUP = 500;

/** Thrown when the requests that the run was given are used up. */
class BudgetUsedUp extends GroovelakeError {
  constructor(maxRequests: number) {
    super('CANCELLED', `The ${maxRequests} requests of this run are used up.`);
  }
}

export const crawlStep: Step = {
  name: 'crawl',
  run: async (context) => {
    const parameters = context.run.parameters as CrawlParameters;
    let requests = 0;
    const sources = await openCrawlSources(context, () => {
      if (parameters.maxRequests !== undefined && requests >= parameters.maxRequests)
        throw new BudgetUsedUp(parameters.maxRequests);
      requests += 1;
    });
    try {
      return await crawl(context, sources, parameters, () => requests);
    } finally {
      await sources.save();
      await sources.close();
    }
  },
};

async function crawl(
  context: StepContext,
  sources: CrawlSources,
  parameters: CrawlParameters,
  requests: () => number,
): Promise<StepResult> {
  let done = 0;
  let landed = 0;
  let total = 0;
  try {
    const artists = await planArtists(context, sources, parameters);
    total = artists.length;
    if (total === 0)
      return { status: 'SKIPPED', rowsIn: 0, rowsOut: 0, requests: requests(), message: 'no artist is due' };
    const size = parameters.batchSize ?? context.config.crawlBatchSize;
    for (let at = 0; at < total; at += size) {
      const ids = artists.slice(at, at + size);
      const batch = new CrawlBatch(
        context,
        sources,
        `${context.run.id}-${String(at / size).padStart(4, '0')}`,
        parameters,
      );
      landed += await batch.crawl(ids, (what) =>
        context.progress(done, total, `${done} of ${total} artists, ${requests()} requests: ${what}`),
      );
      done += ids.length;
    }
    const message = `${done} artists, ${landed} documents, ${requests()} requests`;
    return { rowsIn: total, rowsOut: landed, requests: requests(), message };
  } catch (error) {
    const left = `${done} of ${total} artists are done`;
    if (error instanceof SourceDeferredError) {
      context.event('WARN', 'crawl.parked', `${error.message} ${left}; the rest goes on then`);
      return {
        status: 'PARTIAL',
        rowsIn: total,
        rowsOut: landed,
        requests: requests(),
        resumesAt: error.until,
        message: left,
      };
    }
    if (error instanceof BudgetUsedUp) {
      context.event('WARN', 'crawl.budget', `${error.message} ${left}; retry the run for the rest`);
      return { status: 'PARTIAL', rowsIn: total, rowsOut: landed, requests: requests(), message: left };
    }
    throw error;
  }
}

class CrawlBatch {
  readonly #context: StepContext;
  readonly #sources: CrawlSources;
  readonly #id: string;
  readonly #parameters: CrawlParameters;
  #landed = 0;

  constructor(context: StepContext, sources: CrawlSources, id: string, parameters: CrawlParameters) {
    this.#context = context;
    this.#sources = sources;
    this.#id = id;
    this.#parameters = parameters;
  }

  /** Fetches what is missing of these artists and seals the batch. @returns documents landed now */
  async crawl(artistIds: readonly string[], onProgress: (what: string) => void): Promise<number> {
    const { landing, clock, run } = this.#context;
    const { spotify, names } = this.#sources;
    const batch = await landing.openBatch({
      id: this.#id,
      source: names.catalogue,
      runId: run.id,
      openedAt: clock.now(),
      note: { artists: artistIds.length },
    });
    if (batch.sealedAt !== null) return 0;
    onProgress('artists');
    const missing = await this.#missing('artist', artistIds);
    const found = await spotify.artists(missing);
    await this.#land('artist', names.catalogue, found);
    if (found.length < missing.length) {
      const known = new Set(found.map(({ id }) => id));
      const lost = missing.filter((id) => !known.has(id));
      this.#context.event('WARN', 'crawl.missing', `${lost.length} artists are unknown to the source`, {
        ids: lost.slice(0, 20),
      });
    }
    onProgress('albums');
    const albumIds = await this.#albumIds(artistIds);
    await this.#land('album', names.catalogue, await spotify.albums(await this.#missing('album', albumIds)));
    onProgress('tracks');
    const trackIds = await this.#trackIds(albumIds);
    await this.#land('track', names.catalogue, await spotify.tracks(await this.#missing('track', trackIds)));
    onProgress('audio features');
    await this.#features(trackIds);
    await landing.sealBatch(this.#id, clock.now());
    this.#context.event(
      'INFO',
      'crawl.sealed',
      `batch ${this.#id}: ${artistIds.length} artists, ${albumIds.length} albums, ${trackIds.length} tracks`,
    );
    return this.#landed;
  }

  async #albumIds(artistIds: readonly string[]): Promise<string[]> {
    const groups = this.#parameters.includeGroups ?? DEFAULT_GROUPS;
    const { config, signal } = this.#context;
    const lists = await mapConcurrently(artistIds, config.crawlConcurrency, signal, (id) =>
      this.#sources.spotify.albumIdsOf(id, groups),
    );
    return [...new Set(lists.flat())];
  }

  /** From the albums' own pages, and beyond their fiftieth track. */
  async #trackIds(albumIds: readonly string[]): Promise<string[]> {
    const { landing, config, signal } = this.#context;
    const lists = await mapConcurrently(albumIds, config.crawlConcurrency, signal, async (id) => {
      const document = await landing.findDocument({
        source: this.#sources.names.catalogue,
        kind: 'album',
        id,
        batchId: this.#id,
      });
      const tracks =
        document && (JSON.parse(document.body) as { tracks?: { items?: unknown[]; total?: number } }).tracks;
      const first = idsOf(tracks?.items ?? []);
      const hasMore = (tracks?.total ?? 0) > (tracks?.items?.length ?? 0);
      return hasMore ? [...first, ...(await this.#sources.spotify.furtherTrackIds(id))] : first;
    });
    return [...new Set(lists.flat())];
  }

  async #features(trackIds: readonly string[]): Promise<void> {
    const { spotify, names } = this.#sources;
    const own = await spotify.audioFeatures(await this.#missing('audio_features', trackIds));
    if (own) return this.#land('audio_features', names.catalogue, own);
    const other = await this.#sources.otherFeatures(
      await this.#missing('audio_features', trackIds, names.features),
    );
    return this.#land('audio_features', names.features, other);
  }

  async #missing(
    kind: DocumentKind,
    ids: readonly string[],
    source = this.#sources.names.catalogue,
  ): Promise<string[]> {
    const known = await this.#context.landing.findLandedIds(this.#id, source, kind, ids);
    return ids.filter((id) => !known.has(id));
  }

  async #land(kind: DocumentKind, source: string, bodies: readonly Body[]): Promise<void> {
    const { landing, clock, signal } = this.#context;
    for (let at = 0; at < bodies.length; at += GROUP) {
      signal.throwIfAborted();
      const documents = bodies
        .slice(at, at + GROUP)
        .map(({ id, json }): LandedDocument => ({ source, kind, id, fetchedAt: clock.now(), body: json }));
      const { landed } = await landing.land(this.#id, documents);
      this.#landed += landed;
    }
  }
}
