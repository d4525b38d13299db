// Holds what is open for the served snapshot. A new one opens beside the old, the reference swaps, and the old one closes when its
// last user lets go.
import type { Clock } from '../../clock.ts';
import { GroovelakeError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Manifest } from './manifest.ts';
import { HEAL_ADVICE, type SnapshotStore } from './snapshot-store.ts';

export interface Served<T> {
  /** @throws GroovelakeError (STARTING) while nothing has been published */
  acquire(): { manifest: Manifest; resource: T; release(): void };
  findManifest(): Manifest | null;
  /** What was wrong with what CURRENT points to at the last look, so that another one is served, or none; empty when nothing was. */
  listWarnings(): readonly string[];
  /** Whether the last look at CURRENT, or the opening of what it names, failed; that is tried again. */
  isFailing(): boolean;
  /** What is open now, for metrics; null before the first snapshot. */
  peek(): T | null;
  /**
   * Opens what CURRENT points to unless it is served already. A snapshot that cannot be opened leaves the old one serving, and is tried
   * again by itself, after pauses that double: a full disk, or too many open files, may pass.
   */
  refresh(): Promise<void>;
  onSwap(listener: (manifest: Manifest) => void): void;
  close(): Promise<void>;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

interface Holder<T> {
  readonly manifest: Manifest;
  readonly resource: T;
  users: number;
  isRetired: boolean;
}

export function createServed<T extends { close(): Promise<void> }>(options: {
  readonly snapshots: SnapshotStore;
  readonly open: (manifest: Manifest) => Promise<T>;
  readonly clock: Clock;
  readonly log: Log;
}): Served<T> {
  const { snapshots, clock, log } = options;
  const listeners: ((manifest: Manifest) => void)[] = [];
  let current: Holder<T> | null = null;
  let warnings: readonly string[] = [];
  let refreshing: Promise<void> = Promise.resolve();
  let failures = 0;
  let cancelRetry = () => {};
  let isClosed = false;

  const closeWhenUnused = (holder: Holder<T>) => {
    if (!holder.isRetired || holder.users > 0) return;
    holder.resource
      .close()
      .catch((error: unknown) =>
        log.warn('A snapshot did not close', { snapshot: holder.manifest.id, error }),
      );
  };

  const retire = (holder: Holder<T> | null) => {
    if (!holder) return;
    holder.isRetired = true;
    closeWhenUnused(holder);
  };

  const swap = async () => {
    const found = await snapshots.lookAtCurrent();
    warnings = found.warnings;
    for (const warning of warnings) log.warn('Snapshot damaged', { warning });
    if (found.damagedId !== null) await snapshots.noteDamage(found.damagedId);
    const { manifest } = found;
    if (!manifest || manifest.id === current?.manifest.id) return;
    const resource = await options.open(manifest);
    const old = current;
    current = { manifest, resource, users: 0, isRetired: false };
    retire(old);
    for (const listener of listeners) listener(manifest);
  };

  /** One at a time, in order; a failure leaves the old snapshot in place for the next try. */
  const refresh = () => {
    cancelRetry();
    refreshing = refreshing.then(swap).then(
      () => {
        failures = 0;
      },
      (error: unknown) => {
        const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures++);
        log.error('A snapshot could not be opened', { error, againInMs: pause });
        cancelRetry();
        if (!isClosed) cancelRetry = clock.after(pause, () => void refresh());
      },
    );
    return refreshing;
  };

  return {
    acquire: () => {
      const holder = current;
      if (!holder) {
        throw new GroovelakeError(
          'STARTING',
          warnings.length > 0
            ? `No published snapshot is whole; the server's log says where. ${HEAL_ADVICE}`
            : 'No snapshot has been published yet. Wait for the first run to end; `runs` shows it.',
          { isRetryable: true },
        );
      }
      holder.users += 1;
      let isReleased = false;
      return {
        manifest: holder.manifest,
        resource: holder.resource,
        release: () => {
          if (isReleased) return;
          isReleased = true;
          holder.users -= 1;
          closeWhenUnused(holder);
        },
      };
    },
    listWarnings: () => warnings,
    isFailing: () => failures > 0,
    findManifest: () => current?.manifest ?? null,
    peek: () => current?.resource ?? null,
    refresh,
    onSwap: (listener) => {
      listeners.push(listener);
    },
    close: async () => {
      isClosed = true;
      cancelRetry();
      await refreshing;
      const holder = current;
      current = null;
      if (holder && !holder.isRetired) {
        holder.isRetired = true;
        await holder.resource.close();
      }
    },
  };
}
