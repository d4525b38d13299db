// Connecting an account by a browser: /auth/spotify is a page with a button, /callback is where Spotify sends the browser back. Both are
// pages without data; what they want done they ask by POST, with the reader's key, so that no GET changes anything.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { GroovelakeError, isGroovelakeError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Access } from './access.ts';
import { answerError, answerJson } from './answers.ts';

export interface Connected {
  readonly accountId: string;
  readonly displayName: string;
  /** The day by which the person must log in again, 2027-05-27. */
  readonly loginEnds: string;
  /** A new key that sees this account's listening, shown this once; null where it has one that still works. */
  readonly key: string | null;
}

/** Does what the pages ask. */
export interface LoginDesk {
  /**
   * Whether a login could be begun, so that nobody learns only by trying that it cannot.
   *
   * @throws GroovelakeError FORBIDDEN, CONFIG
   */
  check(access: Access, port: number): Promise<void>;
  /**
   * Begins a login.
   *
   * @param port of this server, as the browser reaches it
   * @throws GroovelakeError FORBIDDEN, CONFIG
   */
  begin(access: Access, port: number): Promise<{ readonly url: string; readonly state: string }>;
  /** Finishes it. @param query as Spotify sent it back @throws GroovelakeError FORBIDDEN, INVALID_INPUT, EXTRACT */
  finish(access: Access, query: URLSearchParams): Promise<Connected>;
}

const LOGIN_PATH = '/auth/spotify';
/** As registered with Spotify, for the command line too. */
export const CALLBACK_PATH = '/callback';

const LONGEST_BODY = 8_192;
const STATUS: Readonly<Record<string, number>> = {
  FORBIDDEN: 403,
  INVALID_INPUT: 400,
  CONFIG: 409,
  EXTRACT: 502,
  SOURCE_DEFERRED: 503,
};

export const isLoginPath = (path: string): boolean => path === LOGIN_PATH || path === CALLBACK_PATH;

/** Answers a POST to one of the two paths. */
export async function answerLogin(
  request: IncomingMessage,
  response: ServerResponse,
  { access, desk, log }: { access: Access; desk: LoginDesk; log: Log },
): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0];
  try {
    const { query, isCheck } = await readBody(request);
    const port = request.socket.localPort ?? 0;
    if (path === LOGIN_PATH && isCheck) {
      await desk.check(access, port);
      return answerJson(response, 200, { mayBegin: true });
    }
    if (path === LOGIN_PATH) return answerJson(response, 200, await desk.begin(access, port));
    answerJson(response, 200, await desk.finish(access, new URLSearchParams(query)));
  } catch (error) {
    if (!isGroovelakeError(error)) throw error;
    const { code, message } = error;
    if (!(code in STATUS)) log.warn('A login failed', { error });
    answerError(response, STATUS[code] ?? 500, { code, message });
  }
}

/** Only JSON, which a page from elsewhere cannot send without being asked for permission first. */
async function readBody(request: IncomingMessage): Promise<{ query: string; isCheck: boolean }> {
  const isJson = /^application\/json\b/i.test(request.headers['content-type'] ?? '');
  let text = '';
  if (isJson) {
    for await (const chunk of request.setEncoding('utf8')) {
      text += chunk;
      if (text.length > LONGEST_BODY) break;
    }
  }
  if (isJson && text.length <= LONGEST_BODY) {
    try {
      const body: unknown = JSON.parse(text);
      const { query = '', check = false } = (body ?? {}) as { query?: unknown; check?: unknown };
      if (typeof query === 'string') return { query, isCheck: check === true };
    } catch {}
  }
  throw new GroovelakeError(
    'INVALID_INPUT',
    `A JSON body is expected, {}, {"check": true} or {"query": "code=...&state=..."}, of at most ${LONGEST_BODY} characters.`,
  );
}
