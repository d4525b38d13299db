// Names to artists: each search is landed with its candidates and scores, so that what was not decided can be looked up and decided.
import { matchName, type NameMatch } from '../sources/name-match.ts';
import type { CrawlSources } from './crawl-sources.ts';
import type { StepContext } from './step.ts';

/** Candidates that are kept. */
const KEPT = 10;
/** Candidates that an event names. */
const NAMED = 5;

export interface ResolvedNames {
  readonly ids: readonly string[];
  /** Names of several artists, or of none. */
  readonly unresolved: readonly string[];
}

/** Ids of the artists that the names mean. A name of several artists, or of none, is landed and reported, never guessed. */
export async function resolveNames(
  context: StepContext,
  sources: CrawlSources,
  names: readonly string[],
): Promise<ResolvedNames> {
  if (names.length === 0) return { ids: [], unresolved: [] };
  const { landing, clock, run } = context;
  const source = sources.names.catalogue;
  const batch = await landing.openBatch({
    id: `${run.id}-names`,
    source,
    runId: run.id,
    openedAt: clock.now(),
    note: { names: names.length },
  });
  const ids: string[] = [];
  const unresolved: string[] = [];
  for (const name of new Set(names)) {
    // What an earlier try of this run has found is not searched for again.
    const kept = await landing.findDocument({ source, kind: 'name_match', id: name, batchId: batch.id });
    const match = kept ? toMatch(kept.body) : matchName(name, await sources.spotify.searchArtists(name));
    if (!kept) {
      const body = JSON.stringify(toBody(name, match));
      await landing.land(batch.id, [{ source, kind: 'name_match', id: name, fetchedAt: clock.now(), body }]);
      report(context, name, match);
    }
    if (match.hit) ids.push(match.hit.id);
    else unresolved.push(name);
  }
  if (batch.sealedAt === null) await landing.sealBatch(batch.id, clock.now());
  return { ids, unresolved };
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

function toMatch(body: string): NameMatch {
  const kept = JSON.parse(body) as {
    name: string;
    status: NameMatch['status'];
    artist_id: string | null;
    score: number | null;
  };
  const hit =
    kept.artist_id === null ? null : { id: kept.artist_id, name: kept.name, score: kept.score ?? 1 };
  return { status: kept.status, hit, candidates: [] };
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
