// Names to artists: each search is landed with its candidates and scores, so that what was not decided can be looked up and decided.
import { ExtractError } from '../../errors.ts';
import { matchName, type NameMatch } from '../../sources/name-match.ts';
import { answerOrFailure, OUTAGE } from '../../sources/spotify/fetch-by-id.ts';
import type { StepContext } from '../step.ts';
import { type CrawlCheckpoint, nameOwnBatch } from './crawl-checkpoint.ts';
import type { CrawlSources } from './crawl-sources.ts';

/** Candidates that are kept. */
const KEPT = 10;
/** Candidates that an event names. */
const NAMED = 5;

export interface ResolvedNames {
  readonly ids: readonly string[];
  /** Names of several artists, or of none. */
  readonly unresolved: readonly string[];
  /** Names that the source did not take, or failed at, while it searched for others. */
  readonly unanswered: readonly string[];
}

export const NO_NAMES: ResolvedNames = { ids: [], unresolved: [], unanswered: [] };

/**
 * Ids of the artists that the names mean. A name of several artists, or of none, is landed and reported, never guessed; so is one whose
 * search is not answered while others are, which holds up no other.
 *
 * @throws ExtractError when the source is down: it has answered no search, fails at so many in a row, or at the last ones and then at one
 *   that it has answered. What it has answered is landed, and not searched for again
 */
export async function resolveNames(
  context: StepContext,
  sources: CrawlSources,
  checkpoint: CrawlCheckpoint,
  names: readonly string[],
): Promise<ResolvedNames> {
  if (names.length === 0) return NO_NAMES;
  const { landing, clock, run } = context;
  const source = sources.names.catalogue;
  const batch = await landing.openBatch({
    id: await nameOwnBatch(context, checkpoint, `${run.id}-names`),
    source,
    runId: run.id,
    openedAt: clock.now(),
    note: { names: names.length },
  });
  const land = (name: string, body: object) =>
    landing.land(batch.id, [
      { source, kind: 'name_match', id: name, fetchedAt: clock.now(), body: JSON.stringify(body) },
    ]);
  const ids: string[] = [];
  const unresolved: string[] = [];
  const unanswered: string[] = [];
  const sortOut = (name: string, { status, hit }: KeptMatch) => {
    if (hit) ids.push(hit.id);
    else (status === 'UNANSWERED' ? unanswered : unresolved).push(name);
  };
  /** Names that it failed at while it may have been down, landed once the list is through; how many in a row; and a name that it answers while it is up. */
  const failures = new Map<string, ExtractError>();
  let inARow = 0;
  let answered: string | null = null;
  const giveUp = async (name: string, { message }: ExtractError) => {
    await land(name, { name, status: 'UNANSWERED', artist_id: null, score: null, reason: message });
    const what = `The search for "${name}" was not answered; give its id instead, or crawl it again. ${message}`;
    context.event('WARN', 'crawl.unresolved', what, { name, status: 'UNANSWERED' });
    unanswered.push(name);
  };
  for (const name of new Set(names)) {
    // What an earlier try of this run has found is not searched for again.
    const kept = await landing.findDocument({ source, kind: 'name_match', id: name, batchId: batch.id });
    if (kept) {
      const match = toMatch(kept.body);
      if (match.status !== 'UNANSWERED') answered ??= name;
      sortOut(name, match);
      continue;
    }
    const match = await search(sources, name);
    if (isDown(match)) {
      failures.set(name, match);
      if (++inARow >= OUTAGE) throw match;
      continue;
    }
    answered = name;
    inARow = 0;
    if (match instanceof ExtractError) {
      await giveUp(name, match);
      continue;
    }
    await land(name, toBody(name, match));
    report(context, name, match);
    sortOut(name, match);
  }
  const last = [...failures.values()].at(-1);
  if (last && inARow > 0) {
    // Nothing after it says whether the source failed at these names or is down: a name that it has answered does.
    const probe = answered === null ? last : await search(sources, answered);
    if (isDown(probe)) throw probe;
  }
  for (const [name, failure] of failures) await giveUp(name, failure);
  if (batch.sealedAt === null) await landing.sealBatch(batch.id, clock.now());
  return { ids, unresolved, unanswered };
}

interface KeptMatch {
  readonly status: NameMatch['status'] | 'UNANSWERED';
  readonly hit: { readonly id: string } | null;
}

async function search({ spotify }: CrawlSources, name: string): Promise<NameMatch | ExtractError> {
  const hits = await answerOrFailure(spotify.searchArtists(name));
  return hits instanceof ExtractError ? hits : matchName(name, hits);
}

/** A source that does not take a name is up, and says so of that name only; one that refuses searches as such says it of all. */
function isDown(match: NameMatch | ExtractError): match is ExtractError {
  if (!(match instanceof ExtractError)) return false;
  const { status = 0 } = match;
  return status < 400 || status >= 500 || status === 403;
}

function toBody(name: string, { status, hit, candidates }: NameMatch): object {
  return {
    name,
    status,
    artist_id: hit?.id ?? null,
    score: hit?.score ?? null,
    candidates: candidates
      .slice(0, KEPT)
      .map((each) => ({ artist_id: each.id, name: each.name, score: each.score })),
  };
}

function toMatch(body: string): KeptMatch {
  const kept = JSON.parse(body) as { status: KeptMatch['status']; artist_id: string | null };
  return { status: kept.status, hit: kept.artist_id === null ? null : { id: kept.artist_id } };
}

function report(context: StepContext, name: string, { status, hit, candidates }: NameMatch): void {
  if (hit) {
    if (hit.score < 1)
      context.event(
        'INFO',
        'crawl.resolved',
        `"${name}" is taken for "${hit.name}" (${hit.id}), score ${hit.score}`,
      );
    return;
  }
  const found = candidates.slice(0, NAMED).map((each) => `${each.name} (${each.id}, ${each.score})`);
  const near = candidates.filter(({ score }) => score === candidates[0]?.score).length;
  const why = status === 'AMBIGUOUS' ? `is the name of ${near} artists` : 'is the name of no artist';
  const list = found.length > 0 ? `. Found: ${found.join(', ')}` : '';
  context.event('WARN', 'crawl.unresolved', `"${name}" ${why}; give its id instead${list}`, {
    name,
    status,
    found,
  });
}
