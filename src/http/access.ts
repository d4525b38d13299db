// Who asks, and what he may do: decided once per request from its headers. What a scope is needed for is in scopes.ts.
//
// - With keys (GROOVELAKE_API_KEY, or one in the access store, working or not) or JWT configured, every request must carry one.
// - Without, on a loopback address, everybody on this machine is admin; the Host check stops DNS rebinding, Origin and Sec-Fetch-Site a page
//   from elsewhere that sends requests through the reader's browser. A proxy on this machine speaks for others: what it says it passes
//   on is refused, and HTTP/1.0, by which nginx before 1.29.7 passes on without a word (later ones do by HTTP/1.1, and cannot be told from a
//   program here); a server that is known by another address (GROOVELAKE_PUBLIC_URL) is never open.
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { GraphQLError } from 'graphql';
import { type Config, isLoopback } from '../config.ts';
import { ConfigError } from '../errors.ts';
import type { AccessStore, Scope } from '../store/access/access-store.ts';
import { findApiKey, findKeyId, hashKey, isUsable } from '../store/access/api-keys.ts';
import { createJwtCheck, type JwtCheck } from './jwt.ts';

/** Who asks. */
export interface Access {
  readonly scope: Scope;
  /** As the audit log names him: key:ID NAME, jwt:SUBJECT, GROOVELAKE_API_KEY, or loopback. */
  readonly actor: string;
  /** The account that the key sent belongs to; left out for a key of none. */
  readonly accountId?: string;
}

export interface Refusal {
  readonly status: number;
  readonly code: 'UNAUTHENTICATED' | 'FORBIDDEN';
  readonly message: string;
}

/** Decides about a request by its headers and its version of HTTP ("1.1" unless stated). */
export type AccessCheck = (headers: IncomingHttpHeaders, httpVersion?: string) => Promise<Access | Refusal>;

type AccessConfig = Pick<
  Config,
  'apiKey' | 'host' | 'publicUrl' | 'jwtIssuer' | 'jwtAudience' | 'jwksUrl' | 'jwtScopeClaim'
>;

export interface AccessParts {
  readonly config: AccessConfig;
  readonly keys: Pick<AccessStore, 'findKey' | 'hasKeys' | 'touchKey'>;
  readonly now: () => number;
  /** How JWTs are checked; by the issuer's JWKS unless stated. */
  readonly checkJwt?: JwtCheck | null;
}

export function isRefusal(answer: Access | Refusal): answer is Refusal {
  return 'status' in answer;
}

export function createAccessCheck(parts: AccessParts): AccessCheck {
  const { config, keys, now } = parts;
  const ownKey = config.apiKey === undefined ? null : hashKey(config.apiKey);
  const checkJwt = parts.checkJwt === undefined ? createJwtCheck(config) : parts.checkJwt;

  const hasKeys = shareTurn(() => keys.hasKeys());
  const isOpen = async () => checkJwt === null && mayBeOpen(config) && !(await hasKeys());

  return async (headers, httpVersion = '1.1') => {
    const given = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    if (given === undefined) return (await isOpen()) ? checkLocal(headers, httpVersion) : NO_KEY;
    if (ownKey && timingSafeEqual(hashKey(given), ownKey))
      return { scope: 'admin', actor: 'GROOVELAKE_API_KEY' };
    if (checkJwt && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(given)) return checkJwt(given);
    const key = await findApiKey(keys as AccessStore, given, now());
    if (key) {
      const account = key.accountId === null ? {} : { accountId: key.accountId };
      return { scope: key.scope, actor: `key:${key.id} ${key.name}`, ...account };
    }
    // Where no key is wanted, one that is sent all the same is no reason to refuse.
    return (await isOpen()) ? checkLocal(headers, httpVersion) : WRONG_KEY;
  };
}

/**
 * For what goes on long after its request came in.
 *
 * @throws GraphQLError UNAUTHENTICATED, FORBIDDEN once the request would not be let in any more
 */
export async function requireAccess(
  check: AccessCheck,
  { headers, httpVersion }: Pick<IncomingMessage, 'headers' | 'httpVersion'>,
): Promise<void> {
  const answer = await check(headers, httpVersion);
  if (isRefusal(answer)) throw new GraphQLError(answer.message, { extensions: { code: answer.code } });
}

/**
 * One answer for all who ask in the same turn of the event loop: what they sent was there before the question was asked, so that nobody
 * who asks after a change is told what was before it.
 */
function shareTurn<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  return () => {
    if (answer) return answer;
    answer = ask();
    setImmediate(() => {
      answer = null;
    });
    return answer;
  };
}

