// Step wanted: fetches the tracks that were played and that the catalogue does not have, with their albums, artists and features, so that
// what somebody plays can be looked at. Bounded per run; what is left is fetched by the next.
import { ExtractError, SourceDeferredError } from '../errors.ts';
import type { Body, TakeBodies } from '../sources/spotify/answers.ts';
import type { DocumentKind } from '../store/landing/landing-store.ts';
import { type Account, listeningFolder, SANDBOX_ACCOUNT } from '../store/listening/accounts.ts';
import { findDerivedPlays } from '../store/listening/derive.ts';
import type { ListeningFile } from '../store/listening/listening-file.ts';
import { openListening } from '../store/listening/open.ts';
import { listWantedTracks } from '../store/listening/wanted-tracks.ts';
import { localFiles } from '../store/snapshots/files.ts';
import { countDocuments } from './build-plan.ts';
import { createLander, type Lander } from './crawl-landing.ts';
import { type CrawlSources, openCrawlSources } from './crawl-sources.ts';
import { listRunAccounts, workOnAccount } from './run-accounts.ts';
import type { Step, StepContext, StepResult } from './step.ts';

/** Tracks with the accounts that played them. */
type Wanted = ReadonlyMap<string, readonly string[]>;

/** A track that the source did not know is asked for again after so long. */
const MISS_LIFE_MS = 7 * 86_400_000;

export const wantedStep: Step = {
  name: 'wanted',
  run: async (context) => {
    const { batchId, landed } = await nameBatch(context);
    if (landed !== null) return { rowsOut: landed, message: 'an earlier attempt fetched them' };
    const wanted = await listWanted(context);
    if (wanted.size === 0)
      return {
        status: 'SKIPPED',
        endsRun: true,
        rowsIn: 0,
        rowsOut: 0,
        message: 'the catalogue has every track that was played',
      };
    const sources = await openCrawlSources(context, async () => {});
    try {
      return await fetchWanted(context, sources, { batchId, wanted });
    } finally {
      await sources.save();
      await sources.close();
    }
  },
};

/**
 * The batch that this attempt lands in, or how many documents an earlier attempt has landed and sealed that no snapshot holds yet. A
 * sealed batch takes nothing more, so that a run that is retried after it was published goes on in another.
 */
async function nameBatch({
  run,
  landing,
  snapshots,
}: StepContext): Promise<{ batchId: string; landed: number | null }> {
  const batchId = `wanted-${run.id}`;
  const sealed = await landing.listBatches({ sealed: true });
  const earlier = sealed.filter(({ id }) => id === batchId || id.startsWith(`${batchId}-`));
  const published = new Set((await snapshots.readCurrent({ quick: true }))?.manifest.batches);
  const waiting = earlier.filter(({ id }) => !published.has(id));
  if (waiting.length > 0) return { batchId, landed: countDocuments(waiting) };
  return { batchId: earlier.length === 0 ? batchId : `${batchId}-${earlier.length + 1}`, landed: null };
}

/**
 * The most played tracks that are missing, each with the accounts that played it. A real person's are not looked for in the sandbox, nor
 * the invented one's elsewhere.
 */
async function listWanted(context: StepContext): Promise<Wanted> {
  const { config } = context;
  const wanted = new Map<string, string[]>();
  for (const { id } of await listRunAccounts(context)) {
    if ((id === SANDBOX_ACCOUNT) !== config.isSandbox) continue;
    for (const track of (await workOnAccount(context, id, listWantedOf)) ?? [])
      wanted.set(track, [...(wanted.get(track) ?? []), id]);
  }
  return new Map([...wanted].slice(0, config.historyMaxTracks));
}

