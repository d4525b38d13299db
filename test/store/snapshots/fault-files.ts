// File systems that fail on purpose, over the real one.
import { type Files, localFiles } from '../../../src/store/snapshots/files.ts';

const WRITES = ['makeFolder', 'write', 'link', 'syncFile', 'seal', 'syncFolder', 'rename', 'remove'] as const;
const ALL = [...WRITES, 'read', 'list', 'find', 'hash'] as const;

export interface CountedFiles extends Files {
  /** Calls so far, by name, in order. */
  readonly calls: string[];
}

/** Calls back before each call, which waits for it; what it throws is the call's failure. */
export function interceptFiles(
  onCall: (n: number, name: string) => void | Promise<void>,
  which: readonly (keyof Files)[] = ALL,
): CountedFiles {
  const calls: string[] = [];
  const wrapped = Object.fromEntries(
    Object.entries(localFiles).map(([name, method]) => [
      name,
      async (...args: unknown[]) => {
        if (which.includes(name as keyof Files)) {
          calls.push(`${name} ${String(args[0]).split('/').slice(-2).join('/')}`);
          await onCall(calls.length, name);
        }
        return (method as (...all: unknown[]) => unknown)(...args);
      },
    ]),
  );
  return { ...(wrapped as unknown as Files), calls };
}

export const WRITE_CALLS: readonly (keyof Files)[] = WRITES;

/** A disk that stands still at the first call of which `isPoint` says so ("link _delta_log/x.json"), until it is told to go on. */
export function haltFiles(isPoint: (call: string) => boolean): {
  readonly files: Files;
  readonly reached: Promise<void>;
  goOn(): void;
} {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let hasHalted = false;
  const files = interceptFiles((_, name) => {
    if (hasHalted || !isPoint(files.calls.at(-1) ?? name)) return;
    hasHalted = true;
    reached.resolve();
    return gate.promise;
  });
  return { files, reached: reached.promise, goOn: gate.resolve };
}
