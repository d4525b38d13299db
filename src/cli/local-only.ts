// Commands that work on the data folder of this machine, where a server elsewhere is named: what they did would never reach it.
import { hostname, networkInterfaces } from 'node:os';
import { type Config, isLoopback } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { findServer, isHeld } from '../store/server-lock.ts';
import { isServerAlive } from './graphql-client.ts';

/**
 * Refuses to go on where GROOVELAKE_SERVER_URL names a server that is not the data folder's own. An address of this machine at which nobody
 * answers is that of the folder's own server while that is stopped.
 *
 * @param command as the message names it
 * @param instead how the same is had there, in a sentence
 * @throws ConfigError
 */
export async function requireOwnFolder(
  { serverUrl, publicUrl, dataDir }: Pick<Config, 'serverUrl' | 'publicUrl' | 'dataDir'>,
  command: string,
  instead: string,
): Promise<void> {
  if (serverUrl === undefined) return;
  const own = await findServer(dataDir);
  if (own && [own.url, publicUrl].some((url) => url && isSamePlace(serverUrl, url))) return;
  if (!own && isThisMachine(new URL(serverUrl).hostname)) {
    // One that holds the folder and has not said where it listens is still starting.
    if (isHeld(dataDir) || !(await isServerAlive(serverUrl))) return;
  }
  const whose = own
    ? `which is that of the server at ${own.url}`
    : 'which no server holds: the one that is named has another';
  throw new ConfigError(
    `GROOVELAKE_SERVER_URL is "${serverUrl}", but "groovelake ${command}" works on the data folder of this machine ("${dataDir}"), ${whose}. ` +
      `${instead} Or unset GROOVELAKE_SERVER_URL, if this folder is meant.`,
  );
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
