// Who may read what runs say in words.
import { basename, isAbsolute } from 'node:path';
import { SANDBOX_ACCOUNT } from '../listening/accounts.ts';
import { PIPELINES, type Run } from '../runs/run-store.ts';
import { includesScope, type Scope } from './access-store.ts';

/** Who asks, as far as runs are concerned: his scope, and the account that his key belongs to. */
export interface Reader {
  readonly scope: Scope;
  readonly accountId?: string;
}

/** Instead of what somebody may not read. */
export const TOLD_TO_OTHERS = 'Told to operators, and to the account it is about.';

/** Pipelines whose runs are about nobody. What a pipeline that this version does not know is about, nobody can say. */
const ABOUT_NOBODY: readonly string[] = PIPELINES.filter((pipeline) => pipeline !== 'HISTORY');

/**
 * Whether whoever asks may read what a run says in words. Those of HISTORY name exports and say what was played: operators may, who must
 * mend a failed import, and the account that the run names. So it is with runs of a pipeline that another version has.
 */
export function mayReadRun(
  { scope, accountId }: Reader,
  { pipeline, parameters: { account } }: Pick<Run, 'pipeline' | 'parameters'>,
): boolean {
  if (ABOUT_NOBODY.includes(pipeline) || account === SANDBOX_ACCOUNT) return true;
  return includesScope(scope, 'operate') || (accountId !== undefined && accountId === account);
}

/**
 * What a run says, for whoever asks: where its files and the data folder lie on the server is told to operators, to others their names
 * alone.
 */
export function tellFrom(
  { scope }: Pick<Reader, 'scope'>,
  { parameters }: Pick<Run, 'parameters'>,
  dataDir: string,
): <T>(said: T) => T {
  if (includesScope(scope, 'operate')) return (said) => said;
  const given = [dataDir, ...Object.values(parameters).flat()];
  const places = given.filter((value) => typeof value === 'string' && isAbsolute(value)) as string[];
  const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
  const hide = (text: string, place: string) => text.replaceAll(inJson(place), inJson(basename(place)));
  return (said) => (said === undefined ? said : JSON.parse(places.reduce(hide, JSON.stringify(said))));
}

/** Whether whoever asks may read what is said of an account by its id: as of a run about it. */
export function mayReadAccount(reader: Reader, accountId: string): boolean {
  return mayReadRun(reader, { pipeline: 'HISTORY', parameters: { account: accountId } });
}
