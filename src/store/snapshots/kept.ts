// Older snapshots, opened when somebody asks for one and closed when nobody has for a while.
import type { Clock } from '../../clock.ts';
import { GroovelakeError, InvalidInputError, NotFoundError, SnapshotError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Manifest } from './manifest.ts';
import type { Served } from './served.ts';
import { isSnapshotId } from './snapshot-id.ts';
import type { SnapshotStore } from './snapshot-store.ts';

/** Which snapshot: by id, or the one that was served at a time (milliseconds since 1970). Exactly one is given. */
export interface AsOf {
  readonly snapshot?: string | null | undefined;
  readonly time?: number | null | undefined;
}

export interface Kept<T> {
  /**
   * A kept snapshot, held open until it is released. Whoever asks for one that is open shares it.
   *
   * @throws InvalidInputError for none or both, or an id that is none; NotFoundError for one that is swept, unknown or too early;
   *   SnapshotError for one that is damaged; GroovelakeError (OVERLOADED) when as many as may be open are in use
   */
  acquire(asOf: AsOf): Promise<{ manifest: Manifest; resource: T; release(): void }>;
  /** The manifest of a kept snapshot whose files are all as they were published, of which nothing is opened. @throws as `acquire` does, but for OVERLOADED */
  findWhole(asOf: AsOf): Promise<Manifest>;
  /** How many are open, for metrics and tests. */
  readonly open: number;
  close(): Promise<void>;
}

interface Holder<T> {
  readonly manifest: Manifest;
  readonly opening: Promise<T>;
  users: number;
  /** When the last user let go, in milliseconds of the monotonic clock. */
  idleSince: number;
}

/** Whether a snapshot is whole. */
interface Check {
  readonly checked: Promise<void>;
  /** When somebody asked last, or it was known, in milliseconds of the monotonic clock. */
  askedAt: number;
  isUnderWay: boolean;
}

export function createKept<T extends { close(): Promise<void> }>(options: {
  readonly snapshots: SnapshotStore;
  readonly served: Served<T>;
  readonly open: (manifest: Manifest) => Promise<T>;
  readonly maxOpen: number;
  readonly idleMs: number;
  readonly clock: Clock;
  readonly log: Log;
}): Kept<T> {
  const { snapshots, served, clock, log, maxOpen, idleMs } = options;
  const holders = new Map<string, Holder<T>>();
  const whole = new Map<string, Check>();
  let lastCheck: Promise<unknown> = Promise.resolve();

  const shut = async (holder: Holder<T>) => {
    holders.delete(holder.manifest.id);
    try {
      await (await holder.opening).close();
    } catch (error) {
      log.warn('An older snapshot did not close', { snapshot: holder.manifest.id, error });
    }
  };

  const stopSweeping = clock.every(Math.max(100, idleMs / 4), () => {
    for (const holder of holders.values()) {
      if (holder.users === 0 && clock.monotonic() - holder.idleSince >= idleMs) void shut(holder);
    }
    for (const [id, { askedAt, isUnderWay }] of whole)
      if (!isUnderWay && clock.monotonic() - askedAt >= idleMs) whole.delete(id);
  });

  const makeRoom = () => {
    if (holders.size < maxOpen) return;
    const [oldest] = [...holders.values()]
      .filter(({ users }) => users === 0)
      .sort((a, b) => a.idleSince - b.idleSince);
    if (!oldest) {
      throw new GroovelakeError(
        'OVERLOADED',
        `${maxOpen} older snapshots are being read, which is the limit. Ask again in a moment, or raise GROOVELAKE_AS_OF_MAX_OPEN.`,
        { isRetryable: true },
      );
    }
    void shut(oldest);
  };

  const refuseDamaged = async (manifest: Manifest) => {
    const damage = await snapshots.findDamage(manifest);
    if (damage === null) return;
    log.error('An older snapshot is damaged', { snapshot: manifest.id, damage });
    throw new SnapshotError(
      `The snapshot "${manifest.id}" is damaged and cannot be read; the server's log says where. Choose another.`,
    );
  };

  /** Every byte is hashed for it: who asks for one that is being looked at, or was found whole lately, has that answer. One at a time is read. */
  const checkWhole = (manifest: Manifest): Promise<void> => {
    const known = whole.get(manifest.id);
    if (known) {
      known.askedAt = clock.monotonic();
      return known.checked;
    }
    const checked = lastCheck.then(() => refuseDamaged(manifest));
    const check: Check = { checked, askedAt: clock.monotonic(), isUnderWay: true };
    whole.set(manifest.id, check);
    lastCheck = checked.then(
      () => {
        check.isUnderWay = false;
        check.askedAt = clock.monotonic();
      },
      () => whole.delete(manifest.id),
    );
    return checked;
  };

  const openWhole = async (manifest: Manifest) => {
    await checkWhole(manifest);
    return options.open(manifest);
  };

  /** Counts the user at once, so that nothing closes what somebody waits for. */
  const hold = (manifest: Manifest): Holder<T> => {
    const known = holders.get(manifest.id);
    if (known) {
      known.users += 1;
      return known;
    }
    makeRoom();
    const holder = { manifest, opening: openWhole(manifest), users: 1, idleSince: 0 };
    holders.set(manifest.id, holder);
    holder.opening.catch(() => holders.delete(manifest.id));
    return holder;
  };

  return {
    acquire: async (asOf) => {
      const manifest = await findAsOf(snapshots, asOf);
      if (manifest.id === served.findManifest()?.id) return served.acquire();
      const holder = hold(manifest);
      let isReleased = false;
      const release = () => {
        if (isReleased) return;
        isReleased = true;
        holder.users -= 1;
        holder.idleSince = clock.monotonic();
      };
      try {
        return { manifest, resource: await holder.opening, release };
      } catch (error) {
        release();
        throw error;
      }
    },
    findWhole: async (asOf) => {
      const manifest = await findAsOf(snapshots, asOf);
      if (manifest.id !== served.findManifest()?.id) await checkWhole(manifest);
      return manifest;
    },
    get open() {
      return holders.size;
    },
    close: async () => {
      stopSweeping();
      await Promise.all([...holders.values()].map(shut));
    },
  };
}

