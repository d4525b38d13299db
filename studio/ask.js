// Asks the GraphQL API, with the reader's key where the server wants one.

const KEY = 'groovelake-key';

/** @param {string} key */
export function rememberKey(key) {
  sessionStorage.setItem(KEY, key);
}

export const hasKey = () => sessionStorage.getItem(KEY) !== null;

/** The first character that no header can carry, and so no key has; null where there is none. @param {string} key */
export function findUnfit(key) {
  const at = key.search(/[^\x21-\x7e]/);
  return at < 0 ? null : { at, sign: String.fromCodePoint(key.codePointAt(at) ?? 0) };
}

/** The server refused the request for want of a key, or of this one. */
export class KeyWanted extends Error {}

/** The server answered that it cannot, in its own words. */
class Refused extends Error {
  /** @param {{ message: string, extensions?: { code?: string } }} error */
  constructor({ message, extensions }) {
    super(message);
    this.code = extensions?.code;
  }
}

/** What the server calls its refusal; undefined where it refused nothing, or did not answer. @param {Error | null} error */
export const codeOf = (error) => (error instanceof Refused ? error.code : undefined);

/** @returns {Record<string, string>} */
function headers() {
  const key = sessionStorage.getItem(KEY);
  return { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) };
}

/**
 * Answers with the data of one operation. A field of it that failed fails the whole, also where something within failed that cannot be
 * null and took the field with it: no page has a use for half of what it asked for.
 *
 * @param {string} query
 * @param {Record<string, unknown>} [variables]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 * @throws KeyWanted, or Error with the server's own words, and their code where it has one
 */
export async function ask(query, variables = {}, signal) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: headers(),
    body: JSON.stringify({ query, variables }),
    ...(signal ? { signal } : {}),
  });
  const answer = await response.json().catch(() => null);
  const [error] = answer?.errors ?? [];
  if (response.status === 401) throw new KeyWanted(error?.message ?? 'A key is wanted.');
  const isMissing = (/** @type {any} */ { path }) => path && answer.data?.[path[0]] === null;
  const failed = answer?.errors?.find((/** @type {any} */ one) => !answer.data || isMissing(one));
  if (failed) throw new Refused(failed);
  if (!answer?.data) throw new Error(`The server answered ${response.status}.`);
  return answer.data;
}

/**
 * Asks for something besides GraphQL.
 *
 * @param {string} path
 * @param {Record<string, unknown>} body
 * @returns {Promise<any>}
 * @throws KeyWanted, or Error with the server's own words
 */
export async function post(path, body) {
  const response = await fetch(path, { method: 'POST', headers: headers(), body: JSON.stringify(body) });
  const answer = await response.json().catch(() => null);
  const message = answer?.errors?.[0]?.message;
  if (response.status === 401) throw new KeyWanted(message ?? 'A key is wanted.');
  if (!response.ok || !answer) throw new Error(message ?? `The server answered ${response.status}.`);
  return answer;
}

/**
 * Follows a subscription over server-sent events until the signal aborts or the server completes it.
 *
 * @param {string} query
 * @param {Record<string, unknown>} variables
 * @param {AbortSignal} signal
 * @param {(data: any) => void} onNext
 */
export async function follow(query, variables, signal, onNext) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { ...headers(), accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables }),
    signal,
  });
  if (!response.ok || !response.body) throw new Error(`The server answered ${response.status}.`);
  let rest = '';
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const kind = /^event: (.*)$/m.exec(part)?.[1];
      if (kind === 'complete') return;
      const data = /^data: (.*)$/m.exec(part)?.[1];
      if (kind === 'next' && data) onNext(JSON.parse(data).data);
    }
  }
}
