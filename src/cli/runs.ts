// groovelake run and groovelake runs.
import { toIso } from '../clock.ts';
import { findNearMiss, InvalidInputError } from '../errors.ts';
import { prepareDataDir } from '../store/data-dir.ts';
import { openRunStore } from '../store/open-stores.ts';
import { PIPELINES } from '../store/runs/run-store.ts';
import { parseWords, readWholeNumber } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';
import { CRAWL_OPTIONS, readCrawlParameters } from './crawl-options.ts';
import { runHere } from './local-run.ts';

export const runCommand: Command = {
  name: 'run',
  usage: 'run PIPELINE [--top N] [--name NAME]... [--force] [--accept-loss] ...',
  does: 'run CRAWL, TRANSFORM or REFRESH and show how it goes; docs/crawl.md has all options',
  run: runPipeline,
};

function runPipeline(parts: CommandParts): Promise<number> {
  const parsed = parseWords(parts.words, { ...CRAWL_OPTIONS, 'accept-loss': { type: 'boolean' } });
  const [given = ''] = parsed.positionals;
  const pipeline = PIPELINES.find((name) => name === given.toUpperCase() && name !== 'IMPORT');
  if (!pipeline) {
    const near = findNearMiss(given, PIPELINES);
    throw new InvalidInputError(
      `"${given}" is no pipeline to run; CRAWL, TRANSFORM or REFRESH is expected.${near ? ` Did you mean "${near}"?` : ''}`,
      {
        field: 'pipeline',
        given,
        expected: 'CRAWL, TRANSFORM or REFRESH',
      },
    );
  }
  return runHere(parts, pipeline, {
    ...readCrawlParameters(parsed),
    ...(parsed.values['accept-loss'] === true ? { acceptLoss: true } : {}),
  });
}

export const runsCommand: Command = {
  name: 'runs',
  usage: 'runs [--first N] [--json]',
  does: 'list runs, newest first',
  run: listRuns,
};

async function listRuns({ words, config, terminal }: CommandParts): Promise<number> {
  const parsed = parseWords(words, { first: { type: 'string' }, json: { type: 'boolean' } });
  await prepareDataDir(config.dataDir);
  const store = await openRunStore(config);
  try {
    const { runs } = await store.listRuns({ first: readWholeNumber(parsed, 'first') ?? 20 });
    if (parsed.values.json) terminal.line(JSON.stringify(runs, null, 2));
    else {
      for (const run of runs) {
        const ended =
          run.endedAt === null
            ? ''
            : ` ${((run.endedAt - (run.startedAt ?? run.createdAt)) / 1000).toFixed(1)} s`;
        terminal.line(
          `${run.id}  ${run.pipeline.padEnd(9)} ${run.status.padEnd(10)} ${run.trigger.padEnd(8)} ${toIso(run.createdAt)}${ended}${run.error ? `  ${run.error.message}` : ''}`,
        );
      }
    }
    return 0;
  } finally {
    await store.close();
  }
}
