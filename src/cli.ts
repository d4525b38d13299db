// The command line: `groovelake COMMAND`. What each command does is in src/cli/; here they are found, and errors become exit codes.
import { readFileSync } from 'node:fs';
import { importFiles } from './cli/import.ts';
import { listRuns, runPipeline } from './cli/runs.ts';
import { listSnapshots } from './cli/snapshots.ts';
import { querySql } from './cli/sql.ts';
import { serve } from './cli/start.ts';
import { createTerminal, type Terminal } from './cli/terminal.ts';
import { systemClock } from './clock.ts';
import { type Config, readConfig } from './config.ts';
import { findNearMiss, isGroovelakeError } from './errors.ts';
import { createLog, type Log, redact } from './log.ts';

/** What a command is handed. It answers with the process's exit code. */
export interface CommandParts {
  readonly words: readonly string[];
  readonly config: Config;
  readonly terminal: Terminal;
  readonly log: Log;
}

interface Command {
  readonly usage: string;
  readonly does: string;
  readonly run: (parts: CommandParts) => Promise<number>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  start: {
    usage: 'start',
    does: 'serve the API; on an empty data folder crawl the sandbox first',
    run: serve,
  },
  import: {
    usage: 'import FILE...',
    does: 'land public data sets (CSV) and publish a snapshot',
    run: importFiles,
  },
  run: {
    usage: 'run PIPELINE [--top N] [--force]',
    does: 'run CRAWL, TRANSFORM or REFRESH and show how it goes',
    run: runPipeline,
  },
  runs: { usage: 'runs [--first N] [--json]', does: 'list runs, newest first', run: listRuns },
  snapshots: { usage: 'snapshots [--json]', does: 'list kept snapshots, newest first', run: listSnapshots },
  sql: {
    usage: 'sql "select ..." [--json]',
    does: 'query the published snapshot, read-only: gold.tracks, silver.tracks, ...',
    run: querySql,
  },
};

/** Runs one command and sets the exit code: 0 done, 1 failed, 2 cancelled, 64 used wrongly. */
export async function main(argv: readonly string[]): Promise<void> {
  const terminal = createTerminal(process.stdout, process.stderr);
  process.exitCode = await runCommand(argv, terminal);
}

async function runCommand([name = 'help', ...words]: readonly string[], terminal: Terminal): Promise<number> {
  if (['help', '--help', '-h'].includes(name)) {
    terminal.line(renderHelp());
    return 0;
  }
  if (['version', '--version', '-v'].includes(name)) {
    terminal.line(readVersion());
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    const near = findNearMiss(name, Object.keys(COMMANDS));
    terminal.error(
      `groovelake: there is no command "${name}". ${near ? `Did you mean "${near}"?` : 'Try "groovelake help".'}`,
    );
    return 64;
  }
  try {
    const config = readConfig(process.env);
    const log = createLog({
      level: config.logLevel,
      format: config.logFormat,
      write: (line) => terminal.error(line),
      now: systemClock.now,
    });
    return await command.run({ words, config, terminal, log });
  } catch (error) {
    terminal.error(`groovelake: ${describe(error)}`);
    return isGroovelakeError(error) && error.code === 'INVALID_INPUT' ? 64 : 1;
  }
}

function describe(error: unknown): string {
  if (!isGroovelakeError(error))
    return redact(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return redact(error.hint ? `${error.message} ${error.hint}` : error.message);
}

function renderHelp(): string {
  const width = Math.max(...Object.values(COMMANDS).map(({ usage }) => usage.length));
  const lines = Object.values(COMMANDS).map(
    ({ usage, does }) => `  groovelake ${usage.padEnd(width)}  ${does}`,
  );
  return [
    'Groovelake: a self-hosted music lakehouse with a typed GraphQL API.',
    '',
    ...lines,
    '',
    'Settings are environment variables: docs/configuration.md.',
  ].join('\n');
}

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
