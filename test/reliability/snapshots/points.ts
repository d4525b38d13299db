// Names for the places of a publish where it may fail or die: what is done to which kind of file.
import { type Files, localFiles } from '../../../src/store/snapshots/files.ts';

const STEPS = ['makeFolder', 'write', 'link', 'syncFile', 'seal', 'syncFolder', 'rename', 'remove'] as const;

/** Calls that only look. */
const LOOKS = ['read', 'list', 'find', 'hash'] as const;

/** E.g. "link the manifest", "syncFile a Parquet file". */
export function nameStep(step: string, path: string): string {
  return `${step} ${nameKind(path)}`;
}

function nameKind(path: string): string {
  if (/\/_delta_log\/.*checkpoint\.parquet/.test(path)) return 'a checkpoint';
  if (/_last_checkpoint/.test(path)) return 'the pointer to a checkpoint';
  if (/\/_delta_log\/./.test(path)) return 'an entry of a Delta log';
  if (/\/_delta_log$/.test(path)) return 'the folder of a Delta log';
  if (/\/snapshots\/./.test(path)) return 'the manifest';
  if (/\/snapshots$/.test(path)) return 'the folder of manifests';
  if (/CURRENT/.test(path)) return 'CURRENT';
  if (/\/artifacts\/[^/]+\/similarity\/./.test(path)) return 'a file of the index';
  if (/\/artifacts(\/[^/]+(\/similarity)?)?$/.test(path)) return 'a folder of the index';
  if (/\.(parquet|part)$/.test(path)) return 'a Parquet file';
  if (/\/gold(\/[a-z_]+)?$/.test(path)) return 'the folder of a relation';
  return 'the data folder';
}

export interface Intercepted {
  readonly files: Files;
  /** How many calls there have been. */
  readonly count: () => number;
}

/** The real file system, with a look at every call before and after it. What the look throws is the call's failure. */
export function intercept(
  look: (call: { n: number; name: string; when: 'before' | 'after' }) => void,
  { looksToo = false } = {},
): Intercepted {
  let n = 0;
  const watched: readonly string[] = looksToo ? [...STEPS, ...LOOKS] : STEPS;
  const wrapped = Object.entries(localFiles).map(([step, method]) => [
    step,
    async (...args: unknown[]) => {
      const isWatched = watched.includes(step);
      // A rename is named by what it makes.
      const name = nameStep(step, String(step === 'rename' || step === 'link' ? args[1] : args[0]));
      const at = isWatched ? ++n : 0;
      if (isWatched) look({ n: at, name, when: 'before' });
      const result = await (method as (...all: unknown[]) => unknown)(...args);
      if (isWatched) look({ n: at, name, when: 'after' });
      return result;
    },
  ]);
  return { files: Object.fromEntries(wrapped) as Files, count: () => n };
}
