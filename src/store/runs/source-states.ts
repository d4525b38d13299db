// What the sources' clients have found out about a key, kept in the run store under (source, "family:<name>").
import { isAhead } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { describeLogin, type Login } from '../listening/logins.ts';
import type { RunStore } from './run-store.ts';

export type FamilyStatus = 'UNKNOWN' | 'AVAILABLE' | 'WITHHELD' | 'BLOCKED';

/** As kept; times are milliseconds since 1970. */
export interface KeptFamily {
  readonly isWithheld?: boolean;
  readonly blockedUntil?: number | null;
  readonly requests?: number;
  readonly lastError?: string | null;
}

export interface SourceFamilyState {
  readonly name: string;
  readonly state: FamilyStatus;
  readonly blockedUntil: number | null;
  readonly requests: number;
  readonly lastError: string | null;
}

export interface SourceState {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly families: readonly SourceFamilyState[];
  readonly message: string | null;
}

export const FAMILY_KEY = 'family:';

/** All sources with their families, by name. @param logins of connected accounts, whose ends the message of Spotify tells */
export function listSources(
  runs: RunStore,
  config: Pick<Config, 'isSandbox'>,
  now: number,
  logins: readonly Login[] = [],
): Promise<SourceState[]> {
  const real = config.isSandbox ? 'Not used: no Spotify key is set, so the sandbox is crawled.' : null;
  const sources = [
    { name: 'kworb', isEnabled: !config.isSandbox, message: real },
    { name: 'reccobeats', isEnabled: !config.isSandbox, message: real },
    {
      name: 'sandbox',
      isEnabled: config.isSandbox,
      message: 'Synthetic data from this machine; nothing of it is real.',
    },
    {
      name: 'spotify',
      isEnabled: !config.isSandbox,
      message: [real ?? [], logins.map((login) => describeLogin(login, now))].flat(2).join(' ') || null,
    },
  ];
  return Promise.all(
    sources.map(async (source) => ({
      ...source,
      families: (await runs.listSourceStates(source.name))
        .filter(({ key }) => key.startsWith(FAMILY_KEY))
        .map(({ key, value }) => toFamily(key.slice(FAMILY_KEY.length), value as KeptFamily, now)),
    })),
  );
}

/** One that ends later was noted while the clock was ahead (sources/families.ts). */
const LONGEST_BLOCK_MS = 7 * 86_400_000;

function toFamily(name: string, kept: KeptFamily, now: number): SourceFamilyState {
  const until = kept.blockedUntil ?? 0;
  const isBlocked = until > now && !isAhead(until - LONGEST_BLOCK_MS, now);
  const isTried = (kept.requests ?? 0) > 0;
  return {
    name,
    state: isBlocked ? 'BLOCKED' : kept.isWithheld ? 'WITHHELD' : isTried ? 'AVAILABLE' : 'UNKNOWN',
    blockedUntil: isBlocked ? (kept.blockedUntil ?? null) : null,
    requests: kept.requests ?? 0,
    lastError: kept.lastError ?? null,
  };
}
