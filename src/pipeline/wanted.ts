// Step wanted: fetches the tracks that were played and that the catalogue does not have, with their albums, artists and features, so that
// what somebody plays can be looked at. Bounded per run; what is left is fetched by the next, and what could not be had by a retry.
import { ExtractError, SourceDeferredError } from '../errors.ts';
import type { Body, TakeBodies } from '../sources/spotify/answers.ts';
import type { DocumentKind } from '../store/landing/landing-store.ts';
import { type Account, listeningFolder, SANDBOX_ACCOUNT } from '../store/listening/accounts.ts';
import { findDerivedPlays } from '../store/listening/derive.ts';
import type { ListeningFile } from '../store/listening/listening-file.ts';
import { openListening } from '../store/listening/open.ts';
import { listWantedTracks, takeTurns } from '../store/listening/wanted-tracks.ts';
import { toRunId } from '../store/runs/run-record.ts';
import { localFiles } from '../store/snapshots/files.ts';
import { countDocuments } from './build-plan.ts';
import { createLander, type Lander } from './crawl-landing.ts';
import { type CrawlSources, openCrawlSources } from './crawl-sources.ts';
import { listRunAccounts, workOnAccount } from './run-accounts.ts';
import type { Step, StepContext, StepResult } from './step.ts';

/** Tracks with the accounts that played them. */
type Wanted = ReadonlyMap<string, readonly string[]>;

const DAY_MS = 86_400_000;

