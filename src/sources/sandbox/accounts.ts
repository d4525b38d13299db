// The accounts service: tokens by client credentials, by authorization code (with a secret or with PKCE) and by refresh (SOURCES 1.1).
import { createHash } from 'node:crypto';
import { json, type Reply } from './reply.ts';
import type { SandboxSettings } from './settings.ts';
import type { TokenBook } from './tokens.ts';

export interface SandboxClient {
  readonly id: string;
  readonly secret: string;
  /** Quotas are counted per developer account, whichever of its clients calls. */
  readonly developer: string;
  /** As registered; a loopback address may be registered without its port. */
  readonly redirectUris: readonly string[];
}

export interface Accounts {
  token(authorization: string | undefined, contentType: string | undefined, form: URLSearchParams): Reply;
  /** The first hop: to the login page, whoever asks. */
  authorize(query: URLSearchParams): Reply;
  /** The login page, where somebody agrees or not at once. */
  login(query: URLSearchParams): Reply;
}

interface AccountsOptions {
  readonly base: string;
  readonly clients: readonly SandboxClient[];
  readonly tokens: TokenBook;
  readonly settings: Readonly<SandboxSettings>;
}

export function createAccounts({ base, clients, tokens, settings }: AccountsOptions): Accounts {
  const answer = (token: string, more: object = {}): Reply =>
    json({ access_token: token, token_type: 'Bearer', expires_in: settings.tokenSeconds, ...more });

  /** A user's access token, with a refresh token where one is due. */
  const answerUser = (clientId: string, scopes: readonly string[], refresh: string | null): Reply =>
    answer(tokens.issueAccess(clientId, scopes, settings.tokenSeconds), {
      scope: scopes.join(' '),
      ...(refresh === null ? {} : { refresh_token: refresh }),
    });

  const byCode = (client: SandboxClient, isProven: boolean, form: URLSearchParams): Reply => {
    const grant = tokens.takeCode(form.get('code') ?? '');
    if (grant?.clientId !== client.id) return refuse('invalid_grant', 'Invalid authorization code');
    if (grant.redirectUri !== form.get('redirect_uri'))
      return refuse('invalid_grant', 'Invalid redirect URI');
    if (grant.challenge !== null) {
      const verifier = form.get('code_verifier') ?? '';
      const isShaped = /^[A-Za-z0-9._~-]{43,128}$/.test(verifier);
      if (!isShaped || createHash('sha256').update(verifier).digest('base64url') !== grant.challenge)
        return refuse('invalid_grant', 'code_verifier was incorrect');
    } else if (!isProven) return refuse('invalid_client');
    return answerUser(client.id, grant.scopes, tokens.issueRefresh(client.id, grant.scopes));
  };

  const byRefresh = (client: SandboxClient, form: URLSearchParams): Reply => {
    const token = form.get('refresh_token') ?? '';
    const consent = tokens.findRefresh(token, client.id);
    if (!consent) return refuse('invalid_grant', 'Refresh token revoked');
    return answerUser(
      client.id,
      consent.scopes,
      settings.rotation === 'always' ? tokens.rotate(token) : null,
    );
  };

  return {
    token: (authorization, contentType, form) => {
      if (!contentType?.startsWith('application/x-www-form-urlencoded'))
        return refuse('unsupported_grant_type', 'grant_type parameter is missing');
      const given = readCredentials(authorization, form);
      if (!given) return refuse('invalid_client');
      const client = clients.find(({ id }) => id === given.id);
      if (!client) return refuse('invalid_client', 'Invalid client');
      if (given.secret !== null && given.secret !== client.secret)
        return refuse('invalid_client', 'Invalid client secret');
      const isProven = given.secret !== null;
      switch (form.get('grant_type')) {
        case 'client_credentials':
          if (!isProven) return refuse('invalid_client', 'Invalid client secret');
          return answer(tokens.issueAccess(client.id, null, settings.tokenSeconds));
        case 'authorization_code':
          return byCode(client, isProven, form);
        case 'refresh_token':
          return byRefresh(client, form);
        default:
          return refuse(
            'unsupported_grant_type',
            'grant_type must be client_credentials, authorization_code or refresh_token',
          );
      }
    },
    authorize: (query) => redirect(`${base}/login?${query}`),
    login: (query) => {
      const client = clients.find(({ id }) => id === query.get('client_id'));
      if (!client) return page('INVALID_CLIENT: Invalid client');
      const redirectUri = query.get('redirect_uri') ?? '';
      if (!isRegistered(client.redirectUris, redirectUri))
        return page('INVALID_CLIENT: Invalid redirect URI');
      const back = new URL(redirectUri);
      const state = query.get('state');
      if (state !== null) back.searchParams.set('state', state);
      const challenge = query.get('code_challenge');
      const error =
        query.get('response_type') !== 'code'
          ? 'unsupported_response_type'
          : challenge !== null && query.get('code_challenge_method') !== 'S256'
            ? 'invalid_request'
            : settings.login === 'deny'
              ? 'access_denied'
              : null;
      if (error !== null) back.searchParams.set('error', error);
      else {
        const scopes = (query.get('scope') ?? '').split(' ').filter(Boolean);
        back.searchParams.set(
          'code',
          tokens.issueCode({ clientId: client.id, scopes, redirectUri, challenge }),
        );
      }
      return redirect(String(back));
    },
  };
}

/** Id and secret from the header or the form; the secret is null where PKCE takes its place. */
function readCredentials(
  authorization: string | undefined,
  form: URLSearchParams,
): { id: string; secret: string | null } | null {
  const basic = /^Basic (.+)$/i.exec(authorization ?? '')?.[1];
  if (basic !== undefined) {
    const [id = '', ...secret] = Buffer.from(basic, 'base64').toString().split(':');
    return { id, secret: secret.join(':') };
  }
  const id = form.get('client_id');
  return id ? { id, secret: form.get('client_secret') } : null;
}

/** Https anywhere, http on a loopback literal only, "localhost" nowhere; a loopback address may come with any port. */
function isRegistered(registered: readonly string[], given: string): boolean {
  if (!URL.canParse(given)) return false;
  const url = new URL(given);
  const isLoopback = url.hostname === '127.0.0.1' || url.hostname === '[::1]';
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback)) return false;
  if (registered.includes(given)) return true;
  const withoutPort = `${url.protocol}//${url.hostname}${url.pathname}${url.search}`;
  return isLoopback && registered.includes(withoutPort);
}

/** The shape of OAuth, which is not that of the API. */
function refuse(error: string, description?: string): Reply {
  return json({ error, ...(description === undefined ? {} : { error_description: description }) }, 400);
}

function redirect(location: string): Reply {
  return { status: 303, body: '', headers: { location } };
}

function page(text: string): Reply {
  return { status: 400, body: text, headers: { 'content-type': 'text/plain; charset=utf-8' } };
}