async function listWantedOf(
  context: StepContext,
  account: Account,
  listening: ListeningFile,
): Promise<string[]> {
  const { config, clock, signal, snapshots } = context;
  const folder = listeningFolder(config.dataDir, account.id);
  const derived = await findDerivedPlays(localFiles, folder);
  const current = await snapshots.readCurrent();
  if (!derived || !current) return [];
  const { dataDir } = config;
  const misses = listening.listMisses(clock.now() - MISS_LIFE_MS);
  const open = await openListening({ folder, derived, manifest: current.manifest, dataDir, config, clock });
  try {
    const most = config.historyMaxTracks + misses.size;
    const ids = await listWantedTracks(open.forRequest(signal), most);
    return ids.filter((id) => !misses.has(id));
  } finally {
    await open.close();
  }
}

async function fetchWanted(
  context: StepContext,
  sources: CrawlSources,
  { batchId, wanted }: { batchId: string; wanted: Wanted },
): Promise<StepResult> {
  const ids = [...wanted.keys()];
  const { landing, run, clock } = context;
  const { catalogue: source, features } = sources.names;
  await landing.openBatch({
    id: batchId,
    source,
    runId: run.id,
    openedAt: clock.now(),
    // An album comes without its other tracks, an artist without its albums: a crawl must not take them for fetched.
    note: { tracks: ids.length, isExcerpt: true },
  });
  const lander = createLander(context, batchId);
  const found = { album: new Set<string>(), artist: new Set<string>() };
  let deferred: SourceDeferredError | null = null;
  try {
    const report = await sources.spotify.tracks(
      ids,
      takeInto(lander, source, 'track', (body) => note(body, found)),
    );
    await noteMisses(context, wanted, report.unknown);
    await sources.spotify.albums([...found.album], takeInto(lander, source, 'album'));
    await sources.spotify.artists([...found.artist], takeInto(lander, source, 'artist'));
    const isGiven = await sources.spotify.audioFeatures(
      ids,
      takeInto(lander, source, 'audio_features'),
      (missing) => lander.miss(source, 'audio_features', missing),
    );
    if (!isGiven)
      await sources.otherFeatures(ids, takeInto(lander, features, 'audio_features'), (missing) =>
        lander.miss(features, 'audio_features', missing),
      );
  } catch (error) {
    // An addition: what came is kept, and the rest is wanted again by the next run.
    if (!(error instanceof SourceDeferredError || error instanceof ExtractError)) throw error;
    deferred = error as SourceDeferredError;
    context.event(
      'WARN',
      'wanted.deferred',
      `Some tracks that were played are fetched later: ${error.message}`,
    );
  }
  await lander.flush();
  await landing.sealBatch(batchId, clock.now());
  const requests = Object.values(sources.requests()).reduce((sum, count) => sum + count, 0);
  const counts = { rowsIn: ids.length, rowsOut: lander.count(), requests };
  return deferred ? { ...counts, status: 'PARTIAL', message: 'some are fetched later' } : counts;
}

function takeInto(
  lander: Lander,
  source: string,
  kind: DocumentKind,
  look: (body: Body) => void = () => {},
): TakeBodies {
  return async (bodies) => {
    for (const body of bodies) look(body);
    await lander.take(source, kind, bodies);
  };
}

function note({ json }: Body, found: { album: Set<string>; artist: Set<string> }): void {
  const track = JSON.parse(json) as { album?: { id?: string }; artists?: { id?: string }[] };
  if (track.album?.id) found.album.add(track.album.id);
  for (const { id } of track.artists ?? []) if (id) found.artist.add(id);
}

/** In the folders of the accounts: that a track was played is theirs, and goes with them. */
async function noteMisses(context: StepContext, wanted: Wanted, unknown: readonly string[]): Promise<void> {
  for (const accountId of new Set(unknown.flatMap((id) => wanted.get(id) ?? []))) {
    const theirs = unknown.filter((id) => wanted.get(id)?.includes(accountId));
    await workOnAccount(context, accountId, async ({ clock }, _account, listening) =>
      listening.noteMisses(theirs, { at: clock.now(), forgetBefore: clock.now() - MISS_LIFE_MS }),
    );
  }
}
