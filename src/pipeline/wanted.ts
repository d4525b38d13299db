// Step wanted: fetches the tracks that were played and that the catalogue does not have, with their albums, artists and features, so that
// what somebody plays can be looked at. Bounded per run; what is left is fetched by the next, and what could not be had by a retry.
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
    const owed = await listOwed(context);
    const { batchId, landed } = await nameBatch(context);
    if (landed !== null && owed.length === 0)
      return { rowsOut: landed, message: 'an earlier attempt fetched them' };
    const nobody: readonly string[] = [];
    const all = [...owed.map((id) => [id, nobody] as const), ...(await listWanted(context))];
    const wanted: Wanted = new Map(all.slice(0, context.config.historyMaxTracks));
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

/** Tracks that an earlier attempt could not have whole: the catalogue may have them by now, without album or features. */
async function listOwed({ runs, run }: StepContext): Promise<readonly string[]> {
  const kept = (await runs.findRun(run.id))?.checkpoint?.wanted;
  return Array.isArray(kept) ? kept : [];
}

/**
 * The batch that this attempt would land in, and how many documents an earlier attempt has landed and sealed that no snapshot holds yet:
 * null when there are none. A sealed batch takes nothing more, so that a run that is retried goes on in another.
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
  return {
    batchId: earlier.length === 0 ? batchId : `${batchId}-${earlier.length + 1}`,
    landed: waiting.length > 0 ? countDocuments(waiting) : null,
  };
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
  const open = openListening({ folder, derived, manifest: current.manifest, dataDir, config, clock });
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
  let isWhole = true;
  try {
    const { tracks, albums, artists } = sources.spotify;
    const report = await tracks(
      ids,
      takeInto(lander, source, 'track', (body) => note(body, found)),
    );
    await noteMisses(context, wanted, report.unknown);
    const ofAlbums = await albums([...found.album], takeInto(lander, source, 'album'));
    const ofArtists = await artists([...found.artist], takeInto(lander, source, 'artist'));
    isWhole = [report, ofAlbums, ofArtists].every(({ unanswered }) => unanswered.length === 0);
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
    // An addition: what came is kept, and a retry fetches the rest.
    if (!(error instanceof SourceDeferredError || error instanceof ExtractError)) throw error;
    isWhole = false;
    context.event(
      'WARN',
      'wanted.deferred',
      `Some tracks that were played are not had whole: ${error.message}`,
    );
  }
  await lander.flush();
  // Before the seal: nobody looks into a sealed batch again for what it lacks.
  await context.runs.setCheckpoint(context.claim, isWhole ? null : { wanted: ids });
  await landing.sealBatch(batchId, clock.now());
  const requests = Object.values(sources.requests()).reduce((sum, count) => sum + count, 0);
  const counts = { rowsIn: ids.length, rowsOut: lander.count(), requests };
  return isWhole ? counts : { ...counts, status: 'PARTIAL', message: 'some could not be had: retry the run' };
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
