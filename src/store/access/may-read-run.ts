// Who may read what runs say in words.
import { realpathSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
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
  const given = [parameters.files, parameters.exports]
    .flat()
    .filter((name) => typeof name === 'string' && isAbsolute(name));
  // The longest first: of a file in a folder that is hidden too its name is told, and not the way to it.
  const places = [...(given as string[]), ...foldersOf(dataDir)]
    .filter((place) => basename(place) !== '')
    .sort((a, b) => b.length - a.length);
  const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
  const hide = (text: string, place: string) => text.replaceAll(inJson(place), () => inJson(basename(place)));
  return (said) => (said === undefined ? said : JSON.parse(places.reduce(hide, JSON.stringify(said))));
}

const known = new Map<string, readonly string[]>();

/** The data folder and its inbox, where links lead to as well: files of the inbox are named by that. Looked up once, as a folder in use stays. */
function foldersOf(dataDir: string): readonly string[] {
  const found =
    known.get(dataDir) ?? [dataDir, join(dataDir, 'inbox')].flatMap((path) => [path, follow(path)]);
  known.set(dataDir, found);
  return found;
}

function follow(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Whether whoever asks may read what is said of an account by its id: as of a run about it. */
export function mayReadAccount(reader: Reader, accountId: string): boolean {
  return mayReadRun(reader, { pipeline: 'HISTORY', parameters: { account: accountId } });
}
