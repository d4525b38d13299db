// The accounts that are open for reading: opened when asked for, opened anew when their plays or the snapshot have changed, closed when they
// have not been asked for a while or others need the room, and at once when they were forgotten.
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { CancelledError, NotFoundError } from '../../errors.ts';
import { localFiles } from '../snapshots/files.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import { listAccountIds, listeningFolder } from './accounts.ts';
import { type DerivedPlays, findDerivedPlays } from './derive.ts';
import { type OpenListening, type OpenListeningOptions, openListening } from './open.ts';

export interface OpenAccounts {
  /** @throws NotFoundError for an account without plays. Call `release` when the request is over. */
  acquire(accountId: string, manifest: Manifest): Promise<{ listening: OpenListening; release(): void }>;
  /** Opens accounts, as many as may be open, and makes their figures ready: for a server that has just begun to serve. */
  warm(manifest: Manifest): Promise<void>;
  /** Opens what is open anew on another snapshot, and makes its figures ready: as long as somebody asks for it now and then. */
  follow(manifest: Manifest): Promise<void>;
  /** Opens nothing any more; what is made ready in the background ends first. */
  close(): Promise<void>;
}

interface Holder {
  readonly key: string;
  readonly listening: OpenListening;
  users: number;
  /** When somebody last asked for it; of one that was opened unasked, when it was. */
  askedAt: number;
  isRetired: boolean;
}

const LOOK_MS = 10_000;

export function createOpenAccounts(options: {
  readonly dataDir: string;
  readonly config: OpenListeningOptions['config'] & Pick<Config, 'maxOpenAccounts' | 'accountIdleMs'>;
  readonly clock: Clock;
}): OpenAccounts {
  const { dataDir, config, clock } = options;
  const open = new Map<string, Holder>();
  /** Those that are read still, though others have taken their place. */
  const retired = new Map<Holder, string>();

  /** What goes on though nobody waits for it. */
  const background = new Set<Promise<unknown>>();
  let isClosed = false;
  /** What accounts are made ready on. One may be published while they are: nothing goes back to that before. */
  let newest: Manifest | null = null;

  const track = <T>(work: Promise<T>): Promise<T> => {
    background.add(work);
    const leave = () => void background.delete(work);
    work.then(leave, leave);
    return work;
  };
  const closeHolder = (holder: Holder) => {
    retired.delete(holder);
    void track(holder.listening.close().catch(() => {}));
  };
  /** Closes it when its last user lets go. */
  const retire = (accountId: string) => {
    const holder = open.get(accountId);
    if (!holder) return;
    open.delete(accountId);
    holder.isRetired = true;
    if (holder.users === 0) closeHolder(holder);
    else retired.set(holder, accountId);
  };
  /** Closes it whoever reads it: nothing of a forgotten account is told any more. */
  const forget = (accountId: string) => {
    retire(accountId);
    for (const [holder, id] of [...retired]) if (id === accountId) closeHolder(holder);
  };

  const look = async () => {
    for (const accountId of new Set([...open.keys(), ...retired.values()])) {
      const derived = await findDerivedPlays(localFiles, listeningFolder(dataDir, accountId)).catch(() => {});
      const holder = open.get(accountId);
      if (derived === null) forget(accountId);
      else if (holder?.users === 0 && clock.now() - holder.askedAt >= config.accountIdleMs) retire(accountId);
    }
  };
  const stopLooking = clock.every(LOOK_MS, () => void look());

  const findPlays = async (accountId: string): Promise<DerivedPlays> => {
    const derived = await findDerivedPlays(localFiles, listeningFolder(dataDir, accountId));
    if (derived) return derived;
    forget(accountId);
    throw new NotFoundError('listening of account', accountId);
  };
  /** Opens it, unless it is open on these plays and this snapshot. */
  const hold = (accountId: string, derived: DerivedPlays, manifest: Manifest): Holder => {
    // Asked after the last wait: what is opened from here on is closed by `close`.
    if (isClosed) throw new CancelledError('The server is stopping.');
    const before = open.get(accountId);
    const key = `${derived.version} ${manifest.id}`;
    if (before?.key === key) return before;
    retire(accountId);
    const folder = listeningFolder(dataDir, accountId);
    const holder: Holder = {
      key,
      listening: openListening({ folder, derived, manifest, dataDir, config, clock }),
      users: 0,
      askedAt: before?.askedAt ?? clock.now(),
      isRetired: false,
    };
    open.set(accountId, holder);
    if (open.size > config.maxOpenAccounts) makeRoom(accountId);
    return holder;
  };
  const makeRoom = (accountId: string) => {
    const others = [...open].filter(([id]) => id !== accountId);
    const [oldest] = others.sort(([, a], [, b]) => a.askedAt - b.askedAt);
    if (oldest) retire(oldest[0]);
  };
  const use = (holder: Holder) => {
    holder.users += 1;
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      holder.users -= 1;
      if (holder.isRetired && holder.users === 0) closeHolder(holder);
    };
    return { listening: holder.listening, release };
  };

  const acquire: OpenAccounts['acquire'] = async (accountId, manifest) => {
    const holder = hold(accountId, await findPlays(accountId), manifest);
    holder.askedAt = clock.now();
    return use(holder);
  };

  /** One after the other, without having been asked; what cannot be opened says so to who asks for it. */
  const prepare = async (accountIds: readonly string[], isWanted: (accountId: string) => boolean) => {
    for (const accountId of accountIds) {
      const derived = await findPlays(accountId).catch(() => null);
      if (isClosed) return;
      if (!derived || !newest || !isWanted(accountId)) continue;
      const { listening, release } = use(hold(accountId, derived, newest));
      await listening.prepare().catch(() => {});
      release();
    }
  };
  const isAny = () => true;
  const isOpen = (accountId: string) => open.has(accountId);

  return {
    acquire,
    warm: (manifest) => {
      newest = manifest;
      return track(
        listAccountIds(dataDir).then((ids) => prepare(ids.slice(0, config.maxOpenAccounts), isAny)),
      );
    },
    follow: (manifest) => {
      newest = manifest;
      return track(prepare([...open.keys()], isOpen));
    },
    close: async () => {
      isClosed = true;
      stopLooking();
      for (const holder of [...open.values(), ...retired.keys()]) closeHolder(holder);
      open.clear();
      await Promise.all(background);
    },
  };
}
