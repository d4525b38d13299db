// Who may call: a valid token, a user's token with the scope where one is needed, an owner who pays, a user who is listed (SOURCES 1.2).
import { apiError, type Reply } from './reply.ts';
import type { SandboxSettings } from './settings.ts';
import type { Access, TokenBook } from './tokens.ts';

export interface Admitted {
  /** Null: no valid token came with the call. */
  readonly access: Access | null;
  /** Why the call is refused; null when it may be made. */
  readonly refusal: Reply | null;
}

/** @param scope what a user must have granted; null for a call that any token may make */
export function admit(
  authorization: string | undefined,
  scope: string | null | 'any user',
  { tokens, settings }: { tokens: TokenBook; settings: Readonly<SandboxSettings> },
): Admitted {
  if (authorization !== undefined && !authorization.startsWith('Bearer '))
    return { access: null, refusal: apiError(400, 'Only valid bearer authentication supported') };
  if (authorization === undefined)
    return { access: null, refusal: unauthorized('missing_token', 'No token provided') };
  const access = tokens.findAccess(authorization.slice('Bearer '.length));
  if (!access) return { access, refusal: unauthorized('invalid_token', 'Invalid access token') };
  return { access, refusal: judge(access, scope, settings) };
}

function judge(access: Access, scope: string | null, settings: Readonly<SandboxSettings>): Reply | null {
  if (settings.owner === 'lapsed')
    return text('Active premium subscription required for the owner of the app.');
  if (access.scopes !== null && settings.user === 'unlisted')
    return text(
      'User not registered in the Developer Dashboard: the user may not be registered for this application.',
    );
  if (scope === null) return null;
  if (access.scopes === null) return apiError(401, 'Valid user authentication required');
  return scope === 'any user' || access.scopes.includes(scope)
    ? null
    : apiError(403, 'Insufficient client scope');
}

function unauthorized(error: string, description: string): Reply {
  const challenge = `Bearer realm="spotify", error="${error}", error_description="${description}"`;
  return apiError(401, 'Missing/invalid/expired access token', {}, { 'www-authenticate': challenge });
}

/** Some refusals of the whole key come as plain text. */
function text(body: string): Reply {
  return { status: 403, body, headers: { 'content-type': 'text/plain; charset=utf-8' } };
}
