// What can be switched while the sandbox runs: the profile of the key, the state of its owner, and everything about the real hosts
// that was only reported or assumed, so that a later look at them can turn it over.
import { InvalidInputError } from '../../errors.ts';
import { findNearMiss } from '../../near-miss.ts';

export interface SandboxSettings {
  /** What the key may do: everything, batches but no features, or what an app made since February 2026 may. */
  profile: 'extended' | 'devOld' | 'dev2026';
  /** Lapsed: every API call is refused because the app's owner has no Premium. */
  owner: 'premium' | 'lapsed';
  /** Unlisted: the user is not on the app's allow-list. */
  user: 'listed' | 'unlisted';
  /** Whether the listener has ever played anything. */
  listener: 'active' | 'new';
  /** Whether whoever is sent to the login page agrees. */
  login: 'approve' | 'deny';
  /** Life of an access token in seconds. */
  tokenSeconds: number;
  /** Whether a refresh answers with a new refresh token, which ends the old one. */
  rotation: 'always' | 'never';
  /** How 429 says when to come back. */
  retryAfter: 'seconds' | 'date' | 'none';
  /** Which host the links between pages name. */
  links: 'own' | 'real';
  /** Whether one track's audio features differ a little from one reading to the next. */
  features: 'steady' | 'varying';
  /** A search beyond its thousandth hit. */
  deepSearch: 'refused' | 'missing' | 'empty';
  /** Recommendations and related artists for keys that may not have them. */
  withheldRoutes: 'missing' | 'forbidden';
  /** Columns of kworb's list of artists: as now, with a rank column as it was, or with another header altogether. */
  kworbLayout: 'plain' | 'ranked' | 'changed';
  kworbLinks: 'root' | 'relative' | 'absolute';
  /** The least rows of kworb's lists; invented artists that the API does not know fill them up. */
  kworbRows: number;
  /** Whether kworb's pages carry ETag and Last-Modified. */
  kworbValidators: 'given' | 'none';
  /** The day that kworb's pages name. */
  kworbUpdated: string;
  robots: 'allow' | 'deny' | 'missing';
  /** Share of tracks that ReccoBeats knows, 0..1; raising it turns misses into hits. */
  reccobeatsCoverage: number;
}

export type Profile = SandboxSettings['profile'];

export const DEFAULT_SETTINGS: Readonly<SandboxSettings> = {
  profile: 'extended',
  owner: 'premium',
  user: 'listed',
  listener: 'active',
  login: 'approve',
  tokenSeconds: 3_600,
  rotation: 'always',
  retryAfter: 'seconds',
  links: 'own',
  features: 'steady',
  deepSearch: 'refused',
  withheldRoutes: 'missing',
  kworbLayout: 'plain',
  kworbLinks: 'root',
  kworbRows: 0,
  kworbValidators: 'given',
  kworbUpdated: '2026/11/19',
  robots: 'allow',
  reccobeatsCoverage: 0.85,
};

/** What each setting takes: a list of words, or the ends of a range, or a pattern. */
const ACCEPTED: Readonly<
  Record<keyof SandboxSettings, readonly string[] | readonly [number, number] | RegExp>
> = {
  profile: ['extended', 'devOld', 'dev2026'],
  owner: ['premium', 'lapsed'],
  user: ['listed', 'unlisted'],
  listener: ['active', 'new'],
  login: ['approve', 'deny'],
  tokenSeconds: [1, 86_400],
  rotation: ['always', 'never'],
  retryAfter: ['seconds', 'date', 'none'],
  links: ['own', 'real'],
  features: ['steady', 'varying'],
  deepSearch: ['refused', 'missing', 'empty'],
  withheldRoutes: ['missing', 'forbidden'],
  kworbLayout: ['plain', 'ranked', 'changed'],
  kworbLinks: ['root', 'relative', 'absolute'],
  kworbRows: [0, 100_000],
  kworbValidators: ['given', 'none'],
  kworbUpdated: /^\d{4}\/\d{2}\/\d{2}$/,
  robots: ['allow', 'deny', 'missing'],
  reccobeatsCoverage: [0, 1],
};

/** One setting by name and text, as the command line and the control address give it. @throws InvalidInputError */
export function parseSetting(name: string, text: string): Partial<SandboxSettings> {
  const known = Object.keys(ACCEPTED);
  if (!Object.hasOwn(ACCEPTED, name)) {
    const near = findNearMiss(name, known);
    throw new InvalidInputError(
      `The sandbox has no setting "${name}". ${near ? `Did you mean "${near}"?` : `Expected one of ${known.join(', ')}.`}`,
      { field: name, given: text, expected: known.join(', ') },
    );
  }
  const accepted = ACCEPTED[name as keyof SandboxSettings];
  if (accepted instanceof RegExp)
    return accepted.test(text) ? { [name]: text } : refuse(name, text, 'YYYY/MM/DD');
  const [low, high] = accepted;
  if (typeof low === 'number' && typeof high === 'number') {
    const value = Number(text);
    const isFine = text.trim() !== '' && value >= low && value <= high;
    return isFine ? { [name]: value } : refuse(name, text, `a number from ${low} to ${high}`);
  }
  const words = accepted as readonly string[];
  return words.includes(text) ? { [name]: text } : refuse(name, text, `one of ${words.join(', ')}`);
}

function refuse(name: string, given: string, expected: string): never {
  throw new InvalidInputError(`${name} is "${given}"; ${expected} is expected.`, {
    field: name,
    given,
    expected,
  });
}

/** Every setting with what it takes, for help. */
export function describeSettings(): string[] {
  return Object.entries(ACCEPTED).map(([name, accepted]) => {
    const usual = DEFAULT_SETTINGS[name as keyof SandboxSettings];
    const takes =
      accepted instanceof RegExp
        ? 'YYYY/MM/DD'
        : typeof accepted[0] === 'number'
          ? `${accepted[0]}..${accepted[1]}`
          : accepted.join(' | ');
    return `${name}: ${takes} (${usual})`;
  });
}
