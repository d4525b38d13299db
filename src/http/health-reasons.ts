// Why a server that answers is not as it should be: each reason has a code for alerts and a sentence that says what to do.
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { messageOf } from '../errors.ts';
import { redact } from '../log.ts';
import { includesScope } from '../store/access/access-store.ts';
import {
  mayReadAccount,
  mayReadRun,
  type Reader,
  TOLD_TO_OTHERS,
  tellFrom,
} from '../store/access/may-read-run.ts';
import type { AddressState } from '../store/deliveries/delivery-store.ts';
import { describeFailing } from '../store/deliveries/failing.ts';
import { describeFullDisk } from '../store/disk-space.ts';
import { describeLogin, type Login, listEnding } from '../store/listening/logins.ts';
import {
  FAILED_ENDS,
  GOOD_ENDS,
  PIPELINES,
  type Run,
  type RunStatus,
  type RunStore,
} from '../store/runs/run-store.ts';
import { listSources } from '../store/runs/source-states.ts';
import { listUnattended, type Unattended } from '../store/runs/unattended.ts';
import type { Manifest } from '../store/snapshots/manifest.ts';
import { withinLimit } from './within-limit.ts';

export interface HealthParts {
  readonly config: Pick<
    Config,
    'dataDir' | 'isSandbox' | 'maxDataAgeHours' | 'loginWarnDays' | 'minFreeMb' | 'leaseMs' | 'maxWorkers'
  >;
  readonly runs: RunStore;
  readonly findSnapshot: () => Manifest | null;
  /** What was wrong with the snapshot that CURRENT names, so that another is served. */
  readonly listSnapshotWarnings: () => readonly string[];
  /** Logins of the connected accounts. */
  readonly listLogins: () => Promise<readonly Login[]>;
  /** How the addresses of the settings take what they are sent. */
  readonly examineWebhooks: () => Promise<readonly AddressState[]>;
  /** Whole MB of the data folder's disk that can still be written. */
  readonly measureFreeMb: () => Promise<number>;
  readonly clock: Pick<Clock, 'now' | 'after'>;
}

export interface Reason {
  readonly code:
    | 'DATA_TOO_OLD'
    | 'RUN_FAILED'
    | 'SOURCE_BLOCKED'
    | 'SNAPSHOT_FELL_BACK'
    | 'DISK_FULL'
    | Unattended['code']
    | 'LOGIN_ENDS'
    | 'WEBHOOK_FAILING'
    | 'STORE_UNAVAILABLE';
  readonly message: string;
}

const ENDED_BY_WORK: readonly RunStatus[] = [...FAILED_ENDS, ...GOOD_ENDS];
const HOUR_MS = 3_600_000;

/**
 * What is wrong, in words for whoever asks: of listening nobody is told more than the schema tells him. What cannot be found out, or not
 * soon, is a reason too (STORE_UNAVAILABLE): the served snapshot answers without the stores.
 */
export async function findReasons(parts: HealthParts, reader: Reader): Promise<Reason[]> {
  const { runs, config, clock } = parts;
  const looks: Readonly<Record<string, () => Reason[] | Promise<readonly Reason[]>>> = {
    "the data's age": () => findOldData(parts),
    'the last runs': () => findFailedRuns(parts, reader),
    sources: () => findBlockedSources(parts),
    snapshots: () => findFallback(parts),
    'runs and schedules': () => listUnattended(runs, config, clock.now()),
    'the disk': () => findFullDisk(parts),
    logins: () => findEndingLogins(parts, reader),
    webhooks: () => findFailingWebhooks(parts),
  };
  const found = await Promise.all(
    Object.entries(looks).map(async ([about, look]) => {
      try {
        return { reasons: await withinLimit(clock, Promise.resolve().then(look)), failures: [] };
      } catch (error) {
        return { reasons: [], failures: [{ about, error }] };
      }
    }),
  );
  const failures = found.flatMap((each) => each.failures);
  return [...found.flatMap((each) => each.reasons), ...describeFailures(failures, reader)];
}

interface Failure {
  readonly about: string;
  readonly error: unknown;
}

