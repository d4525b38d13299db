// What Spotify answers, read leniently: unknown and missing fields are fine, a body of another shape is not.
import { ExtractError, InvalidInputError } from '../../errors.ts';
import { describe } from '../gate.ts';
import type { JsonAnswer } from '../http.ts';

/** A body as received: `json` is its text. `id` is the one asked for, which a merged or re-linked body does not have. */
export interface Body {
  readonly id: string;
  readonly json: string;
}

/** Is handed bodies as they come, and says when it can take more. */
export type TakeBodies = (bodies: readonly Body[]) => Promise<void>;

const ID = /^[0-9A-Za-z]{22}$/;

/** One malformed id would spoil a whole batch. */
export function requireIds(ids: readonly string[]): void {
  const wrong = ids.find((id) => !ID.test(id));
  if (wrong === undefined) return;
  throw new InvalidInputError(
    `"${wrong}" is no id of Spotify's; 22 base-62 characters are expected. Take it from the entity's link.`,
    { field: 'id', given: wrong, expected: '22 base-62 characters' },
  );
}

/** Ids of items, each once; local tracks have none, and an item may be null. */
export function idsOf(items: readonly unknown[]): string[] {
  const ids = items.map((item) => (item as { id?: unknown } | null)?.id);
  return [...new Set(ids.filter((id): id is string => typeof id === 'string' && ID.test(id)))];
}

export function requireObject(source: string, path: string, answer: JsonAnswer): Record<string, unknown> {
  const { status, value } = answer;
  if (status === 200 && typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw unexpected(source, path, answer, 'a JSON object');
}

/** The bodies of a batch, in the order asked for, and the ids that are unknown: null stands in their place. */
export function readBatch(
  source: string,
  path: string,
  { key, ids }: { key: string; ids: readonly string[] },
  answer: JsonAnswer,
): { bodies: Body[]; unknown: string[] } {
  const list = requireObject(source, path, answer)[key];
  if (!Array.isArray(list) || list.length !== ids.length)
    throw unexpected(source, path, answer, `a list of ${ids.length} ${key}`);
  const bodies: Body[] = [];
  const unknown: string[] = [];
  ids.forEach((id, at) => {
    const value: unknown = list[at];
    if (typeof value === 'object' && value !== null) bodies.push({ id, json: JSON.stringify(value) });
    else unknown.push(id);
  });
  return { bodies, unknown };
}

/** Success, with something else in it than was asked for. */
export class WrongAnswerError extends ExtractError {}

/** Asks once more where success had something else in it: most who answer so answer rightly when they are asked again. */
export async function askTwice<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof WrongAnswerError)) throw error;
    return ask();
  }
}

export function unexpected(source: string, path: string, answer: JsonAnswer, expected: string): ExtractError {
  const isLying = answer.status === 200;
  const advice =
    answer.status === 403
      ? "The key may not make this call; look at the app's access in the developer dashboard."
      : isLying
        ? 'Try again later.'
        : 'Trying again will not help; check the base URL and the parameters.';
  const Kind = isLying ? WrongAnswerError : ExtractError;
  return new Kind(
    `"${source}" answered ${path} with ${describe(answer)}; ${expected} is expected. ${advice}`,
    { source, url: path, status: answer.status },
    { isRetryable: isLying },
  );
}

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /premium subscription/i,
    "The app's owner needs an active Premium subscription; after renewing it, wait some hours.",
  ],
  [/not be registered/i, "Add the user to the app's allow-list in the developer dashboard."],
  [/client scope/i, 'The token lacks a scope; log in again and grant it.'],
];

/** A token was refused that is as new as one can be. */
export class TokenRefusedError extends ExtractError {}

/** The error for a refusal that concerns the whole key or person and says what must be done; null for any other answer. */
export function findRefusal(
  source: string,
  path: string,
  answer: JsonAnswer,
  ifRefused = 'Check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET.',
): ExtractError | null {
  const { status } = answer;
  const known = status === 403 ? ADVICE.find(([pattern]) => pattern.test(answer.body))?.[1] : undefined;
  const advice = status === 401 ? ifRefused : known;
  if (advice === undefined) return null;
  const Kind = status === 401 ? TokenRefusedError : ExtractError;
  return new Kind(`"${source}" refused ${path} (${describe(answer)}). ${advice}`, {
    source,
    url: path,
    status,
    isOfKey: true,
  });
}
