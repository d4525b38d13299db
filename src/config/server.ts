// Settings of the server: where it listens, what it writes, who may come in.
import { oneOf, optional, path, secret, text, url, wholeNumber } from './kinds.ts';

export const SERVER_SETTINGS = {
  port: wholeNumber('PORT', 4000, 0, 65_535, '', 'TCP port of the server; 0 picks a free one'),
  host: text(
    'HOST',
    '127.0.0.1',
    'address the server listens on; beyond loopback it wants keys (docs/operate.md)',
  ),
  dataDir: path('GROOVELAKE_DATA_DIR', './data', 'folder of every file Groovelake keeps'),
  tokenKey: secret(
    'GROOVELAKE_TOKEN_KEY',
    'secret that logins of Spotify accounts are encrypted with; needed to connect one',
    16,
  ),
  apiKey: secret(
    'GROOVELAKE_API_KEY',
    'the server\'s own key, of scope admin, sent as "Authorization: Bearer KEY"; for commands and examples the key that they send, of any scope',
    16,
  ),
  publicUrl: url(
    'GROOVELAKE_PUBLIC_URL',
    '',
    'address under which browsers reach this server, for the way back from a login at /auth/spotify; http://127.0.0.1:PORT where it is not set; beyond loopback a key is wanted',
  ),
  serverUrl: url(
    'GROOVELAKE_SERVER_URL',
    '',
    'server that commands and examples speak to; where it is not set, commands take the one that runs on the data folder, else the folder itself, and examples http://127.0.0.1:4000',
  ),
  jwtIssuer: url(
    'GROOVELAKE_JWT_ISSUER',
    '',
    'issuer of JSON Web Tokens to accept, as in their claim "iss"; https, or on this machine, where keys are fetched from it',
  ),
  jwtAudience: optional('GROOVELAKE_JWT_AUDIENCE', 'audience that such a token must name in its claim "aud"'),
  jwksUrl: url(
    'GROOVELAKE_JWKS_URL',
    '',
    "https address of the issuer's public keys, or one on this machine; ISSUER/.well-known/jwks.json where it is not set",
  ),
  jwtScopeClaim: text(
    'GROOVELAKE_JWT_SCOPE_CLAIM',
    'scope',
    'claim of a token that names read, operate or admin (or groovelake:read, ...)',
  ),
  logLevel: oneOf(
    'GROOVELAKE_LOG_LEVEL',
    'info',
    ['debug', 'info', 'warn', 'error'],
    'least severe log line that is written',
  ),
  logFormat: oneOf('GROOVELAKE_LOG_FORMAT', 'text', ['text', 'json'], 'form of a log line'),
} as const;
