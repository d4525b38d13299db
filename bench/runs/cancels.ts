// Cancels of runs, each at a point that is chosen beforehand: a moment of a step. Each needs a run of its own, and most of the time goes into
// getting there; so the early steps are reached by the pipeline that begins with them.
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandomness } from '../../src/clock.ts';
import { ask } from '../../test/end-to-end/process.ts';
import { cancel, hasEnded, startServer, stopServer, trigger, untilRun } from './operator.ts';

/** Where a run is cancelled: in this step, or, with "", before a worker has it. */
export interface Point {
  readonly pipeline: 'REFRESH' | 'TRANSFORM';
  readonly step: string;
}

export interface Cancelled {
  readonly step: string;
  readonly ms: number;
}

const FORCED = { force: true };
/** A crawl that is cancelled lands little, and nothing of it is published: the runs after it have the same work. */
const PARAMETERS = { REFRESH: { top: 3, ...FORCED }, TRANSFORM: FORCED };

const at = (pipeline: Point['pipeline'], ...steps: readonly string[]): Point[] =>
  steps.map((step) => ({ pipeline, step }));

export const SMALL_POINTS: readonly Point[] = [
  ...at('REFRESH', '', 'crawl'),
  ...at('TRANSFORM', 'silver', 'gold', 'warehouse', 'checks', 'index', 'serving', 'publish'),
];
/** The steps that are DuckDB statements; the later ones take a whole build to get to. */
export const STATEMENT_POINTS: readonly Point[] = at(
  'TRANSFORM',
  'silver',
  'silver',
  'gold',
  'gold',
  'warehouse',
);

/**
 * Cancels a run at each point in turn, at a random moment of the step, until there are so many. A run that ends by itself before it hears of
 * the cancel does not count.
 */
export async function cancelRuns(
  dataDir: string,
  about: { points: readonly Point[]; count: number; seed: number; env: Readonly<Record<string, string>> },
): Promise<Cancelled[]> {
  const server = await startServer(dataDir, about.env);
  const random = seededRandomness(about.seed);
  const cancelled: Cancelled[] = [];
  try {
    const lasts = await readDurations(server.url);
    for (let turn = 0; cancelled.length < about.count; turn++) {
      const { pipeline, step } = about.points[turn % about.points.length] as Point;
      const id = await trigger(server.url, pipeline, PARAMETERS[pipeline]);
      const isThere = (run: Awaited<ReturnType<typeof untilRun>>['run']) =>
        hasEnded(run) || run.steps.some(({ name, status }) => name === step && status === 'RUNNING');
      if (step) await untilRun(server.url, id, isThere);
      await sleep(random.next() * (lasts.get(step) ?? UNCLAIMED_MS));
      await cancel(server.url, id);
      const { run, ms } = await untilRun(server.url, id, hasEnded);
      if (run.status === 'CANCELLED') cancelled.push({ step, ms });
    }
    return cancelled;
  } finally {
    await stopServer(server);
  }
}

/** A worker needs about so long to start and claim its run. */
const UNCLAIMED_MS = 400;

/** How long each step took in the latest runs, in ms. */
async function readDurations(url: string): Promise<Map<string, number>> {
  const { runs } = await ask<{
    runs: { nodes: { steps: { name: string; startedAt: string | null; endedAt: string | null }[] }[] };
  }>(
    url,
    '{ runs(first: 3, where: { statuses: [SUCCEEDED] }) { nodes { steps { name startedAt endedAt } } } }',
  );
  const steps = runs.nodes.flatMap((run) => run.steps);
  return new Map(
    steps
      .filter(({ startedAt, endedAt }) => startedAt !== null && endedAt !== null)
      .map(({ name, startedAt, endedAt }) => [name, Date.parse(endedAt ?? '') - Date.parse(startedAt ?? '')]),
  );
}
