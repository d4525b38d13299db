// Step for-you: once a day chooses what each account might play next, from the tracks near those it played. The choice follows from the
// snapshot, the plays and the day alone.
import { toIso } from '../../clock.ts';
import { chooseForDay } from '../../recommend/daily-choice.ts';
import { MAX_INTERESTS, weighListened } from '../../recommend/listened.ts';
import { openSimilarity, type TrackSimilarity } from '../../recommend/similar-tracks.ts';
import { listeningFolder } from '../../store/listening/accounts.ts';
import { type DerivedPlays, findDerivedPlays } from '../../store/listening/derive.ts';
import { type ForYou, isForYouDue } from '../../store/listening/for-you.ts';
import { openListening } from '../../store/listening/open.ts';
import { findNoSeedsReason, listPlayed, listSeeds } from '../../store/listening/seeds.ts';
import { findArtifact } from '../../store/snapshots/artifact.ts';
import { localFiles } from '../../store/snapshots/files.ts';
import type { Manifest } from '../../store/snapshots/manifest.ts';
import type { Step, StepContext } from '../step.ts';
import { listRunAccounts, workOnAccount } from './run-accounts.ts';

const SEEDS = 200;
/** Near tracks that a day chooses from. */
const CANDIDATES = 200;
const MAX_PER_ARTIST = 2;

export const forYouStep: Step = {
  name: 'for-you',
  run: async (context) => {
    const manifest = (await context.snapshots.readCurrent({ verify: 'LENGTHS' }))?.manifest;
    if (!manifest) return { status: 'SKIPPED', message: 'nothing is published yet', rowsOut: 0 };
    const day = toIso(context.clock.now()).slice(0, 10);
    let rowsOut = 0;
    let chosen = 0;
    // Read when the first account needs it: on most runs of a day none does.
    let index: Promise<TrackSimilarity | null> | undefined;
    for (const { id } of await listRunAccounts(context)) {
      await workOnAccount(context, id, async (own, account, listening) => {
        if (!isForYouDue(listening.findForYou(day), manifest.id)) return;
        index ??= openIndex(context, manifest);
        const found = await choose(own, { accountId: account.id, day, manifest, similarity: await index });
        const choice: ForYou = { ...found, day, snapshotId: manifest.id, madeAt: context.clock.now() };
        listening.saveForYou(choice, context.config.forYouDays);
        rowsOut += choice.tracks.length;
        chosen += 1;
      });
    }
    return chosen > 0 ? { rowsOut } : { status: 'SKIPPED', message: 'chosen for today already', rowsOut };
  },
};

type Choice = Pick<ForYou, 'reason' | 'tracks'>;

interface From {
  readonly accountId: string;
  readonly day: string;
  readonly manifest: Manifest;
  readonly similarity: TrackSimilarity | null;
}

async function choose(context: StepContext, from: From): Promise<Choice> {
  const folder = listeningFolder(context.config.dataDir, from.accountId);
  const derived = await findDerivedPlays(localFiles, folder);
  if (!derived) return { reason: 'NOTHING_PLAYED', tracks: [] };
  if (!from.similarity) return { reason: 'INDEX_NOT_READY', tracks: [] };
  return chooseNear(context, { ...from, folder, derived, similarity: from.similarity });
}

async function chooseNear(
  { config, clock, signal }: StepContext,
  about: From & { folder: string; derived: DerivedPlays; similarity: TrackSimilarity },
): Promise<Choice> {
  const { day, folder, derived, manifest, similarity } = about;
  const open = openListening({ folder, derived, manifest, dataDir: config.dataDir, config, clock });
  try {
    const listening = open.forRequest(signal);
    const seeds = await listSeeds(listening, Date.parse(day), SEEDS);
    if (seeds.length === 0) return { reason: await findNoSeedsReason(listening), tracks: [] };
    const request = {
      to: seeds.map((track) => ({ trackId: track.id, weight: weighListened(track) })),
      without: await listPlayed(listening),
      maxPerArtist: MAX_PER_ARTIST,
      includeSeedArtists: true,
      first: CANDIDATES,
      interests: MAX_INTERESTS,
    };
    const [answer] = await similarity.findMany([request], signal);
    const chosen = chooseForDay(answer?.neighbors ?? [], { day, count: config.forYouTracks });
    return {
      reason: chosen.length < config.forYouTracks ? (answer?.reason ?? 'CATALOGUE_TOO_SMALL') : null,
      tracks: chosen.map(({ trackId, nearestSeedId, distance }) => ({
        trackId,
        seedId: nearestSeedId,
        distance,
      })),
    };
  } finally {
    await open.close();
  }
}

/** The snapshot's index; null where it has none, or none that can be read: then nothing is chosen, and the run goes on. */
async function openIndex({ config, log }: StepContext, manifest: Manifest): Promise<TrackSimilarity | null> {
  const artifact = findArtifact(manifest, config.dataDir, 'similarity');
  if (!artifact) return null;
  const options = {
    scanBelow: config.indexScanBelow,
    scanFilteredBelow: config.indexScanFilteredBelow,
    filtersKept: 1,
  };
  return openSimilarity(artifact.folder, artifact.builtFor, options, (message) => log.warn(message)).catch(
    (error: unknown) => {
      log.warn('The similarity index could not be opened; nothing is chosen for today', { error });
      return null;
    },
  );
}
