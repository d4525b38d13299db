// ReccoBeats' audio features, for keys that get none from Spotify (SOURCES 3.1): at most 40 ids a call, joined by the link in each row.
import type { Clock } from '../../clock.ts';
import { ExtractError } from '../../errors.ts';
import type { Families } from '../families.ts';
import { type Http, parseJson, readRetryAfter } from '../http.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { Body } from '../spotify/client.ts';

const BATCH = 40;
const CONCURRENCY = 2;
const FAMILY = 'audio-features';
const TRIES = 5;

export interface ReccobeatsOptions {
  readonly source: string;
  readonly http: Http;
  readonly url: string;
  readonly families: Families;
  readonly clock: Clock;
  readonly maxWaitSeconds: number;
  readonly signal: AbortSignal;
  readonly spend: () => void;
}

/** Features by Spotify's track id; ids that ReccoBeats does not know are left out. */
export async function fetchReccobeatsFeatures(
  options: ReccobeatsOptions,
  ids: readonly string[],
): Promise<Body[]> {
  const groups = Array.from({ length: Math.ceil(ids.length / BATCH) }, (_, at) =>
    ids.slice(at * BATCH, (at + 1) * BATCH),
  );
  const bodies = await mapConcurrently(groups, CONCURRENCY, options.signal, (group) =>
    fetchGroup(options, group),
  );
  return bodies.flat();
}

async function fetchGroup(options: ReccobeatsOptions, ids: readonly string[]): Promise<Body[]> {
  const url = `${options.url}/audio-features?ids=${ids.join(',')}`;
  for (let attempt = 1; ; attempt++) {
    options.spend();
    await options.families.enter(FAMILY);
    const answer = await options.http.send(url, {
      headers: { accept: 'application/json' },
      signal: options.signal,
    });
    if (answer.status === 429) {
      const now = options.clock.now();
      const seconds = readRetryAfter(answer.headers['retry-after'], now) ?? 2 ** attempt;
      if (seconds > options.maxWaitSeconds || attempt >= TRIES)
        throw await options.families.block(FAMILY, now + seconds * 1_000, 'status 429');
      await options.clock.sleep(seconds * 1_000, options.signal);
      continue;
    }
    const body = parseJson(answer.body) as { content?: unknown } | undefined;
    if (answer.status !== 200 || !Array.isArray(body?.content)) {
      throw new ExtractError(
        `ReccoBeats answered with status ${answer.status} and no content. Try again later.`,
        { source: options.source, url: options.url, status: answer.status },
      );
    }
    const asked = new Set(ids);
    return body.content.flatMap((value: unknown) => {
      const id = /\/track\/([0-9A-Za-z]{22})/.exec(String((value as { href?: unknown } | null)?.href))?.[1];
      return id !== undefined && asked.has(id)
        ? [{ id, json: JSON.stringify(value), value: value as Body['value'] }]
        : [];
    });
  }
}
