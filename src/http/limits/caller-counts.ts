// How many of something each caller has. Callers without a key are not told apart, and have none of their own.

export interface CallerCounts {
  of(caller: string | null): number;
  add(caller: string | null): void;
  remove(caller: string | null): void;
}

export function createCallerCounts(): CallerCounts {
  const counts = new Map<string, number>();
  const of = (caller: string | null) => (caller === null ? 0 : (counts.get(caller) ?? 0));
  const set = (caller: string | null, count: number) => {
    if (caller === null) return;
    if (count > 0) counts.set(caller, count);
    else counts.delete(caller);
  };
  return {
    of,
    add: (caller) => set(caller, of(caller) + 1),
    remove: (caller) => set(caller, of(caller) - 1),
  };
}
