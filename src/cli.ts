// The command line: `groovelake COMMAND`. What each command does is in src/cli/; here they are found, and errors become exit codes.
import { COMMANDS } from './cli/commands.ts';
import { asksForHelp, renderCommand, renderHelp } from './cli/help.ts';
import { toOrdinary } from './cli/ordinary-error.ts';
import { createTerminal, type Terminal } from './cli/terminal.ts';
import { systemClock } from './clock.ts';
import { readConfig } from './config.ts';
import { type ErrorCode, isGroovelakeError } from './errors.ts';
import { createLog, redact } from './log.ts';
import { findNearMiss } from './near-miss.ts';
import { readVersion } from './version.ts';

/** Exit codes of errors besides 1, of sysexits.h: used wrongly, nobody answers, not allowed, set up wrongly. */
const EXIT_CODES: Partial<Record<ErrorCode, number>> = {
  INVALID_INPUT: 64,
  UNAVAILABLE: 69,
  FORBIDDEN: 77,
  CONFIG: 78,
};

/** Runs one command and sets the exit code: 0 done, 1 failed, 2 cancelled, or one of EXIT_CODES. */
export async function main(argv: readonly string[]): Promise<void> {
  const terminal = createTerminal(process.stdout, process.stderr);
  outliveReader(argv[0]);
  process.exitCode = await execute(argv, terminal);
}

/**
 * Whoever reads, such as `head`, may have had enough. What is left to say goes nowhere; what a command does it does to its end, with its own
 * exit code. One that only prints for as long as a run goes on ends with its reader.
 */
function outliveReader(command: string | undefined): void {
  const hear = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (command === 'logs') process.exit(0);
  };
  for (const stream of [process.stdout, process.stderr]) stream.on('error', hear);
}

const HELP: readonly string[] = ['help', '--help', '-h'];

async function execute([name = 'help', ...words]: readonly string[], terminal: Terminal): Promise<number> {
  if (HELP.includes(name)) {
    const [about] = words;
    if (about !== undefined && !HELP.includes(about)) return execute([about, '--help'], terminal);
    terminal.line(renderHelp(COMMANDS));
    return 0;
  }
  if (['version', '--version', '-v'].includes(name)) {
    terminal.line(readVersion());
    return 0;
  }
  const command = COMMANDS.find((each) => each.name === name);
  if (!command) {
    const near = findNearMiss(
      name,
      COMMANDS.map((each) => each.name),
    );
    terminal.error(
      `groovelake: there is no command "${name}". ${near ? `Did you mean "${near}"?` : 'Try "groovelake help".'}`,
    );
    return 64;
  }
  if (asksForHelp(words)) {
    terminal.line((await command.help?.()) ?? renderCommand(command));
    return 0;
  }
  try {
    const config = readConfig(process.env);
    const log = createLog({
      level: config.logLevel,
      format: config.logFormat,
      write: (line) => terminal.error(line),
      now: systemClock.now,
    });
    const { run } = await command.load();
    return await run({ words, config, terminal, log });
  } catch (cause) {
    const error = toOrdinary(cause);
    terminal.error(`groovelake: ${describe(error)}`);
    return (isGroovelakeError(error) && EXIT_CODES[error.code]) || 1;
  }
}

function describe(error: unknown): string {
  if (!isGroovelakeError(error))
    return redact(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return redact(error.hint ? `${error.message} ${error.hint}` : error.message);
}
