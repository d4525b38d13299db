// Settings of the API: the limits of a request, and what is switched on.
import { wholeNumber, yesNo } from './kinds.ts';

export const API_SETTINGS = {
  maxPageSize: wholeNumber(
    'GROOVELAKE_MAX_PAGE_SIZE',
    100,
    1,
    10_000,
    'rows',
    'largest first or last of a connection',
  ),
  maxDepth: wholeNumber('GROOVELAKE_MAX_DEPTH', 10, 1, 100, 'levels', 'deepest nesting of a query'),
  maxAliases: wholeNumber('GROOVELAKE_MAX_ALIASES', 30, 0, 10_000, 'aliases', 'aliases in one document'),
  maxTokens: wholeNumber(
    'GROOVELAKE_MAX_TOKENS',
    2_000,
    100,
    1_000_000,
    'tokens',
    'lexical tokens of one document',
  ),
  maxCost: wholeNumber(
    'GROOVELAKE_MAX_COST',
    1_000,
    1,
    1_000_000,
    'points',
    'cost of one operation (README, Limits)',
  ),
  maxBodyBytes: wholeNumber(
    'GROOVELAKE_MAX_BODY_BYTES',
    102_400,
    1_024,
    104_857_600,
    'bytes',
    'body of one HTTP request',
  ),
  maxConnections: wholeNumber(
    'GROOVELAKE_MAX_CONNECTIONS',
    1_000,
    1,
    100_000,
    'connections',
    'open TCP connections',
  ),
  maxSubscriptions: wholeNumber(
    'GROOVELAKE_MAX_SUBSCRIPTIONS',
    1_000,
    0,
    100_000,
    'subscriptions',
    'subscriptions under way at once',
  ),
  introspection: yesNo('GROOVELAKE_INTROSPECTION', true, 'answer introspection queries'),
  graphiql: yesNo('GROOVELAKE_GRAPHIQL', true, 'serve GraphiQL at /graphql'),
} as const;
