// File systems that fail on purpose, over the real one.
import { type Files, localFiles } from '../../../src/store/snapshots/files.ts';

const WRITES = ['makeFolder', 'write', 'link', 'syncFile', 'seal', 'syncFolder', 'rename', 'remove'] as const;
const ALL = [...WRITES, 'read', 'list', 'find', 'hash'] as const;

export interface CountedFiles extends Files {
  /** Calls so far, by name, in order. */
  readonly calls: string[];
}

/** Calls back before each call that is not a look; what it throws is the call's failure. */
export function interceptFiles(
  onCall: (n: number, name: string) => void,
  which: readonly (keyof Files)[] = ALL,
): CountedFiles {
  const calls: string[] = [];
  const wrapped = Object.fromEntries(
    Object.entries(localFiles).map(([name, method]) => [
      name,
      async (...args: unknown[]) => {
        if (which.includes(name as keyof Files)) {
          calls.push(`${name} ${String(args[0]).split('/').slice(-2).join('/')}`);
          onCall(calls.length, name);
        }
        return (method as (...all: unknown[]) => unknown)(...args);
      },
    ]),
  );
  return { ...(wrapped as unknown as Files), calls };
}

export const WRITE_CALLS: readonly (keyof Files)[] = WRITES;
