// Measures the crawl: documents and requests per second against a sandbox without limits, memory, and the use of a window.
//   node bench/crawl/run.ts [--artists 1000] [--dev-artists 40] [--rounds 3]
// The alternative in the same run: the sandbox's own time, i.e. what is left if our side cost nothing.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { measureWindow } from './window.ts';

const { values } = parseArgs({
  options: {
    artists: { type: 'string', default: '1000' },
    'dev-artists': { type: 'string', default: '40' },
    rounds: { type: 'string', default: '3' },
  },
});
const ALBUMS_EACH = 20;
const TRACKS_EACH = 8.5;

interface Crawled {
  readonly status: string;
  readonly error?: string;
  readonly documents: number;
  readonly requests: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
}
interface Served {
  readonly requests: number;
  readonly cpuSeconds: number;
}

function start(script: string, words: readonly string[], env: Record<string, string> = {}) {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, script), ...words], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
  const next = async <T>(): Promise<T> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${script} ended without an answer`);
    return JSON.parse(value as string) as T;
  };
  return { child, next };
}

async function crawl(profile: string, artists: string): Promise<Crawled & { served: Served; sizes: object }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'groovelake-bench-'));
  const sandbox = start('sandbox-process.ts', [artists, String(ALBUMS_EACH), String(TRACKS_EACH), profile]);
  try {
    const { sizes, ...at } = await sandbox.next<Record<string, string> & { sizes: object }>();
    const { next } = start('crawl-process.ts', [artists], {
      GROOVELAKE_DATA_DIR: dataDir,
      SPOTIFY_API_URL: at.apiUrl ?? '',
      SPOTIFY_ACCOUNTS_URL: at.accountsUrl ?? '',
      KWORB_URL: at.kworbUrl ?? '',
      RECCOBEATS_URL: at.reccobeatsUrl ?? '',
      SPOTIFY_CLIENT_ID: at.clientId ?? '',
      SPOTIFY_CLIENT_SECRET: at.clientSecret ?? '',
      GROOVELAKE_CRAWL_WINDOW_REQUESTS: '1000000',
    });
    const crawled = await next<Crawled>();
    if (crawled.status !== 'SUCCEEDED') throw new Error(`${crawled.status}: ${crawled.error}`);
    sandbox.child.kill('SIGTERM');
    return { ...crawled, served: await sandbox.next<Served>(), sizes };
  } finally {
    sandbox.child.kill('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const median = (numbers: readonly number[]) =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
const round = (value: number, digits = 0) => value.toFixed(digits);

for (const [profile, artists] of [
  ['extended', values.artists],
  ['dev2026', values['dev-artists']],
] as const) {
  const rounds: Awaited<ReturnType<typeof crawl>>[] = [];
  for (let n = 0; n < Number(values.rounds); n++) {
    const result = await crawl(profile, artists);
    rounds.push(result);
    console.log(
      `${profile} ${n + 1}: ${JSON.stringify(result.sizes)} ${result.documents} documents, ${result.requests} requests in ${round(result.seconds, 1)} s; ` +
        `${round(result.documents / result.seconds)} documents/s, ${round(result.requests / result.seconds)} requests/s; ` +
        `our CPU ${round(result.cpuSeconds, 1)} s, the sandbox's ${round(result.served.cpuSeconds, 1)} s; peak ${round(result.peakMb)} MB`,
    );
  }
  const of = (pick: (each: (typeof rounds)[number]) => number) => median(rounds.map(pick));
  console.log(
    `${profile}, median of ${rounds.length}: ${round(of((each) => each.documents / each.seconds))} documents/s, ` +
      `${round(of((each) => each.requests / each.seconds))} requests/s, peak ${round(of((each) => each.peakMb))} MB, ` +
      `our CPU over the sandbox's ${round(
        of((each) => each.cpuSeconds / each.served.cpuSeconds),
        2,
      )}`,
  );
}
const use = await measureWindow(30, 20);
console.log(
  `window of 30 in 30 s, 20 virtual minutes: ${round(100 * use.share, 1)} % of the allowance used, at most ${use.most} in any 30 s, ${use.refused} refused`,
);