/** The manifest that is meant. @throws InvalidInputError, NotFoundError */
export async function findAsOf(
  snapshots: Pick<SnapshotStore, 'findManifest' | 'listManifests' | 'listRollbacks'>,
  { snapshot, time }: AsOf,
): Promise<Manifest> {
  const hasTime = time !== null && time !== undefined;
  if ((typeof snapshot === 'string') === hasTime) {
    throw new InvalidInputError(
      `@asOf has ${hasTime ? 'both "snapshot" and "time"' : 'neither "snapshot" nor "time"'}; exactly one is expected.`,
      { field: 'asOf', expected: 'snapshot or time' },
    );
  }
  return hasTime ? findByTime(snapshots, time) : findById(snapshots, snapshot ?? '');
}

async function findById(
  snapshots: Pick<SnapshotStore, 'findManifest' | 'listManifests'>,
  id: string,
): Promise<Manifest> {
  if (!isSnapshotId(id)) {
    throw new InvalidInputError(
      `"${id}" is no id of a snapshot; one like "20261120-221507123-4f2a91" is expected. The query "snapshots" and "groovelake snapshots" list them.`,
      { field: 'snapshot', given: id, expected: 'the id of a kept snapshot' },
    );
  }
  const found = await snapshots.findManifest(id);
  if (found) return found;
  const oldest = (await snapshots.listManifests()).at(-1);
  const why =
    oldest && id < oldest.id
      ? `Only the last ones are kept, from "${oldest.id}" (${oldest.publishedAt}) on, and it is older: it was swept.`
      : 'It was never published, or has been swept. The query "snapshots" and "groovelake snapshots" list those that are kept.';
  throw new NotFoundError('kept snapshot', id, { hint: why });
}

async function findByTime(
  snapshots: Pick<SnapshotStore, 'findManifest' | 'listManifests' | 'listRollbacks'>,
  time: number,
): Promise<Manifest> {
  const manifests = await snapshots.listManifests();
  const published = manifests.find(({ publishedAt }) => Date.parse(publishedAt) <= time);
  const rollback = (await snapshots.listRollbacks()).findLast(({ at }) => at <= time);
  if (rollback && (!published || rollback.at > Date.parse(published.publishedAt)))
    return manifests.find(({ id }) => id === rollback.snapshotId) ?? findById(snapshots, rollback.snapshotId);
  if (published) return published;
  const at = new Date(time).toISOString();
  const oldest = manifests.at(-1);
  throw new NotFoundError('snapshot that was published at or before', at, {
    hint: oldest
      ? `The oldest that is kept is "${oldest.id}", published at ${oldest.publishedAt}.`
      : 'None has been published yet.',
  });
}