/** One reason for all: as a rule they have one cause. What a store says names hosts and places, and is told to operators. */
function describeFailures(failures: readonly Failure[], { scope }: Reader): Reason[] {
  const [first] = failures;
  if (!first) return [];
  const names = failures.map(({ about }) => about).join(', ');
  const why = includesScope(scope, 'operate') ? ` (${redact(messageOf(first.error))})` : '';
  const message = `Nothing is known of ${names}${why}. Look whether MongoDB (MONGODB_URI), or the disk of the data folder, answers.`;
  return [{ code: 'STORE_UNAVAILABLE', message }];
}

function findOldData({ config, findSnapshot, clock }: HealthParts): Reason[] {
  const snapshot = findSnapshot();
  if (!snapshot || config.maxDataAgeHours === 0) return [];
  const hours = (clock.now() - Date.parse(snapshot.publishedAt)) / HOUR_MS;
  if (hours <= config.maxDataAgeHours) return [];
  const message = `The data is ${Math.floor(hours)} h old; ${config.maxDataAgeHours} h are allowed (GROOVELAKE_MAX_DATA_AGE_HOURS). Run REFRESH.`;
  return [{ code: 'DATA_TOO_OLD', message }];
}

/** Of each pipeline the run that came last to an end by itself; one that was cancelled says nothing. */
async function findFailedRuns({ runs, config, clock }: HealthParts, reader: Reader): Promise<Reason[]> {
  const look = { statuses: ENDED_BY_WORK, now: clock.now() };
  const last = await Promise.all(PIPELINES.map((pipeline) => runs.findLastEnded(pipeline, look)));
  return last
    .filter((run) => run !== null)
    .filter(({ status }) => FAILED_ENDS.includes(status))
    .map((run) => ({
      code: 'RUN_FAILED',
      message: tellFrom(reader, run, config.dataDir)(describeFailure(run, mayReadRun(reader, run))),
    }));
}

function describeFailure({ pipeline, id, status, error }: Run, mayRead: boolean): string {
  return `The last run of ${pipeline}, ${id}, is ${status}${error && mayRead ? `: ${error.message}` : ''}. Retry it, or run ${pipeline} again.`;
}

async function findBlockedSources({ runs, config, clock }: HealthParts): Promise<Reason[]> {
  const sources = await listSources(runs, config, clock.now());
  return sources
    .filter(({ isEnabled }) => isEnabled)
    .flatMap(({ name, families }) =>
      families
        .filter(({ state }) => state === 'BLOCKED')
        .map((family): Reason => {
          const until = family.blockedUntil === null ? 'later' : new Date(family.blockedUntil).toISOString();
          return {
            code: 'SOURCE_BLOCKED',
            message: `Source "${name}" takes no "${family.name}" calls before ${until}.`,
          };
        }),
    );
}

function findFallback({ listSnapshotWarnings }: HealthParts): Reason[] {
  const warnings = listSnapshotWarnings();
  return warnings.length === 0 ? [] : [{ code: 'SNAPSHOT_FELL_BACK', message: warnings.join('; ') }];
}

async function findFullDisk({ config, measureFreeMb }: HealthParts): Promise<Reason[]> {
  const message = describeFullDisk(await measureFreeMb(), config.minFreeMb);
  return message === null ? [] : [{ code: 'DISK_FULL', message }];
}

async function findEndingLogins(
  { listLogins, config, clock }: HealthParts,
  reader: Reader,
): Promise<Reason[]> {
  const now = clock.now();
  const messages = listEnding(await listLogins(), config.loginWarnDays, now).map((login) =>
    mayReadAccount(reader, login.accountId)
      ? describeLogin(login, now)
      : `The login of an account has ended, or ends soon. ${TOLD_TO_OTHERS}`,
  );
  return [...new Set(messages)].map((message) => ({ code: 'LOGIN_ENDS', message }));
}

async function findFailingWebhooks({ examineWebhooks, clock }: HealthParts): Promise<Reason[]> {
  const messages = (await examineWebhooks()).map((address) => describeFailing(address, clock.now()));
  return messages
    .filter((message) => message !== null)
    .map((message) => ({ code: 'WEBHOOK_FAILING', message }));
}
