// Commands that work on the data folder of this machine, where a server elsewhere is named: what they did would never reach it.
import { hostname, networkInterfaces } from 'node:os';
import { type Config, isLoopback } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { findServer, isHeld } from '../store/server-lock.ts';
import { isPortClosed } from './port-closed.ts';

type Settings = Pick<Config, 'serverUrl' | 'publicUrl' | 'dataDir'>;

/**
 * Refuses to go on where GROOVELAKE_SERVER_URL names a server that is not the data folder's own.
 *
 * @param command as the message names it
 * @param instead how the same is had there, in a sentence
 * @throws ConfigError
 */
export async function requireOwnFolder(config: Settings, command: string, instead: string): Promise<void> {
  const whose = await findOtherFolder(config);
  if (whose === null) return;
  const { serverUrl, dataDir } = config;
  throw new ConfigError(
    `GROOVELAKE_SERVER_URL is "${serverUrl}", but "groovelake ${command}" works on the data folder of this machine ("${dataDir}"), ${whose}. ` +
      `${instead} Or unset GROOVELAKE_SERVER_URL, if this folder is meant.`,
  );
}

/**
 * Why the data folder may not be that of the server which GROOVELAKE_SERVER_URL names, in words behind the folder's name; null where it is,
 * or none is named. An address that is GROOVELAKE_PUBLIC_URL, or one of this machine at which connections are refused, is that of the
 * folder's own server while that is stopped.
 */
export async function findOtherFolder({ serverUrl, publicUrl, dataDir }: Settings): Promise<string | null> {
  if (serverUrl === undefined) return null;
  const own = await findServer(dataDir);
  if ([own?.url, publicUrl].some((url) => url && isSamePlace(serverUrl, url))) return null;
  if (own) return `which is that of the server at ${own.url}`;
  // One that holds the folder and has not said where it listens is still starting.
  const isStarting = isHeld(dataDir);
  if (isThisMachine(new URL(serverUrl).hostname) && (isStarting || (await isPortClosed(serverUrl))))
    return null;
  return isStarting
    ? 'whose server has not said yet where it listens'
    : 'which no server holds, and nothing tells whether it is that of the one that is named';
}

/** A port of this machine is one server's, by whatever name of the machine it is asked. */
function isSamePlace(named: string, known: string): boolean {
  const [a, b] = [new URL(named), new URL(known)];
  if (a.port !== b.port || a.protocol !== b.protocol) return false;
  return a.hostname === b.hostname || (isThisMachine(a.hostname) && isThisMachine(b.hostname));
}

/** Also where it stands for every address of the machine, as a server says that listens on all of them. */
function isThisMachine(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  if (isLoopback(bare) || bare === '0.0.0.0' || bare === '::' || bare === hostname().toLowerCase())
    return true;
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === bare),
  );
}
