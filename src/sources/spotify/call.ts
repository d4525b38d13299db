// One call of the Web API: a token, the gate, one renewal of a refused token, and the refusals that concern the whole key.
import type { Gate } from '../gate.ts';
import type { JsonAnswer } from '../http.ts';
import { findRefusal } from './answers.ts';
import type { TokenSource } from './token.ts';

export type Query = Readonly<Record<string, string>>;
/** @throws ExtractError when the key is refused as a whole; any other answer is the caller's to judge */
export type Call = (family: string, path: string, query?: Query) => Promise<JsonAnswer>;

export interface CallOptions {
  readonly source: string;
  readonly apiUrl: string;
  readonly gate: Gate;
  readonly tokens: TokenSource;
  /** What to do about a token that is refused even when it is new; unless stated, the app's key is looked at. */
  readonly ifRefused?: string;
  readonly signal: AbortSignal;
}

export function createCall({ source, apiUrl, gate, tokens, ifRefused, signal }: CallOptions): Call {
  return async (family, path, query = {}) => {
    const search = new URLSearchParams(query).toString();
    const url = `${apiUrl}${path}${search ? `?${search}` : ''}`;
    for (let hasRenewed = false; ; hasRenewed = true) {
      signal.throwIfAborted();
      const token = await tokens.get(signal);
      const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
      const answer = await gate.send(family, url, { headers, signal, expectsJson: true });
      if (answer.status === 401 && !hasRenewed) {
        tokens.drop(token);
        continue;
      }
      const refusal = findRefusal(source, path, answer, ifRefused);
      if (refusal) throw refusal;
      return answer;
    }
  };
}
