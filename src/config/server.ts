// Settings of the server: where it listens, what it writes, who may come in.
import { oneOf, path, secret, text, wholeNumber } from './kinds.ts';

export const SERVER_SETTINGS = {
  port: wholeNumber('PORT', 4000, 0, 65_535, '', 'TCP port of the server; 0 picks a free one'),
  host: text(
    'HOST',
    '127.0.0.1',
    'address the server listens on; beyond loopback it wants GROOVELAKE_API_KEY',
  ),
  dataDir: path('GROOVELAKE_DATA_DIR', './data', 'folder of every file Groovelake keeps'),
  tokenKey: secret(
    'GROOVELAKE_TOKEN_KEY',
    'secret that logins of Spotify accounts are encrypted with; needed to connect one',
    16,
  ),
  apiKey: secret('GROOVELAKE_API_KEY', 'key that clients send as "Authorization: Bearer KEY"', 16),
  logLevel: oneOf(
    'GROOVELAKE_LOG_LEVEL',
    'info',
    ['debug', 'info', 'warn', 'error'],
    'least severe log line that is written',
  ),
  logFormat: oneOf('GROOVELAKE_LOG_FORMAT', 'text', ['text', 'json'], 'form of a log line'),
} as const;
