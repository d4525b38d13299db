// What a command of the command line is, and what it is handed.
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { Terminal } from './terminal.ts';

export interface CommandParts {
  /** The words behind the command's name. */
  readonly words: readonly string[];
  readonly config: Config;
  readonly terminal: Terminal;
  readonly log: Log;
}

/** What help says of a command. */
export interface Told {
  readonly name: string;
  /** Name and words. */
  readonly usage: string;
  /** One line. */
  readonly does: string;
}

export interface Command {
  /** Answers with the process's exit code. */
  readonly run: (parts: CommandParts) => Promise<number>;
}

export interface ListedCommand extends Told {
  /** What `COMMAND --help` says, where that is more than usage and one line. */
  readonly help?: () => Promise<string>;
  readonly load: () => Promise<Command>;
}
