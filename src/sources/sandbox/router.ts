// Which of the four hosts a request is for, and what it answers.
import type { IncomingMessage } from 'node:http';
import { admit } from './access.ts';
import type { Accounts, SandboxClient } from './accounts.ts';
import type { Lie } from './faults.ts';
import type { KworbPages } from './kworb.ts';
import type { Reccobeats } from './reccobeats.ts';
import { apiError, type Reply } from './reply.ts';
import type { SandboxSettings } from './settings.ts';
import type { SpotifyRoute } from './spotify-routes.ts';
import type { Throttle } from './throttle.ts';
import type { TokenBook } from './tokens.ts';

export interface Found {
  /** Calls that share a limit and are counted together. */
  readonly family: string;
  /** `client` is the one whose token came with the call; null without one. */
  answer(lie: Lie | null): { reply: Reply; client: string | null };
}

export interface RouterParts {
  readonly accounts: Accounts;
  readonly spotify: (path: string, query: URLSearchParams) => SpotifyRoute | null;
  readonly kworb: KworbPages;
  readonly reccobeats: Reccobeats;
  readonly throttle: Throttle;
  readonly clients: readonly SandboxClient[];
  readonly tokens: TokenBook;
  readonly settings: Readonly<SandboxSettings>;
}

export function createRouter(
  parts: RouterParts,
): (request: IncomingMessage, url: URL, body: string) => Found {
  const { accounts, kworb, reccobeats } = parts;
  return ({ method, headers }, url, body) => {
    const path = decode(url.pathname);
    const query = url.searchParams;
    if (method === 'POST' && path === '/accounts/api/token')
      return plain('token', () =>
        accounts.token(headers.authorization, headers['content-type'], new URLSearchParams(body)),
      );
    if (method !== 'GET') return plain('unknown', () => apiError(405, 'Method not allowed'));
    if (path === '/accounts/authorize') return plain('authorize', () => accounts.authorize(query));
    if (path === '/accounts/login') return plain('login', () => accounts.login(query));
    if (path.startsWith('/v1/')) {
      const route = parts.spotify(path.slice('/v1'.length), query);
      if (route)
        return { family: route.family, answer: (lie) => answerApi(route, headers.authorization, lie, parts) };
    }
    if (path.startsWith('/kworb/')) {
      const page = kworb.find(path.slice('/kworb'.length));
      const validators = {
        ifNoneMatch: headers['if-none-match'],
        ifModifiedSince: headers['if-modified-since'],
      };
      if (page) return plain(page.family, () => page.answer(validators));
    }
    if (path.startsWith('/reccobeats/v1/')) {
      const found = reccobeats.find(path.slice('/reccobeats/v1'.length), query);
      if (found) return plain(found.family, found.answer);
    }
    return plain('unknown', () => apiError(404, 'Service not found'));
  };
}

/** First who calls, then whether it is too often, then what was asked. */
function answerApi(
  route: SpotifyRoute,
  authorization: string | undefined,
  lie: Lie | null,
  { throttle, clients, tokens, settings }: RouterParts,
): { reply: Reply; client: string | null } {
  const { access, refusal } = admit(authorization, route.scope, { tokens, settings });
  if (!access) return { reply: refusal ?? apiError(401), client: null };
  const client = access.clientId;
  const developer = clients.find(({ id }) => id === client)?.developer ?? client;
  const throttled = throttle.check(route.family, { client, developer });
  return { reply: throttled ?? refusal ?? route.answer(lie), client };
}

function plain(family: string, reply: () => Reply): Found {
  return { family, answer: () => ({ reply: reply(), client: null }) };
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
