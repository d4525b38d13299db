// The accounts that are open for reading: opened when asked for, opened anew when their plays or the snapshot have changed, and closed when
// they have not been asked for long enough that others need the room.
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { NotFoundError } from '../../errors.ts';
import { localFiles } from '../snapshots/files.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import { listeningFolder } from './accounts.ts';
import { findDerivedPlays } from './derive.ts';
import { type OpenListening, type OpenListeningOptions, openListening } from './open.ts';

export interface OpenAccounts {
  /** @throws NotFoundError for an account without plays. Call `release` when the request is over. */
  acquire(accountId: string, manifest: Manifest): Promise<{ listening: OpenListening; release(): void }>;
  close(): Promise<void>;
}

interface Holder {
  readonly key: string;
  readonly opening: Promise<OpenListening>;
  users: number;
  isRetired: boolean;
}

const LOOK_MS = 60_000;

export function createOpenAccounts(options: {
  readonly dataDir: string;
  readonly config: OpenListeningOptions['config'] & Pick<Config, 'maxOpenAccounts'>;
  readonly clock: Clock;
}): OpenAccounts {
  const { dataDir, config, clock } = options;
  /** In order of use, the one that was asked for longest ago first. */
  const open = new Map<string, Holder>();

  const closeWhenUnused = (holder: Holder) => {
    if (holder.isRetired && holder.users === 0)
      void holder.opening.then((each) => each.close()).catch(() => {});
  };
  const retire = (accountId: string) => {
    const holder = open.get(accountId);
    if (!holder) return;
    open.delete(accountId);
    holder.isRetired = true;
    closeWhenUnused(holder);
  };

  /** Lets go of accounts that were forgotten, by this process or another: what was read of them is in memory as long as they are open. */
  const letGo = async () => {
    for (const accountId of [...open.keys()]) {
      const derived = await findDerivedPlays(localFiles, listeningFolder(dataDir, accountId)).catch(() => {});
      if (derived === null) retire(accountId);
    }
  };
  const stopLooking = clock.every(LOOK_MS, () => void letGo());

  return {
    acquire: async (accountId, manifest) => {
      const folder = listeningFolder(dataDir, accountId);
      const derived = await findDerivedPlays(localFiles, folder);
      if (!derived) {
        retire(accountId);
        throw new NotFoundError('listening of account', accountId);
      }
      const key = `${derived.version} ${manifest.id}`;
      const found = open.get(accountId);
      if (found && found.key !== key) retire(accountId);
      const holder: Holder =
        found?.key === key
          ? found
          : {
              key,
              opening: openListening({ folder, derived, manifest, dataDir, config, clock }),
              users: 0,
              isRetired: false,
            };
      open.delete(accountId);
      open.set(accountId, holder);
      holder.users += 1;
      const [oldest] = open.keys();
      if (open.size > config.maxOpenAccounts && oldest !== undefined && oldest !== accountId) retire(oldest);
      let isReleased = false;
      const release = () => {
        if (isReleased) return;
        isReleased = true;
        holder.users -= 1;
        closeWhenUnused(holder);
      };
      try {
        return { listening: await holder.opening, release };
      } catch (error) {
        release();
        if (open.get(accountId) === holder) open.delete(accountId);
        throw error;
      }
    },
    close: async () => {
      stopLooking();
      const holders = [...open.values()];
      open.clear();
      await Promise.all(holders.map(async ({ opening }) => (await opening.catch(() => null))?.close()));
    },
  };
}
