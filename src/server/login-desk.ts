// Who may connect an account through the browser, and what becomes of it: the connection, and a key that sees it.
import { type Clock, type Randomness, toIso } from '../clock.ts';
import { type Config, isLoopback } from '../config.ts';
import { ConfigError, GroovelakeError, isGroovelakeError } from '../errors.ts';
import type { Access } from '../http/access.ts';
import { CALLBACK_PATH, type Connected, type LoginDesk } from '../http/login-routes.ts';
import { createConnector } from '../pipeline/listening/connect-account.ts';
import { type AccessStore, includesScope } from '../store/access/access-store.ts';
import { findAccountKey, makeAccountKey } from '../store/access/account-key.ts';
import { openAccount } from '../store/listening/accounts.ts';

/** As the audit log names it. */
const ACTION = 'connectAccount';

export function createLoginDesk(parts: {
  readonly config: Config;
  readonly accessStore: AccessStore;
  readonly clock: Clock;
  readonly random: Randomness;
}): LoginDesk {
  const { config, accessStore, clock, random } = parts;
  const connector = createConnector({ config, clock, random });

  const finish = async (access: Access, query: URLSearchParams): Promise<Connected> => {
    const { id, displayName } = await connector.finish(query, access.actor);
    const known = await findAccountKey(accessStore, id, clock.now());
    const key = known
      ? null
      : await makeAccountKey(accessStore, id, access.actor, { now: clock.now(), random });
    const file = await openAccount(config.dataDir, id);
    const endsAt = file.findLoginEnd() ?? clock.now();
    file.close();
    return { accountId: id, displayName, loginEnds: toIso(endsAt).slice(0, 10), key };
  };

  return {
    check: async (access, port) => {
      requireMayConnect(access);
      connector.check(toRedirect(config, port));
    },
    begin: async (access, port) => {
      requireMayConnect(access);
      const url = connector.begin(toRedirect(config, port), chooseInto(access), access.actor);
      return { url, state: new URL(url).searchParams.get('state') ?? '' };
    },
    finish: async (access, query) => {
      requireMayConnect(access);
      const { scope, actor } = access;
      const sequence = await accessStore.beginAudit({
        at: clock.now(),
        actor,
        scope,
        action: ACTION,
        input: {},
      });
      try {
        const connected = await finish(access, query);
        await accessStore.endAudit(sequence, { outcome: 'done', runId: null });
        return connected;
      } catch (error) {
        const outcome = isGroovelakeError(error) ? error.code : 'INTERNAL';
        await accessStore.endAudit(sequence, { outcome, runId: null });
        throw error;
      }
    },
  };
}

/** The key of an account connects that one. Whoever sits at an open server sees the only account anyway; others begin a new one. */
function chooseInto({ accountId, actor }: Access): { accountId: string } | 'ONLY' | undefined {
  if (accountId !== undefined) return { accountId };
  return actor === 'loopback' ? 'ONLY' : undefined;
}

/** Operators, and whoever has the key of an account: to log in again, not to connect another. */
function requireMayConnect({ scope, accountId }: Access): void {
  if (accountId !== undefined || includesScope(scope, 'operate')) return;
  throw new GroovelakeError(
    'FORBIDDEN',
    'Connecting an account needs a key of scope operate, or the key of the account that logs in again; this key may only read.',
  );
}

/** Where Spotify sends the browser back: https, or http on a loopback literal, and never "localhost" (SOURCES 1.1). */
function toRedirect({ publicUrl, host }: Config, port: number): string {
  if (publicUrl !== undefined) {
    const url = new URL(CALLBACK_PATH, publicUrl);
    if (url.protocol === 'https:' || ['127.0.0.1', '[::1]'].includes(url.hostname)) return url.href;
    throw new ConfigError(
      `GROOVELAKE_PUBLIC_URL is "${publicUrl}"; an https address is expected, or http://127.0.0.1, since Spotify sends browsers to no other.`,
    );
  }
  if (!isLoopback(host)) {
    throw new ConfigError(
      `HOST is "${host}", and Spotify sends browsers back to https addresses or to this machine only. ` +
        'Set GROOVELAKE_PUBLIC_URL to the https address of this server, and register it with /callback as a redirect URI; ' +
        'or use "groovelake login" on the machine itself.',
    );
  }
  return `http://${host.replace(/^\[|\]$/g, '') === '::1' ? '[::1]' : '127.0.0.1'}:${port}${CALLBACK_PATH}`;
}
