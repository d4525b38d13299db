// A sandbox on a clock that a test moves, and short ways to ask it.
import { afterEach } from 'vitest';
import { type Clock, systemClock } from '../../../src/clock.ts';
import { createCatalogue } from '../../../src/sources/sandbox/catalogue.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../src/sources/sandbox/server.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes are looked into here.
  readonly body: any;
}

export interface OpenSandbox extends Sandbox {
  /** Lets so many milliseconds pass for the sandbox. */
  pass(ms: number): void;
  now(): number;
  /** GET of an absolute address, or of a path below /v1. */
  ask(path: string, token?: string | null, headers?: Readonly<Record<string, string>>): Promise<Asked>;
  /** POST to the token endpoint; a given client authenticates with the Basic header. */
  askToken(
    form: Readonly<Record<string, string>>,
    client?: { id: string; secret: string } | null,
  ): Promise<Asked>;
  /** A token of client credentials. */
  token(client?: { id: string; secret: string }): Promise<string>;
}

/** Making one takes longer than all that most tests ask of it. */
const CATALOGUE = createCatalogue({ artists: 42 });
const START = Date.UTC(2026, 10, 20, 20);

export async function openSandbox(options: Partial<SandboxOptions> = {}): Promise<OpenSandbox> {
  let now = START;
  const clock: Clock = { ...systemClock, now: () => now };
  const sandbox = await startSandbox({ clock, catalogue: CATALOGUE, ...options });
  ends.push(() => sandbox.close());
  const [first] = sandbox.clients;
  const ask: OpenSandbox['ask'] = async (path, token = null, headers = {}) => {
    const url = path.startsWith('http') ? path : `${sandbox.apiUrl}${path}`;
    const authorization =
      token === null ? {} : { authorization: token.includes(' ') ? token : `Bearer ${token}` };
    return read(await fetch(url, { redirect: 'manual', headers: { ...authorization, ...headers } }));
  };
  const askToken: OpenSandbox['askToken'] = async (form, client = first ?? null) => {
    const basic = client ? Buffer.from(`${client.id}:${client.secret}`).toString('base64') : null;
    return read(
      await fetch(`${sandbox.accountsUrl}/api/token`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          ...(basic === null ? {} : { authorization: `Basic ${basic}` }),
        },
        body: new URLSearchParams(form).toString(),
      }),
    );
  };
  return Object.assign(sandbox, {
    pass: (ms: number) => {
      now += ms;
    },
    now: () => now,
    ask,
    askToken,
    token: async (client = first) => {
      const { body } = await askToken({ grant_type: 'client_credentials' }, client);
      return String(body.access_token);
    },
  });
}

async function read(response: Response): Promise<Asked> {
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status: response.status, headers: response.headers, text, body };
}
