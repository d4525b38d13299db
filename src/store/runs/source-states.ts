// What the sources' clients have found out about a key, and how long they were told to stay away, as they keep it in the run store.
import type { Config } from '../../config.ts';
import { BLOCK_KEY, FAMILY_KEY, isOddBlock, type KeptBlock, type KeptFamily } from '../../source-memory.ts';
import { describeLogin, type Login } from '../listening/logins.ts';
import type { RunStore } from './run-store.ts';

export type FamilyStatus = 'UNKNOWN' | 'AVAILABLE' | 'WITHHELD' | 'BLOCKED';

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
    sources.map(async (source) => ({ ...source, families: await listFamilies(runs, source.name, now) })),
  );
}

async function listFamilies(runs: RunStore, source: string, now: number): Promise<SourceFamilyState[]> {
  const states = await runs.listSourceStates(source);
  const blocks = new Map(states.map(({ key, value }) => [key, (value as Partial<KeptBlock> | null)?.until]));
  return states
    .filter(({ key }) => key.startsWith(FAMILY_KEY))
    .map(({ key, value }) => {
      const name = key.slice(FAMILY_KEY.length);
      const kept = value as Partial<KeptFamily>;
      const untils = [kept.blockedUntil ?? 0, blocks.get(BLOCK_KEY + name) ?? 0];
      return toFamily(name, kept, Math.max(0, ...untils.filter((until) => !isOddBlock(until, now))), now);
    });
}

function toFamily(name: string, kept: Partial<KeptFamily>, until: number, now: number): SourceFamilyState {
  const isBlocked = until > now;
  const isTried = (kept.requests ?? 0) > 0;
  return {
    name,
    state: isBlocked ? 'BLOCKED' : kept.isWithheld ? 'WITHHELD' : isTried ? 'AVAILABLE' : 'UNKNOWN',
    blockedUntil: isBlocked ? until : null,
    requests: kept.requests ?? 0,
    lastError: kept.lastError ?? null,
  };
}
