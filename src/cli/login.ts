// groovelake login: connects a Spotify account, by a browser on this machine.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock, systemRandomness } from '../clock.ts';
import type { Config } from '../config.ts';
import { GroovelakeError, NotFoundError } from '../errors.ts';
import { createConnector } from '../pipeline/listening/connect-account.ts';
import { makeAccountKey } from '../store/access/account-key.ts';
import { prepareDataDir } from '../store/data-dir.ts';
import { type Account, findAccount } from '../store/listening/accounts.ts';
import { openAccessStore } from '../store/open-stores.ts';
import { parseWords, readPort, readText } from './arguments.ts';
import { audited } from './audited.ts';
import type { Command, CommandParts } from './command.ts';
import { findAdminLack } from './keys.ts';
import { requireOwnFolder } from './local-only.ts';

export const loginCommand: Command = {
  run: login,
};

/** From the first connected account on nobody comes in without a key: one person must not see another's listening. */
async function makeKey(config: Config, { id }: Account): Promise<{ text: string; lack: string | null }> {
  const store = await openAccessStore(config);
  try {
    const about = { now: systemClock.now(), random: systemRandomness };
    const text = await audited(
      { access: store, clock: systemClock },
      { action: 'createApiKey', input: { accountId: id, scope: 'read' } },
      () => makeAccountKey(store, id, 'groovelake login', about),
    );
    return { text, lack: await findAdminLack(store, config) };
  } finally {
    await store.close();
  }
}

const WAIT_MS = 600_000;

async function login({ words, config, terminal }: CommandParts): Promise<number> {
  const parsed = parseWords(words, 0, { port: { type: 'string' }, account: { type: 'string' } });
  await requireOwnFolder(config, 'login', 'Open /auth/spotify there.');
  const accountId = readText(parsed, 'account');
  if (accountId !== undefined && !(await findAccount(config.dataDir, accountId)))
    throw new NotFoundError('account', accountId, { hint: '"groovelake accounts" lists them.' });
  await prepareDataDir(config.dataDir);
  const connector = createConnector({ config, clock: systemClock, random: systemRandomness });
  const account = await new Promise<Account>((resolve, reject) => {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      if (url.pathname !== '/callback') return void response.writeHead(404).end();
      connector.finish(url.searchParams).then(
        (connected) => {
          response
            .writeHead(200, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
            .end('Connected. You can close this page.');
          end(() => resolve(connected));
        },
        (error: unknown) => {
          response
            .writeHead(400, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
            .end(String(error));
          end(() => reject(error));
        },
      );
    });
    const end = (then: () => void) => {
      cancel();
      server.close();
      then();
    };
    const cancel = systemClock.after(WAIT_MS, () =>
      end(() => reject(new GroovelakeError('TIMEOUT', 'Nobody logged in within ten minutes. Begin again.'))),
    );
    server.on('error', (error) => end(() => reject(error)));
    server.listen(readPort(parsed) ?? 0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      try {
        const url = connector.begin(
          `http://127.0.0.1:${port}/callback`,
          accountId === undefined ? 'ONLY' : { accountId },
        );
        terminal.line('Open this address in a browser on this machine, and agree:');
        terminal.line(url);
      } catch (error) {
        end(() => reject(error));
      }
    });
  });
  terminal.line(`Connected ${account.displayName || 'an account'} as account ${account.id}.`);
  terminal.line(
    'Its listening is seen with this key, which is shown this once; from now on the server wants a key from everybody:',
  );
  const { text, lack } = await makeKey(config, account);
  terminal.line(text);
  if (lack !== null) terminal.error(`groovelake: ${lack}`);
  return 0;
}
