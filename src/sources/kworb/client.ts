// kworb, politely: robots.txt first, a page only when it has changed, a pause between two, and left alone when it refuses (SOURCES 2).
import type { Clock } from '../../clock.ts';
import { ExtractError } from '../../errors.ts';
import { describe, type Gate } from '../gate.ts';
import type { JsonAnswer } from '../http.ts';
import { parseRankingPage, type RankingName, type RankingPage } from './ranking-page.ts';
import { mayFetch } from './robots.ts';

/** What a page was known by when it was last fetched; sent along so that an unchanged one need not come again. */
export interface Validators {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

export type FetchedRanking =
  | { readonly isChanged: false }
  | { readonly isChanged: true; readonly page: RankingPage; readonly validators: Validators };

export interface KworbClient {
  /** @throws ExtractError for a refusal, a page that robots.txt keeps from us, or one whose layout is not the known one */
  ranking(name: RankingName, known: Validators | null): Promise<FetchedRanking>;
}

export interface KworbOptions {
  readonly source: string;
  readonly url: string;
  readonly gate: Gate;
  readonly clock: Clock;
  /** Between two requests. */
  readonly pauseMs: number;
  readonly signal: AbortSignal;
}

const AGENT = 'groovelake';
const USER_AGENT = 'Groovelake (self-hosted music lakehouse; each page once a day at most)';

export function createKworbClient({ source, url, gate, clock, pauseMs, signal }: KworbOptions): KworbClient {
  let robots: Promise<string> | null = null;
  let last: number | null = null;
  const send = async (family: string, path: string, headers: Record<string, string>): Promise<JsonAnswer> => {
    const wait = last === null ? 0 : last + pauseMs - clock.monotonic();
    if (wait > 0) await clock.sleep(wait, signal);
    last = clock.monotonic();
    return gate.send(family, `${url}${path}`, { headers: { 'user-agent': USER_AGENT, ...headers }, signal });
  };
  const readRobots = async (): Promise<string> => {
    const answer = await send('robots', '/robots.txt', {});
    if (answer.status === 200) return answer.body;
    // None is no rule; a host that cannot tell us its rules is not to be read.
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) return '';
    throw refused(source, `${url}/robots.txt`, answer);
  };
  return {
    ranking: async (name, known) => {
      const path = `/spotify/${name}.html`;
      robots ??= readRobots();
      if (!mayFetch(await robots, AGENT, path)) throw forbidden(source, url + path);
      const answer = await send(`ranking-${name}`, path, toHeaders(known));
      if (answer.status === 304 && known) return { isChanged: false };
      if (answer.status !== 200) throw refused(source, url + path, answer);
      const page = parseRankingPage(name, answer.body, url + path);
      const { etag = null, 'last-modified': lastModified = null } = answer.headers;
      return { isChanged: true, page, validators: { etag, lastModified } };
    },
  };
}

function toHeaders(known: Validators | null): Record<string, string> {
  return {
    ...(known?.etag ? { 'if-none-match': known.etag } : {}),
    ...(known?.lastModified ? { 'if-modified-since': known.lastModified } : {}),
  };
}

function refused(source: string, url: string, answer: JsonAnswer): ExtractError {
  return new ExtractError(
    `"${source}" answered with ${describe(answer)}. Try again tomorrow; it asks to be left alone.`,
    { source, url, status: answer.status },
  );
}

function forbidden(source: string, url: string): ExtractError {
  return new ExtractError(
    `The robots.txt of "${source}" asks programs not to read ${url}. Name the artists to crawl instead (artistIds, artistNames).`,
    { source, url },
  );
}