export const wantedStep: Step = {
  name: 'wanted',
  run: async (context) => {
    const owed = await listOwed(context);
    const { landed, ...batch } = await nameBatch(context);
    if (landed !== null && owed.length === 0)
      return { rowsOut: landed, message: 'an earlier attempt fetched them' };
    // A retry fetches what is owed and nothing else; the next run looks for what was played since.
    const wanted: Wanted = owed.length > 0 ? new Map(owed.map((id) => [id, []])) : await listWanted(context);
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
      return await fetchWanted(context, sources, { ...batch, wanted });
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

interface WantedBatch {
  readonly batchId: string;
  /** What the documents say that they came with: a name like that of a crawl. The catalogue does not tell what was fetched for a listener. */
  readonly origin: string;
  /** Documents that an earlier attempt has landed and sealed and that no snapshot holds yet; null when there are none. */
  readonly landed: number | null;
}

/** The batch that this attempt would land in. A sealed batch takes nothing more, so that a run that is retried goes on in another. */
async function nameBatch({ run, landing, snapshots, clock, random }: StepContext): Promise<WantedBatch> {
  const ours = (await landing.listBatches()).filter(({ note }) => note.wantedBy === run.id);
  const published = new Set((await snapshots.readCurrent({ quick: true }))?.manifest.batches);
  const waiting = ours.filter(({ id, sealedAt }) => sealedAt !== null && !published.has(id));
  const open = ours.find(({ sealedAt }) => sealedAt === null);
  const origin = open?.runId ?? toRunId(clock.now(), random);
  return {
    batchId: open?.id ?? `${origin}-1`,
    origin,
    landed: waiting.length > 0 ? countDocuments(waiting) : null,
  };
}

/**
 * The most played tracks that are missing, each with the accounts that played it. A real person's are not looked for in the sandbox, nor
 * the invented one's elsewhere.
 */
async function listWanted(context: StepContext): Promise<Wanted> {
  const { config } = context;
  const wanted = new Map<string, readonly string[]>();
  for (const { id } of await listRunAccounts(context)) {
    if ((id === SANDBOX_ACCOUNT) !== config.isSandbox) continue;
    wanted.set(id, (await workOnAccount(context, id, listWantedOf)) ?? []);
  }
  return takeTurns(wanted, config.historyMaxTracks);
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
  const open = openListening({ folder, derived, manifest: current.manifest, dataDir, config, clock });
  try {
    return await listWantedTracks(open.forRequest(signal), {
      first: config.historyMaxTracks,
      without: listening.listAsked(clock.now() - config.historyMissDays * DAY_MS),
    });
  } finally {
    await open.close();
  }
}

async function fetchWanted(
  context: StepContext,
  sources: CrawlSources,
  { batchId, origin, wanted }: Omit<WantedBatch, 'landed'> & { wanted: Wanted },
): Promise<StepResult> {
  const ids = [...wanted.keys()];
  const { landing, run, clock } = context;
  const { catalogue: source, features } = sources.names;
  await landing.openBatch({
    id: batchId,
    source,
    runId: origin,
    openedAt: clock.now(),
    // An album comes without its other tracks, an artist without its albums: a crawl must not take them for fetched.
    note: { tracks: ids.length, isExcerpt: true, wantedBy: run.id },
  });
  const lander = createLander(context, batchId);
  const found: Found = { album: new Set(), artist: new Set(), byTrack: new Map() };
  const asked: Asked = { answered: [], unanswered: [] };
  let lacking: readonly string[];
  try {
    const { tracks, albums, artists } = sources.spotify;
    const report = await tracks(
      ids,
      takeInto(lander, source, 'track', (body) => {
        asked.answered.push(body.id);
        note(body, found);
      }),
      ({ unknown = [], unanswered = [] }) => {
        asked.answered.push(...unknown);
        asked.unanswered.push(...unanswered);
      },
    );
    const ofAlbums = await albums([...found.album], takeInto(lander, source, 'album'));
    const ofArtists = await artists([...found.artist], takeInto(lander, source, 'artist'));
    const unanswered = new Set([report, ofAlbums, ofArtists].flatMap((part) => part.unanswered));
    lacking = ids.filter((id) => [id, ...(found.byTrack.get(id) ?? [])].some((part) => unanswered.has(part)));
    const { isGiven, failure } = await sources.spotify.audioFeatures(
      ids,
      takeInto(lander, source, 'audio_features'),
      (missing) => lander.miss(source, 'audio_features', missing),
    );
    if (isGiven && failure) throw failure;
    if (!isGiven)
      await sources.otherFeatures(ids, takeInto(lander, features, 'audio_features'), (missing) =>
        lander.miss(features, 'audio_features', missing),
      );
  } catch (error) {
    // An addition: what came is kept, and a retry fetches the rest.
    if (!(error instanceof SourceDeferredError || error instanceof ExtractError)) throw error;
    lacking = ids;
    context.event(
      'WARN',
      'wanted.deferred',
      `Some tracks that were played are not had whole: ${error.message}`,
    );
  }
  await lander.flush();
  const isWhole = lacking.length === 0;
  // What is lacking is noted before the seal, since nobody looks into a sealed batch again for it; what was owed is crossed out after the
  // seal of the batch that brings it.
  if (!isWhole) await context.runs.setCheckpoint(context.claim, { wanted: lacking });
  await landing.sealBatch(batchId, clock.now());
  if (isWhole) await context.runs.setCheckpoint(context.claim, null);
  // After the seal: what an attempt that dies has in an open batch is asked for again.
  await noteAsked(context, wanted, asked);
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

/** What the tracks name: their albums and artists, and of each track all of these. */
interface Found {
  readonly album: Set<string>;
  readonly artist: Set<string>;
  readonly byTrack: Map<string, readonly string[]>;
}

function note({ id, json }: Body, found: Found): void {
  const track = JSON.parse(json) as { album?: { id?: string }; artists?: { id?: string }[] };
  const albums = track.album?.id ? [track.album.id] : [];
  const artists = (track.artists ?? []).flatMap((artist) => artist.id ?? []);
  for (const album of albums) found.album.add(album);
  for (const artist of artists) found.artist.add(artist);
  found.byTrack.set(id, [...albums, ...artists]);
}

/** Of a run's tracks: those that the source answered, with a body or with nothing, and those that it failed at in every try. */
interface Asked {
  readonly answered: string[];
  readonly unanswered: string[];
}

/**
 * Notes what was asked for, so that it takes no place from other tracks for some days, whether the source has nothing, or what it has does
 * not make it into the catalogue; for a day where it failed. In the folders of the accounts: that a track was played is theirs, and goes with them.
 */
async function noteAsked(context: StepContext, wanted: Wanted, asked: Asked): Promise<void> {
  const { clock, config } = context;
  const life = config.historyMissDays * DAY_MS;
  const now = clock.now();
  const ids = [...asked.answered, ...asked.unanswered];
  for (const accountId of new Set(ids.flatMap((id) => wanted.get(id) ?? []))) {
    const theirs = (list: readonly string[]) => list.filter((id) => wanted.get(id)?.includes(accountId));
    await workOnAccount(context, accountId, async (_context, _account, listening) => {
      listening.noteAsked(theirs(asked.answered), { at: now, forgetBefore: now - life });
      listening.noteAsked(theirs(asked.unanswered), { at: now - life + DAY_MS, forgetBefore: now - life });
    });
  }
}
