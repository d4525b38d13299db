// ReccoBeats' audio features, for keys that get none from Spotify (SOURCES 3.1): at most 40 ids a call, joined by the link in each row.
import { ExtractError } from '../../errors.ts';
import { chunk } from '../chunk.ts';
import { describe, type Gate } from '../gate.ts';
import type { JsonAnswer } from '../http.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { Body, TakeBodies } from '../spotify/answers.ts';

const BATCH = 40;
/** A service of one person: two calls at once are plenty. */
const CONCURRENCY = 2;
const FAMILY = 'audio-features';
/** Theirs is another id; ours stands in the link. */
const LINK = /\/track\/([0-9A-Za-z]{22})(?![0-9A-Za-z])/;

export interface ReccobeatsOptions {
  readonly source: string;
  readonly url: string;
  readonly gate: Gate;
  readonly signal: AbortSignal;
}

/** Features by Spotify's track id. Ids that ReccoBeats leaves out of its answer are handed to `miss`. */
export async function fetchReccobeatsFeatures(
  { source, url, gate, signal }: ReccobeatsOptions,
  ids: readonly string[],
  take: TakeBodies,
  miss: (ids: readonly string[]) => Promise<void>,
): Promise<void> {
  const headers = { accept: 'application/json' };
  await mapConcurrently(chunk(ids, BATCH), CONCURRENCY, signal, async (group) => {
    const answer = await gate.send(FAMILY, `${url}/audio-features?ids=${group.join()}`, {
      headers,
      signal,
      expectsJson: true,
    });
    const bodies = readRows(source, url, group, answer);
    await take(bodies);
    const found = new Set(bodies.map(({ id }) => id));
    const missed = group.filter((id) => !found.has(id));
    if (missed.length > 0) await miss(missed);
  });
}

/** Rows come in any order, and their number says nothing. */
function readRows(source: string, url: string, ids: readonly string[], answer: JsonAnswer): Body[] {
  const content = (answer.value as { content?: unknown } | null | undefined)?.content;
  if (answer.status !== 200 || !Array.isArray(content)) {
    throw new ExtractError(
      `"${source}" answered with ${describe(answer)}; a list of features is expected. Look whether its interface has changed.`,
      { source, url, status: answer.status },
    );
  }
  const asked = new Set(ids);
  return content.flatMap((row: unknown) => {
    const id = LINK.exec(String((row as { href?: unknown } | null)?.href))?.[1];
    return id !== undefined && asked.delete(id) ? [{ id, json: JSON.stringify(row) }] : [];
  });
}
