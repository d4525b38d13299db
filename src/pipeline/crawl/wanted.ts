// Step wanted: fetches the tracks that were played and that the catalogue does not have, with their albums, artists and features, so that
// what somebody plays can be looked at. Bounded per run; what is left is fetched by the next, and what could not be had by a retry.
import { type Account, listeningFolder, SANDBOX_ACCOUNT } from '../../store/listening/accounts.ts';
import { findDerivedPlays } from '../../store/listening/derive.ts';
import type { ListeningFile } from '../../store/listening/listening-file.ts';
import { openListening } from '../../store/listening/open.ts';
import { alternateAccounts, listWantedTracks } from '../../store/listening/wanted-tracks.ts';
import { toRunId } from '../../store/runs/run-record.ts';
import { localFiles } from '../../store/snapshots/files.ts';
import { countDocuments } from '../build/build-plan.ts';
import { listRunAccounts, workOnAccount } from '../listening/run-accounts.ts';
import type { Step, StepContext, StepResult } from '../step.ts';
import { createLander } from './crawl-landing.ts';
import { type CrawlSources, openCrawlSources } from './crawl-sources.ts';
import { type Asked, fetchParts } from './wanted-parts.ts';

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
  const found = await landing.listBatches({ runIds: [run.id] });
  // Opening one again ends a seal that an attempt died in.
  const ours = await Promise.all(
    found.map((batch) =>
      batch.sealedAt === null ? landing.openBatch({ ...batch, openedAt: clock.now() }) : batch,
    ),
  );
  const published = new Set((await snapshots.readCurrent({ verify: 'LENGTHS' }))?.manifest.batches);
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
  return alternateAccounts(wanted, config.historyMaxTracks);
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
  await landing.openBatch({
    id: batchId,
    source: sources.names.catalogue,
    runId: origin,
    openedAt: clock.now(),
    // An album comes without its other tracks, an artist without its albums: a crawl must not take them for fetched.
    note: { tracks: ids.length, isExcerpt: true, wantedBy: run.id },
  });
  const lander = createLander(context, batchId);
  const { asked, lacking, reason } = await fetchParts(sources, lander, ids);
  await lander.flush();
  if (reason) {
    const what = `Some tracks that were played are not had whole: ${reason.message}`;
    context.event('WARN', 'wanted.deferred', what);
  }
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
  if (isWhole) return counts;
  const { size } = asked.heldBack;
  const message =
    size > 0
      ? `${size} tracks wait for what a source puts off; the next run after that fetches them`
      : 'some could not be had: retry the run';
  return { ...counts, status: 'PARTIAL', message };
}

/**
 * Notes what was asked for, so that it takes no place from other tracks for some days, whether the source has nothing, or what it has does
 * not make it into the catalogue; for a day where it failed, and where a part was put off until then. In the folders of the accounts: that
 * a track was played is theirs, and goes with them.
 */
async function noteAsked(context: StepContext, wanted: Wanted, asked: Asked): Promise<void> {
  const { clock, config } = context;
  const life = config.historyMissDays * DAY_MS;
  const now = clock.now();
  const notes = [
    { ids: asked.answered, until: now + life },
    { ids: asked.unanswered, until: now + DAY_MS },
    { ids: [...asked.heldBack], until: asked.heldBackUntil },
  ];
  const accountIds = new Set(notes.flatMap(({ ids }) => ids).flatMap((id) => wanted.get(id) ?? []));
  for (const accountId of accountIds) {
    await workOnAccount(context, accountId, async (_context, _account, listening) => {
      for (const { ids, until } of notes) {
        const theirs = ids.filter((id) => wanted.get(id)?.includes(accountId));
        listening.noteAsked(theirs, { at: until - life, forgetBefore: now - life });
      }
    });
  }
}
