// Holds what is open for the served snapshot. A new one opens beside the old, the reference swaps, and the old one closes when its
// last user lets go.
import { GroovelakeError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Manifest } from './manifest.ts';
import type { SnapshotStore } from './snapshot-store.ts';

export interface Served<T> {
  /** @throws GroovelakeError (STARTING) while nothing has been published */
  acquire(): { manifest: Manifest; resource: T; release(): void };
  findManifest(): Manifest | null;
  /** What was wrong with what CURRENT points to at the last look, so that another one is served; empty when nothing was. */
  listWarnings(): readonly string[];
  /** What is open now, for metrics; null before the first snapshot. */
  peek(): T | null;
  /** Opens what CURRENT points to unless it is served already. A snapshot that cannot be opened leaves the old one serving. */
  refresh(): Promise<void>;
  onSwap(listener: (manifest: Manifest) => void): void;
  close(): Promise<void>;
}

interface Holder<T> {
  readonly manifest: Manifest;
  readonly resource: T;
  users: number;
  isRetired: boolean;
}

export function createServed<T extends { close(): Promise<void> }>(options: {
  readonly snapshots: SnapshotStore;
  readonly open: (manifest: Manifest) => Promise<T>;
  readonly log: Log;
}): Served<T> {
  const { snapshots, log } = options;
  const listeners: ((manifest: Manifest) => void)[] = [];
  let current: Holder<T> | null = null;
  let warnings: readonly string[] = [];
  let refreshing: Promise<void> = Promise.resolve();

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
    const found = await snapshots.readCurrent();
    warnings = found?.warnings ?? [];
    for (const warning of warnings) log.warn('Snapshot damaged', { warning });
    if (!found || found.manifest.id === current?.manifest.id) return;
    const resource = await options.open(found.manifest);
    const old = current;
    current = { manifest: found.manifest, resource, users: 0, isRetired: false };
    retire(old);
    for (const listener of listeners) listener(found.manifest);
  };

  return {
    acquire: () => {
      const holder = current;
      if (!holder) {
        throw new GroovelakeError(
          'STARTING',
          'No snapshot has been published yet. Wait for the first run to end; `runs` shows it.',
          {
            isRetryable: true,
          },
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
    findManifest: () => current?.manifest ?? null,
    peek: () => current?.resource ?? null,
    refresh: () => {
      // One at a time, in order; a failure leaves the old snapshot in place for the next try.
      refreshing = refreshing
        .then(swap)
        .catch((error: unknown) => log.error('A snapshot could not be opened', { error }));
      return refreshing;
    },
    onSwap: (listener) => {
      listeners.push(listener);
    },
    close: async () => {
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