/** Beyond loopback nobody listens without a key. @throws ConfigError saying how to make one */
export async function requireKeysBeyondLoopback(
  config: AccessConfig,
  keys: Pick<AccessStore, 'listKeys'>,
  now: number,
): Promise<void> {
  const reach = findReach(config);
  if (!reach || hasOwnKeys(config)) return;
  if ((await keys.listKeys()).some((key) => isUsable(key, now))) return;
  throw new ConfigError(
    `${reach.variable} is "${reach.value}", which other machines can reach, and there is no key. ` +
      'Make one with "groovelake keys create NAME --scope admin", or set GROOVELAKE_API_KEY to a secret of at least 16 characters, ' +
      `or ${reach.orElse}.`,
  );
}

/**
 * A client's key in the environment of a server would be one of scope admin there, whatever its own, and once it is revoked as well.
 *
 * @throws ConfigError saying what to do
 */
export function requireOwnKey({ apiKey }: Pick<Config, 'apiKey'>): void {
  const id = findKeyId(apiKey ?? '');
  if (id === null) return;
  throw new ConfigError(
    `GROOVELAKE_API_KEY is key ${id}, which "groovelake keys create" or a login made for a client. A server would take it for a key of its own, ` +
      'of scope admin. Unset it for the server, and keep it for commands: "env -u GROOVELAKE_API_KEY npm start". ' +
      "For a key of the server's own, set another secret of at least 16 characters.",
  );
}

/** Whether nobody is asked for a key: everybody on this machine is admin, and whoever a proxy on it speaks for. */
export async function isOpenToAll(
  config: AccessConfig,
  keys: Pick<AccessStore, 'hasKeys'>,
): Promise<boolean> {
  return mayBeOpen(config) && !(await keys.hasKeys());
}

const hasOwnKeys = ({ apiKey, jwtIssuer }: AccessConfig) => apiKey !== undefined || jwtIssuer !== undefined;
/** While the access store has no keys. */
const mayBeOpen = (config: AccessConfig) => !hasOwnKeys(config) && findReach(config) === null;

/** The setting by which other machines reach this server; null: none says that they do. */
export function findReach({ host, publicUrl }: Pick<Config, 'host' | 'publicUrl'>) {
  if (!isLoopback(host)) return { variable: 'HOST', value: host, orElse: 'leave HOST at 127.0.0.1' };
  if (publicUrl === undefined || isLoopback(new URL(publicUrl).hostname)) return null;
  return {
    variable: 'GROOVELAKE_PUBLIC_URL',
    value: publicUrl,
    orElse: 'unset it, where no proxy leads from there to here',
  };
}

const NO_KEY: Refusal = {
  status: 401,
  code: 'UNAUTHENTICATED',
  message:
    'This server wants a key. Send the header "Authorization: Bearer KEY". Whoever runs it makes one with "groovelake keys create NAME".',
};
const WRONG_KEY: Refusal = {
  status: 401,
  code: 'UNAUTHENTICATED',
  message:
    'The key is not one of this server, or is revoked or expired. "groovelake keys list" shows those that are.',
};

/** The first key closes the server to everybody else, whatever its scope. */
const FIRST_KEY = '"groovelake keys create NAME --scope admin"';

/** What proxies say about whom they speak for. */
const PASSED_ON = /^(forwarded|x-forwarded-.+|x-real-ip|via)$/;

function checkLocal(headers: IncomingHttpHeaders, httpVersion: string): Access | Refusal {
  const passedOn = Object.keys(headers).find((name) => PASSED_ON.test(name));
  if (passedOn !== undefined) {
    return {
      status: 403,
      code: 'FORBIDDEN',
      message:
        `A proxy passed this request on (header "${passedOn}"), and this server, which has no key, is for this machine alone. ` +
        `Make a key for yourself: ${FIRST_KEY}.`,
    };
  }
  if (httpVersion === '1.0') {
    return {
      status: 403,
      code: 'FORBIDDEN',
      message:
        'The request came by HTTP/1.0, which many proxies speak, and this server, which has no key, is for this machine alone. ' +
        `Ask by HTTP/1.1 (curl without -0), or make a key for yourself: ${FIRST_KEY}.`,
    };
  }
  const host = hostOf(headers.host ?? '');
  if (!isLoopback(host)) {
    return {
      status: 403,
      code: 'FORBIDDEN',
      message:
        `Host "${host}" is not a loopback name, and this server has no key. ` +
        `Ask it as 127.0.0.1 or localhost, or make a key for yourself: ${FIRST_KEY}.`,
    };
  }
  // Images, scripts and links come without an origin.
  const { origin, referer } = headers;
  const page = origin ?? (headers['sec-fetch-site'] === 'cross-site' ? (referer ?? 'elsewhere') : undefined);
  if (page !== undefined && !isLoopback(hostOf(page.replace(/^\w+:\/\//, '')))) {
    return {
      status: 403,
      code: 'FORBIDDEN',
      message: `A page of "${page.slice(0, 200)}" may not use this server, which has no key. Make one for yourself: ${FIRST_KEY}.`,
    };
  }
  return { scope: 'admin', actor: 'loopback' };
}

function hostOf(header: string): string {
  return /^(\[[^\]]*\]|[^:/]*)/.exec(header)?.[1] ?? '';
}
