// JSON Web Tokens of an OpenID Connect provider: signature by its JWKS, issuer, audience and time by the library, the scope by a claim.
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Config } from '../config.ts';
import { SCOPES, type Scope } from '../store/access/access-store.ts';
import type { Access, Refusal } from './access.ts';

export type JwtCheck = (token: string) => Promise<Access | Refusal>;

type JwtConfig = Pick<Config, 'jwtIssuer' | 'jwtAudience' | 'jwksUrl' | 'jwtScopeClaim'>;

/** Signatures that a public key can check: a shared secret would be a key in the configuration of two programs. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** Clocks of two machines differ by so many seconds at most. */
const TOLERANCE_SECONDS = 30;
const FETCH_TIMEOUT_MS = 5_000;

/** The check for the configured issuer; null when none is. Keys are fetched at the first token and kept. */
export function createJwtCheck(config: JwtConfig, keys?: JWTVerifyGetKey): JwtCheck | null {
  const { jwtIssuer: issuer, jwtAudience: audience } = config;
  if (issuer === undefined || audience === undefined) return null;
  const address = config.jwksUrl ?? `${issuer}/.well-known/jwks.json`;
  const getKey = keys ?? createRemoteJWKSet(new URL(address), { timeoutDuration: FETCH_TIMEOUT_MS });
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, getKey, {
        issuer: [issuer, `${issuer}/`],
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: TOLERANCE_SECONDS,
        requiredClaims: ['exp', 'sub'],
      });
      return toAccess(payload, config.jwtScopeClaim);
    } catch (error) {
      return {
        status: 401,
        code: 'UNAUTHENTICATED',
        message: `The token is not accepted: ${describe(error)}.`,
      };
    }
  };
}

function toAccess(payload: JWTPayload, claim: string): Access | Refusal {
  const scope = findScope(payload[claim]);
  if (scope) return { scope, actor: `jwt:${payload.sub}` };
  return {
    status: 403,
    code: 'FORBIDDEN',
    message: `The token's claim "${claim}" names none of ${SCOPES.join(', ')}. Have the issuer add one of them.`,
  };
}

/** The widest of our scopes in a claim: words in a text, or a list; "groovelake:read" is "read". */
function findScope(claim: unknown): Scope | null {
  const words = Array.isArray(claim) ? claim.map(String) : String(claim ?? '').split(/\s+/);
  const named = words.map((word) => word.replace(/^groovelake[:.]/, ''));
  return [...SCOPES].reverse().find((scope) => named.includes(scope)) ?? null;
}

function describe(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed)
    return `its claim "${error.claim}" is not as expected`;
  if (error instanceof errors.JWKSTimeout) return 'the keys of its issuer could not be fetched in time';
  if (error instanceof errors.JOSEError) return 'its signature could not be verified';
  return 'the keys of its issuer could not be fetched';
}
