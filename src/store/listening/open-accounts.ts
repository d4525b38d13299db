// The accounts that are open for reading: opened when asked for, opened anew when their plays or the snapshot have changed, closed when they
// have not been asked for a while or others need the room, and at once when they were forgotten.
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { CancelledError, NotFoundError } from '../../errors.ts';
import { localFiles } from '../snapshots/files.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import { listAccountIds, listeningFolder } from './accounts.ts';
import { findDerivedPlays } from './derive.ts';
import { type OpenListening, type OpenListeningOptions, openListening } from './open.ts';

export interface OpenAccounts {
  /** @throws NotFoundError for an account without plays. Call `release` when the request is over. */
  acquire(accountId: string, manifest: Manifest): Promise<{ listening: OpenListening; release(): void }>;
  /** Opens accounts, as many as may be open, and makes their figures ready: for a server that has just begun to serve. */
  warm(manifest: Manifest): Promise<void>;
  /** Opens what is open anew on another snapshot, and makes its figures ready. */
  follow(manifest: Manifest): Promise<void>;
  /** Opens nothing any more; what is made ready in the background ends first. */
  close(): Promise<void>;
}

interface Holder {
  readonly key: string;
  readonly listening: OpenListening;
  users: number;
  usedAt: number;
  isRetired: boolean;
}

const LOOK_MS = 10_000;

export function createOpenAccounts(options: {
  readonly dataDir: string;
  readonly config: OpenListeningOptions['config'] & Pick<Config, 'maxOpenAccounts' | 'accountIdleMs'>;
  readonly clock: Clock;
}): OpenAccounts {
  const { dataDir, config, clock } = options;
  /** In order of use, the one that was asked for longest ago first. */
  const open = new Map<string, Holder>();
  /** Those that are read still, though others have taken their place. */
  const retired = new Map<Holder, string>();

  /** What goes on though nobody waits for it. */
  const background = new Set<Promise<unknown>>();
  let isClosed = false;

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
      else if (holder?.users === 0 && clock.now() - holder.usedAt >= config.accountIdleMs) retire(accountId);
    }
  };
  const stopLooking = clock.every(LOOK_MS, () => void look());

  const acquire: OpenAccounts['acquire'] = async (accountId, manifest) => {
    const folder = listeningFolder(dataDir, accountId);
    const derived = await findDerivedPlays(localFiles, folder);
    // Asked after the last wait: what is opened from here on is closed by `close`.
    if (isClosed) throw new CancelledError('The server is stopping.');
    if (!derived) {
      forget(accountId);
      throw new NotFoundError('listening of account', accountId);
    }
    const key = `${derived.version} ${manifest.id}`;
    if (open.get(accountId)?.key !== key) retire(accountId);
    const holder: Holder = open.get(accountId) ?? {
      key,
      listening: openListening({ folder, derived, manifest, dataDir, config, clock }),
      users: 0,
      usedAt: 0,
      isRetired: false,
    };
    open.delete(accountId);
    open.set(accountId, holder);
    holder.users += 1;
    holder.usedAt = clock.now();
    const [oldest] = open.keys();
    if (open.size > config.maxOpenAccounts && oldest !== undefined && oldest !== accountId) retire(oldest);
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      holder.users -= 1;
      if (holder.isRetired && holder.users === 0) closeHolder(holder);
    };
    return { listening: holder.listening, release };
  };

  /** One after the other; what cannot be opened says so to who asks for it. */
  const prepare = async (accountIds: readonly string[], manifest: Manifest) => {
    for (const accountId of accountIds) {
      if (isClosed) return;
      const acquired = await acquire(accountId, manifest).catch(() => null);
      await acquired?.listening.prepare().catch(() => {});
      acquired?.release();
    }
  };

  return {
    acquire,
    warm: (manifest) =>
      track(listAccountIds(dataDir).then((ids) => prepare(ids.slice(0, config.maxOpenAccounts), manifest))),
    follow: (manifest) => track(prepare([...open.keys()], manifest)),
    close: async () => {
      isClosed = true;
      stopLooking();
      for (const holder of [...open.values(), ...retired.keys()]) closeHolder(holder);
      open.clear();
      await Promise.all(background);
    },
  };
}
