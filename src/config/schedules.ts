// The kind of setting that GROOVELAKE_SCHEDULES is: a JSON list of schedules, looked at by shape. Whether a cron, a zone or a pipeline
// exists is for store/runs to say.
import { type Setting, setting } from './kinds.ts';

export interface ConfiguredSchedule {
  readonly pipeline: string;
  readonly cron: string;
  readonly timeZone?: string;
  readonly isEnabled?: boolean;
  readonly missedTicks?: string;
  readonly overlap?: string;
  readonly jitterSeconds?: number;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

const isText = (value: unknown) => typeof value === 'string' && value !== '';

const FIELDS: Readonly<Record<keyof ConfiguredSchedule, (value: unknown) => boolean>> = {
  pipeline: isText,
  cron: isText,
  timeZone: isText,
  isEnabled: (value) => typeof value === 'boolean',
  missedTicks: (value) => ['ONCE', 'SKIP', 'ALL'].includes(String(value)),
  overlap: (value) => ['SKIP', 'QUEUE_ONE'].includes(String(value)),
  jitterSeconds: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 3_600,
  parameters: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

export function schedules(variable: string, meaning: string): Setting<readonly ConfiguredSchedule[]> {
  const accepts =
    'a JSON list of { pipeline, cron, timeZone, isEnabled, missedTicks: ONCE | SKIP | ALL, overlap: SKIP | QUEUE_ONE, ' +
    'jitterSeconds: 0 to 3600, parameters }, each pipeline once, all but the first two optional';
  return setting<readonly ConfiguredSchedule[]>(variable, '', { meaning, accepts }, (text) =>
    text === undefined ? [] : readSchedules(text),
  );
}

function readSchedules(text: string): readonly ConfiguredSchedule[] | undefined {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(list) || !list.every(isSchedule)) return undefined;
  return new Set(list.map(({ pipeline }) => pipeline)).size === list.length ? list : undefined;
}

function isSchedule(value: unknown): value is ConfiguredSchedule {
  if (typeof value !== 'object' || value === null || !('pipeline' in value) || !('cron' in value))
    return false;
  return Object.entries(value).every(
    ([name, part]) => Object.hasOwn(FIELDS, name) && FIELDS[name as keyof ConfiguredSchedule](part),
  );
}
